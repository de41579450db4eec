import { describe, expect, test } from 'vitest'
import { utf8Encode } from '../../../src/base/bytes.ts'
import { publicKeyFromSpki } from '../../../src/crypto/public-key.ts'
import { loadTrustedRoot } from '../../../src/sigstore/trusted-root.ts'
import { verifyBundle } from '../../../src/sigstore/verify-bundle.ts'
import { makeBundle, type BundleChoices } from '../kit/bundle.ts'
import { deploy, trustOf } from '../kit/deployment.ts'
import { IDENTITY, ISSUER, makeAuthority } from '../kit/fulcio.ts'
import type { JsonFields } from '../kit/json.ts'
import { makeKey } from '../kit/keys.ts'
import { statementOf } from '../kit/statement.ts'
import { makeTsa } from '../kit/tsa.ts'
import { ARTIFACT } from '../kit/valid.ts'
import { DAY, iso, MINUTE, NOW } from '../kit/window.ts'
import { accepted, entriesOf, refused, withEntries } from './support.ts'

/** What sigstore-conformance asks in cases of these names (its main branch of autumn 2026), made with the kit: the suite itself is run by `npm run test:suites`. */

const on = deploy('public suite')
const V2: Omit<BundleChoices, 'artifact'> = { logs: ['v2'], timestamps: [true] }

function bundle(choices: Omit<BundleChoices, 'artifact'>): JsonFields {
  return makeBundle(on, { artifact: ARTIFACT, ...choices }).json
}

describe('certificate authorities of one name', () => {
  test('sct-duplicate-intermediate-name: the issuer is the one whose key verifies the certificate, wherever the other stands', async () => {
    // one that is its own root, and one with an intermediate of the same name
    const own = makeAuthority(on.random, { kind: 'P-256', noIntermediate: true, root: { subject: on.fulcio.intermediate.fields.subject, issuer: on.fulcio.intermediate.fields.subject } })
    const twin = makeAuthority(on.random)
    for (const authorities of [[own, twin, on.fulcio], [on.fulcio, twin, own]]) await accepted(on, bundle(V2), { trust: trustOf(on, { authorities }) })
    await refused(on, bundle(V2), { trust: trustOf(on, { authorities: [own, twin] }) })
  })
})

describe('statements', () => {
  test.each([['unknown', { type: 'https://in-toto.io/Statement/v2' }], ['missing', { payload: untyped() }]])('dsse-statement-%s-type_fail', async (_, statement) => {
    const key = makeKey('P-256', on.random)
    await accepted(on, bundle({ key, content: 'dsse', logs: ['v2'] }), { key, logs: 1 })
    await refused(on, bundle({ key, content: 'dsse', logs: ['v2'], statement }), 'malformed', { key, logs: 1 })
  })
})

function untyped(): Uint8Array<ArrayBuffer> {
  const { _type, ...rest } = JSON.parse(new TextDecoder().decode(statementOf(ARTIFACT).payload)) as Record<string, unknown>
  return utf8Encode(JSON.stringify(rest))
}

describe('log entries', () => {
  test('intoto-canonical-log-entry: no payload in the body, no time, a checkpoint without a tree id', async () => {
    const key = makeKey('P-256', on.random)
    const log = { ...on.rekorV1, leaves: [], firstIndex: 0, origin: on.rekorV1.host }
    const json = bundle({ key, content: 'dsse', logs: [{ log, kind: 'intoto', v1: { promise: false, integratedTime: 0, proof: { after: 0 } } }] })
    expect(entriesOf(json)).toMatchObject([{ logIndex: '0', integratedTime: '0', inclusionProof: { treeSize: '1' } }])
    await accepted(on, json, { key, logs: 1 })
  })

  test('dsse-with-hashedrekord: what is signed in the envelope, in a log of Rekor v1', async () => {
    const log = { log: on.rekorV1, kind: 'hashedrekord' as const }
    await accepted(on, bundle({ content: 'dsse', logs: [log] }))
    for (const signed of [statementOf(ARTIFACT).payload, ARTIFACT]) await refused(on, bundle({ content: 'dsse', logs: [{ ...log, logged: { signed } }] }), 'log-entry-mismatch')
  })

  test('cve-2022-36056-swapped-tlog-entry_fail: the entry of a second signature over the same artifact', async () => {
    const [first, second] = [bundle({ logs: ['v1'] }), bundle({ logs: ['v1'] })]
    await refused(on, withEntries(first, entriesOf(second)), 'log-entry-mismatch')
  })
})

describe('windows of the trusted root', () => {
  const windowOf = (validFor: JsonFields): JsonFields => {
    const root = structuredClone(trustOf(on, { logs: [on.rekorV1] }))
    const [log] = root['tlogs'] as [JsonFields]
    return { ...root, tlogs: [{ ...log, publicKey: { ...(log['publicKey'] as JsonFields), validFor } }] }
  }

  test('trust-root-tlog-validity-end-inclusive', async () => {
    await accepted(on, bundle({ logs: ['v1'] }), { trust: windowOf({ start: iso(NOW - DAY), end: iso(NOW) }) })
    await refused(on, bundle({ logs: ['v1'] }), 'log-unknown', { trust: windowOf({ start: iso(NOW - DAY), end: iso(NOW - 1) }) })
  })

  test.each([['none of both', {}], ['an end alone', { end: iso(NOW + DAY) }]])('trust-root-tlog-missing-validity-start_fail: %s', async (_, validFor) => {
    await expect(loadTrustedRoot(JSON.stringify(windowOf(validFor)))).rejects.toMatchObject({ code: 'bad-trust-root' })
  })

  test('rekor2-timestamp-wrong-tsa-validity-borrow_fail: the window of another authority', async () => {
    const ended = { ...on.tsa, validFor: { start: NOW - DAY, end: NOW - MINUTE } }
    const other = makeTsa(on.random, { name: 'unrelated' })
    for (const tsas of [[ended, other], [other, ended]]) await expect(verdict(V2, trustOf(on, { tsas }))).rejects.toMatchObject({ code: 'untrusted-timestamp' })
    // the suite's has no certificates, which makes the root invalid
    await expect(verdict(V2, trustOf(on, { tsas: [ended, { ...other, chain: [] }] }))).rejects.toMatchObject({ code: 'bad-trust-root' })
    await expect(verdict(V2, trustOf(on, { tsas: [on.tsa, other] }))).resolves.toMatchObject({ timestamps: [{}] })
  })
})

async function verdict(choices: Omit<BundleChoices, 'artifact'>, trust: JsonFields, strict = true): Promise<unknown> {
  return verifyBundle(utf8Encode(JSON.stringify(bundle(choices))), ARTIFACT, await loadTrustedRoot(JSON.stringify(trust)), { at: new Date((NOW + DAY) * 1000), identities: [{ identity: IDENTITY, issuer: ISSUER }], strict })
}

describe('who and when', () => {
  test('rekor2-multiple-timestamps-one-outside-cert-validity_fail: every timestamp of a bundle counts', async () => {
    const late = { time: NOW + 30 * MINUTE }
    for (const timestamps of [[true, late], [late, true]] as const) {
      await expect(verdict({ logs: ['v2'], timestamps }, trustOf(on))).rejects.toMatchObject({ code: 'certificate-expired' })
      // on an image anybody could take a signature away by adding one
      await expect(verdict({ logs: ['v2'], timestamps }, trustOf(on), false)).resolves.toMatchObject({ times: [{ time: NOW + 1 }] })
    }
  })

  test('managed-key-and-client-identity_fail: a key has no identity', async () => {
    const key = makeKey('P-256', on.random)
    const trust = await loadTrustedRoot(JSON.stringify(trustOf(on)))
    const asked = { at: new Date((NOW + DAY) * 1000), key: publicKeyFromSpki(key.spki) }
    for (const choices of [{ key, logs: ['v2'] }, V2] as const) {
      await expect(verifyBundle(utf8Encode(JSON.stringify(bundle(choices))), ARTIFACT, trust, { ...asked, identities: [{ identity: IDENTITY, issuer: ISSUER }] })).rejects.toMatchObject({ code: 'bad-option' })
    }
    await expect(verifyBundle(utf8Encode(JSON.stringify(bundle({ key, logs: ['v2'] }))), ARTIFACT, trust, asked)).resolves.toMatchObject({ signer: { kind: 'key' } })
  })
})
