import { describe, expect, test } from 'vitest'
import { makeBundle, type BundleChoices } from '../kit/bundle.ts'
import { deploy } from '../kit/deployment.ts'
import { issueLeaf } from '../kit/fulcio.ts'
import type { JsonFields } from '../kit/json.ts'
import { makeKey } from '../kit/keys.ts'
import { makeRekorV1 } from '../kit/rekor-v1.ts'
import { statementOf } from '../kit/statement.ts'
import { ARTIFACT, OTHER_ARTIFACT } from '../kit/valid.ts'
import { accepted, entriesOf, refused, withEntries } from './support.ts'

const on = deploy('T27')

const KINDS: readonly (readonly [string, Omit<BundleChoices, 'artifact'>])[] = [
  ['hashedrekord 0.0.1', { logs: ['v1'] }],
  ['hashedrekord 0.0.1, promise alone', { version: '0.1', logs: [{ v1: { proof: false } }] }],
  ['dsse 0.0.1', { logs: ['v1'], content: 'dsse' }],
  ['intoto 0.0.2', { logs: [{ kind: 'intoto' }], content: 'dsse' }],
  ['hashedrekord 0.0.2', { logs: ['v2'], timestamps: [true] }],
  ['hashedrekord 0.0.2 for DSSE', { logs: ['v2'], content: 'dsse', timestamps: [true] }],
  ['dsse 0.0.2', { logs: [{ log: on.rekorV2, kind: 'dsse' }], content: 'dsse', timestamps: [true] }],
]

describe.each(KINDS)('T27: %s', (_, choices) => {
  test('the honest bundle is accepted', async () => {
    await accepted(on, makeBundle(on, { artifact: ARTIFACT, ...choices }).json)
  })

  test('the entry of another artifact, by another signer', async () => {
    const mine = makeBundle(on, { artifact: ARTIFACT, ...choices }).json
    const other = makeBundle(on, { artifact: OTHER_ARTIFACT, ...choices }).json
    await refused(on, withEntries(mine, entriesOf(other)), 'log-entry-mismatch')
  })

  test('the entry of another artifact, by the same key and certificate', async () => {
    const leaf = { key: makeKey('P-256', on.random), fields: { serial: Uint8Array.of(0x42) } }
    const mine = makeBundle(on, { artifact: ARTIFACT, ...choices, leaf }).json
    const other = makeBundle(on, { artifact: OTHER_ARTIFACT, ...choices, leaf }).json
    await refused(on, withEntries(mine, entriesOf(other)), 'log-entry-mismatch')
  })

  test('the right digest, and another signature', async () => {
    const logged = { signature: makeKey('P-256', on.random).sign(ARTIFACT) }
    await refused(on, changed(choices, { logged }), 'log-entry-mismatch')
  })

  test('the right digest and signature, and another certificate', async () => {
    const { der, key } = issueLeaf(on.fulcio, on.random, { ctLogs: [on.ctLog] })
    await refused(on, changed(choices, { logged: { verifier: { certificate: der, key } } }), 'log-entry-mismatch')
  })

  test('the bare key of the certificate instead of the certificate', async () => {
    const leaf = { key: makeKey('P-256', on.random) }
    await refused(on, changed({ ...choices, leaf }, { logged: { verifier: { key: leaf.key } } }), 'log-entry-mismatch')
  })

  test('the right signature and key, and another digest', async () => {
    await refused(on, changed(choices, { logged: { signed: OTHER_ARTIFACT }, envelope: statementOf(OTHER_ARTIFACT) }), 'log-entry-mismatch')
  })
})

/** A bundle whose only entry says something else than the truth. */
function changed(choices: Omit<BundleChoices, 'artifact'>, change: object): JsonFields {
  const [log] = choices.logs ?? []
  const chosen = log === 'v1' ? { log: on.rekorV1 } : log === 'v2' ? { log: on.rekorV2 } : log
  return makeBundle(on, { artifact: ARTIFACT, ...choices, logs: [{ ...chosen, ...change }] }).json
}

describe('T27: digests of a DSSE entry', () => {
  test('the hash of the payload where the one of the pre-authentication encoding belongs', async () => {
    const envelope = statementOf(ARTIFACT)
    const { json } = makeBundle(on, { artifact: ARTIFACT, content: 'dsse', timestamps: [true], logs: [{ log: on.rekorV2, logged: { signed: envelope.payload } }] })
    await refused(on, json, 'log-entry-mismatch')
  })

  test('the hash of the artifact where the one of the envelope belongs', async () => {
    const { json } = makeBundle(on, { artifact: ARTIFACT, content: 'dsse', timestamps: [true], logs: [{ log: on.rekorV2, logged: { signed: ARTIFACT } }] })
    await refused(on, json, 'log-entry-mismatch')
  })
})

test('T27: a log that the caller does not trust vouches for nothing', async () => {
  const log = makeRekorV1(on.random)
  const { json } = makeBundle(on, { artifact: ARTIFACT, logs: [{ log }] })
  expect(await refused(on, json)).toMatch(/^(log-unknown|no-log-entry|no-trusted-time)$/)
})
