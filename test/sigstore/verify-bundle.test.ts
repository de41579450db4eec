import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { utf8Encode } from '../../src/base/bytes.ts'
import { parsePublicKey, publicKeyFromSpki } from '../../src/crypto/public-key.ts'
import { parseBundle } from '../../src/sigstore/bundle.ts'
import { loadTrustedRoot } from '../../src/sigstore/trusted-root.ts'
import { verifyBundle, type BundleOptions, type BundleResult } from '../../src/sigstore/verify-bundle.ts'
import { FIXTURES, readCase } from '../fixtures.ts'
import { makeBundle, type BundleChoices } from './kit/bundle.ts'
import { deploy, trustOf } from './kit/deployment.ts'
import { ISSUER, IDENTITY } from './kit/fulcio.ts'
import { hashOf, makeKey } from './kit/keys.ts'
import { makeRekorV2 } from './kit/rekor-v2.ts'
import { makeTsa } from './kit/tsa.ts'
import { ARTIFACT, OTHER_ARTIFACT } from './kit/valid.ts'
import { DAY, MINUTE, NOW } from './kit/window.ts'

const on = deploy('verify-bundle')
const trust = await loadTrustedRoot(JSON.stringify(trustOf(on)))
const hex = (hash: 'SHA-256' | 'SHA-512', bytes: Uint8Array): string => Buffer.from(hashOf(hash, bytes)).toString('hex')
const digest = `sha256:${hex('SHA-256', ARTIFACT)}`

function ask(choices: Omit<BundleChoices, 'artifact'>, options: BundleOptions = {}, artifact: Uint8Array<ArrayBuffer> | string = ARTIFACT, root: typeof trust = trust): Promise<BundleResult> {
  const { json } = makeBundle(on, { artifact: ARTIFACT, ...choices })
  return verifyBundle(utf8Encode(JSON.stringify(json)), artifact, root, { at: new Date((NOW + DAY) * 1000), ...options })
}

const V2: Omit<BundleChoices, 'artifact'> = { logs: ['v2'], timestamps: [true] }
const fails = (code: string): object => ({ code })

describe('the artifact, by its digest alone', () => {
  test.each(['P-256', 'P-384', 'P-521'] as const)('a %s certificate over SHA-256', async (kind) => {
    const choices = { ...V2, leaf: { kind }, hash: 'SHA-256' } as const
    await expect(ask(choices, {}, digest)).resolves.toMatchObject({ signer: { kind: 'certificate' } })
    await expect(ask(choices, {}, `sha256:${hex('SHA-256', OTHER_ARTIFACT)}`)).rejects.toMatchObject(fails('other-digest'))
  })

  test('what a digest cannot show is no yes and no no', async () => {
    for (const kind of ['P-384', 'RSA-2048'] as const) await expect(ask({ ...V2, leaf: { kind } }, {}, digest)).rejects.toMatchObject(fails('artifact-needed'))
    await expect(ask({ key: makeKey('P-384', on.random) }, { key: publicKeyFromSpki(makeKey('P-384', on.random).spki) }, digest)).rejects.toMatchObject(fails('artifact-needed'))
  })

  test('a statement’s subject, by either digest', async () => {
    await expect(ask({ ...V2, content: 'dsse' }, {}, digest)).resolves.toMatchObject({ statement: { predicateType: expect.any(String) as string } })
    await expect(ask({ ...V2, content: 'dsse' }, {}, `sha512:${hex('SHA-512', ARTIFACT)}`)).rejects.toMatchObject(fails('other-digest'))
    await expect(ask({ ...V2, content: 'dsse' }, {}, OTHER_ARTIFACT)).rejects.toMatchObject(fails('other-digest'))
  })

  test('a text that is no digest', async () => {
    await expect(ask(V2, {}, 'sha256:abc')).rejects.toMatchObject(fails('unsupported-digest'))
  })
})

describe('who has to have signed', () => {
  test('an identity and its issuer', async () => {
    await expect(ask(V2, { identities: [{ identity: 'x', issuer: ISSUER }, { identity: IDENTITY, issuer: ISSUER }] })).resolves.toMatchObject({ signer: { identity: { identity: IDENTITY } } })
    for (const wrong of [{ identity: 'x', issuer: ISSUER }, { identity: IDENTITY, issuer: 'x' }]) await expect(ask(V2, { identities: [wrong] })).rejects.toMatchObject(fails('no-trusted-identity'))
    await expect(ask(V2, { identities: [] })).rejects.toMatchObject(fails('no-trusted-identity'))
  })

  test('T36: the key that the caller gives, and no other', async () => {
    const [key, other] = [makeKey('P-256', on.random), makeKey('P-256', on.random)]
    await expect(ask({ key }, { key: publicKeyFromSpki(key.spki) })).resolves.toMatchObject({ signer: { kind: 'key' }, times: [], entries: [] })
    await expect(ask({ key }, { key: publicKeyFromSpki(other.spki) })).rejects.toMatchObject(fails('signature-invalid'))
    await expect(ask({ key })).rejects.toMatchObject(fails('other-signer'))
    await expect(ask(V2, { key: publicKeyFromSpki(key.spki) })).rejects.toMatchObject(fails('other-signer'))
  })
})

describe('times', () => {
  test('of one authority the earliest counts, in a bundle every one; of two, both do', async () => {
    const [late, soon] = [{ time: NOW + 30 * MINUTE }, { time: NOW + MINUTE }]
    for (const timestamps of [[true, late], [late, true]] as const) {
      await expect(ask({ logs: ['v2'], timestamps }, { strict: false })).resolves.toMatchObject({ timestamps: [{ time: NOW + 1 }], times: [{ time: NOW + 1 }] })
      await expect(ask({ logs: ['v2'], timestamps })).rejects.toMatchObject(fails('certificate-expired'))
    }
    await expect(ask({ logs: ['v2'], timestamps: [soon, true] })).resolves.toMatchObject({ timestamps: [{ time: NOW + 1 }], times: [{ time: NOW + MINUTE }, { time: NOW + 1 }] })
    await expect(ask({ logs: ['v2'], timestamps: [late] })).rejects.toMatchObject(fails('certificate-expired'))
    const tsa = makeTsa(on.random, { name: 'second' })
    const both = await loadTrustedRoot(JSON.stringify(trustOf(on, { tsas: [on.tsa, tsa] })))
    await expect(ask({ logs: ['v2'], timestamps: [true, { tsa, ...late }] }, {}, ARTIFACT, both)).rejects.toMatchObject(fails('certificate-expired'))
    await expect(ask({ logs: ['v2'], timestamps: [true, { tsa }] }, { thresholds: { authorities: 2, times: 2 } }, ARTIFACT, both)).resolves.toMatchObject({ timestamps: [{}, {}] })
  })

  test('T32: sources are counted, logs and authorities together', async () => {
    await expect(ask({ ...V2, timestamps: [true, { time: NOW + 2 }] }, { thresholds: { times: 2 } })).rejects.toMatchObject(fails('no-trusted-time'))
    await expect(ask({ logs: ['v1'], timestamps: [true] }, { thresholds: { times: 2 } })).resolves.toMatchObject({ times: [{ by: 'log' }, { by: 'timestamp-authority' }] })
    await expect(ask({ key: makeKey('P-256', on.random), ...V2 }, { thresholds: { times: 2 } })).rejects.toMatchObject(fails('other-signer'))
  })

  test('one that is still to come is none', async () => {
    for (const choices of [V2, { logs: ['v1'] } as const]) await expect(ask(choices, { at: new Date((NOW - 10 * MINUTE) * 1000) })).rejects.toMatchObject(fails('no-trusted-time'))
    await expect(ask(V2, { at: new Date((NOW - MINUTE) * 1000) })).resolves.toMatchObject({ times: [{}] })
  })

  test('T33: a log’s key that has ended by now, where nothing says when', async () => {
    const rekorV2 = makeRekorV2(on.random, { host: 'ended.test', validFor: { start: NOW - DAY, end: NOW } })
    const root = await loadTrustedRoot(JSON.stringify(trustOf(on, { logs: [rekorV2] })))
    const key = makeKey('P-256', on.random)
    const choices = { key, logs: [{ log: rekorV2 }] }
    const options = { key: publicKeyFromSpki(key.spki), thresholds: { logs: 1 } }
    await expect(ask(choices, options, ARTIFACT, root)).rejects.toMatchObject(fails('log-unknown'))
    await expect(ask(choices, { ...options, at: new Date(NOW * 1000) }, ARTIFACT, root)).resolves.toMatchObject({ entries: [{}] })
  })
})

describe('what came along and is broken', () => {
  const wrong = { ...V2, timestamps: [true, { imprint: new Uint8Array(32) }] } as const

  test('is an error to a bundle, and noted elsewhere', async () => {
    await expect(ask(wrong)).rejects.toMatchObject(fails('bad-timestamp'))
    await expect(ask(wrong, { strict: false })).resolves.toMatchObject({ times: [{}], notes: [{ code: 'bad-timestamp' }] })
  })

  test('by somebody unknown is noted in either', async () => {
    const unknown = { logs: ['v2', { log: makeRekorV2(on.random, { host: 'unknown.test' }) }], timestamps: [true, { tsa: makeTsa(on.random, { name: 'unknown' }) }] } as const
    for (const strict of [true, false]) await expect(ask(unknown, { strict })).resolves.toMatchObject({ notes: [{ code: 'log-unknown' }, { code: 'untrusted-timestamp' }] })
  })
})

describe('files signed with a key by cosign', () => {
  test.each(['blob-ed25519', 'blob-generated', 'blob-p256', 'blob-p384', 'blob-p521', 'blob-rsa2048', 'blob-rsa4096'])('%s', async (name) => {
    const bytes = (file: string): Uint8Array<ArrayBuffer> => Uint8Array.from(readFileSync(join(FIXTURES, name, file)))
    const key = await parsePublicKey(readFileSync(join(FIXTURES, name, readCase(name).keys?.[0] ?? ''), 'utf8'))
    const bundle = parseBundle(bytes('bundle.json'))
    await expect(verifyBundle(bundle, bytes('blob.txt'), trust, { key })).resolves.toMatchObject({ signer: { kind: 'key' } })
    await expect(verifyBundle(bundle, bytes('blob_fail.txt'), trust, { key })).rejects.toMatchObject({ code: expect.stringMatching(/^(?:other-digest|signature-invalid)$/) as string })
  })
})
