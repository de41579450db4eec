import { describe, expect, test } from 'vitest'
import { base64Encode } from '../../src/base/bytes.ts'
import { parseCheckpoint, verifyCheckpoint } from '../../src/sigstore/checkpoint.ts'
import { loadTrustedRoot } from '../../src/sigstore/trusted-root.ts'
import type { TransparencyLog } from '../../src/sigstore/trust.ts'
import { checkpointText, signNote, type NoteSigner } from './kit/checkpoint.ts'
import { deploy, trustOf } from './kit/deployment.ts'
import { makeKey } from './kit/keys.ts'

const on = deploy('checkpoint')
const [v1, v2] = (await loadTrustedRoot(JSON.stringify(trustOf(on)))).logs as readonly [TransparencyLog, TransparencyLog]
const ROOT = new Uint8Array(32).fill(7)
const own: NoteSigner = { name: on.rekorV2.host, key: on.rekorV2.key }
const text = checkpointText(on.rekorV2.host, 9, ROOT, ['an extension'])

describe('checkpoints', () => {
  test('origin, size, root and other lines', () => {
    expect(parseCheckpoint(signNote(text, [own]))).toMatchObject({ origin: on.rekorV2.host, size: 9, root: ROOT, text, signatures: [{ name: on.rekorV2.host }] })
  })

  test('one of Rekor v1 names host and tree, and its host signs', async () => {
    const note = signNote(checkpointText(on.rekorV1.origin, 9, ROOT), [{ name: on.rekorV1.host, key: on.rekorV1.key }])
    await expect(verifyCheckpoint(parseCheckpoint(note), v1)).resolves.toBeUndefined()
    await expect(verifyCheckpoint(parseCheckpoint(note), v2)).rejects.toMatchObject({ code: 'log-entry-invalid' })
  })

  test('the log’s signature counts, wherever it stands', async () => {
    const others: NoteSigner[] = [{ name: 'witness.test', key: makeKey('Ed25519', on.random), cosignedAt: 1_800_000_000 }, { name: own.name, key: makeKey('P-256', on.random) }]
    for (const signers of [[own, ...others], [...others, own]]) await expect(verifyCheckpoint(parseCheckpoint(signNote(text, signers)), v2)).resolves.toBeUndefined()
    await expect(verifyCheckpoint(parseCheckpoint(signNote(text, others)), v2)).rejects.toMatchObject({ code: 'log-entry-invalid' })
  })

  test('T35: a bad signature under the log’s name and hint is not made good by a second', async () => {
    const forged = signNote(text.replace('9', '8'), [own]).split('\n').at(-2) ?? ''
    const [body = '', good = ''] = signNote(text, [own]).split('\n\n')
    await expect(verifyCheckpoint(parseCheckpoint(`${body}\n\n${forged}\n${good}`), v2)).rejects.toMatchObject({ code: 'log-entry-invalid' })
  })

  test('T35: the key of the log under another origin', async () => {
    const note = signNote(checkpointText('other.test', 9, ROOT), [{ ...own, name: 'other.test' }])
    await expect(verifyCheckpoint(parseCheckpoint(note), v2)).rejects.toMatchObject({ code: 'log-entry-invalid' })
  })
})

const line = signNote(text, [own]).split('\n').at(-2) ?? ''
const WRONG: readonly (readonly [string, string])[] = [
  ['no signature', `${text}\n`], ['no blank line', `${text}${line}\n`], ['no line break at its end', `${text}\n${line}`], ['no origin', signNote(`9\n${base64Encode(ROOT)}\n`, [own])],
  ['an empty origin', signNote(`\n9\n${base64Encode(ROOT)}\n`, [own])], ['no size', signNote(`${own.name}\n${base64Encode(ROOT)}\n`, [own])], ['a size with a zero before it', signNote(text.replace('9', '09'), [own])],
  ['a negative size', signNote(text.replace('9', '-9'), [own])], ['a size past 2^53', signNote(text.replace('9', '9007199254740993'), [own])], ['a root that is too short', signNote(checkpointText(own.name, 9, ROOT.subarray(1)), [own])],
  ['a signature with a hyphen for its dash', `${text}\n${line.replace('\u2014', '-')}\n`], ['a signature without a name', `${text}\n${line.replace(` ${own.name}`, '')}\n`], ['words behind a signature', `${text}\n${line} more\n`],
  ['65 signatures', `${text}\n${`${line}\n`.repeat(65)}`], ['nothing', ''],
]

describe('T35: what is no checkpoint', () => {
  test.each(WRONG)('%s', (_, note) => {
    expect(() => parseCheckpoint(note)).toThrow(expect.objectContaining({ code: 'log-entry-invalid' }) as Error)
  })
})
