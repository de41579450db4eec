import { describe, test } from 'vitest'
import { makeBundle, type BundleChoices } from '../kit/bundle.ts'
import { CODE_SIGNING, extendedKeyUsage, keyUsage } from '../kit/certificate.ts'
import { makeCtLog } from '../kit/ct-log.ts'
import { deploy, trustOf } from '../kit/deployment.ts'
import { writeName } from '../kit/der.ts'
import { fulcioExtension, IDENTITY, issueLeaf, ISSUER, makeAuthority, san } from '../kit/fulcio.ts'
import { raw, type JsonFields } from '../kit/json.ts'
import { makeKey } from '../kit/keys.ts'
import { makeRekorV2 } from '../kit/rekor-v2.ts'
import { makeTsa } from '../kit/tsa.ts'
import { ARTIFACT } from '../kit/valid.ts'
import { NOW } from '../kit/window.ts'
import { accepted, entriesOf, refused, withEntries, withMaterial } from './support.ts'

const on = deploy('T31')

function bundle(choices: Omit<BundleChoices, 'artifact'>): JsonFields {
  return makeBundle(on, { artifact: ARTIFACT, ...choices }).json
}

describe('T31: a time without a signature is no time', () => {
  test('integratedTime without a promise', async () => {
    await refused(on, bundle({ logs: [{ v1: { promise: false } }] }), 'no-trusted-time')
  })

  test('integratedTime beside an entry of Rekor v2', async () => {
    const json = bundle({ logs: ['v2'] })
    await refused(on, json, 'no-trusted-time')
    await refused(on, withEntries(json, entriesOf(json).map((entry) => ({ ...entry, integratedTime: String(NOW) }))), 'no-trusted-time')
  })

  test('the promise of another log', async () => {
    const [mine, other] = [bundle({ logs: ['v1'] }), bundle({ logs: ['v1'] })]
    const promise = entriesOf(other)[0]?.['inclusionPromise'] ?? null
    await refused(on, withEntries(mine, entriesOf(mine).map((entry) => ({ ...entry, inclusionPromise: promise }))))
  })

  test('a certificate, and nothing that says when', async () => {
    await refused(on, bundle({}), 'no-log-entry')
    await refused(on, bundle({}), 'no-trusted-time', { logs: 0 })
    await refused(on, bundle({}), 'certificate-expired', { logs: 0, times: 0 })
    await refused(on, bundle({ logs: [{ v1: { promise: false } }] }), 'certificate-expired', { times: 0 })
  })

  test('the time of an SCT is none of the signature', async () => {
    await refused(on, bundle({ logs: [{ v1: { promise: false } }], leaf: { ctLogs: [on.ctLog, makeCtLog(on.random)] } }), 'no-trusted-time')
  })
})

describe('T32: thresholds count logs and authorities', () => {
  const second = makeRekorV2(on.random, { host: 'log2.rekor.test' })
  const trust = trustOf(on, { logs: [on.rekorV1, on.rekorV2, second] })

  test('two entries of one log for a threshold of two', async () => {
    const one = bundle({ logs: ['v2', 'v2'], timestamps: [true] })
    await accepted(on, one, { trust })
    await refused(on, one, 'no-log-entry', { trust, logs: 2 })
    await accepted(on, bundle({ logs: ['v2', { log: second }], timestamps: [true] }), { trust, logs: 2 })
  })

  test('two timestamps of one authority for a threshold of two', async () => {
    const tsa = makeTsa(on.random, { name: 'other-tsa' })
    const both = trustOf(on, { tsas: [on.tsa, tsa] })
    const one = bundle({ logs: ['v2'], timestamps: [true, { time: NOW + 2, serial: Uint8Array.of(7) }] })
    await accepted(on, one, { trust: both })
    await refused(on, one, { trust: both, timestamps: 2 })
    await accepted(on, bundle({ logs: ['v2'], timestamps: [true, { tsa }] }), { trust: both, timestamps: 2 })
  })

  test('two SCTs of one CT log for a threshold of two', async () => {
    const other = makeCtLog(on.random)
    const both = trustOf(on, { ctLogs: [on.ctLog, other] })
    const logs = { logs: ['v2'], timestamps: [true] } as const
    await refused(on, bundle({ ...logs, leaf: { ctLogs: [on.ctLog, on.ctLog] } }), { trust: both, scts: 2 })
    await accepted(on, bundle({ ...logs, leaf: { ctLogs: [on.ctLog, other] } }), { trust: both, scts: 2 })
  })

  test('one entry that stands twice', async () => {
    const json = bundle({ logs: ['v2'], timestamps: [true] })
    await refused(on, withEntries(json, [...entriesOf(json), ...entriesOf(json)]))
  })
})

describe('T36: evidence brings no trust', () => {
  const mallory = { ...deploy('T36'), rekorV1: on.rekorV1, rekorV2: on.rekorV2, tsa: on.tsa }
  const V2 = { logs: ['v2'], timestamps: [true] } as const

  test('a certificate of another authority, alone and with its chain', async () => {
    const { fulcio } = mallory
    const ours = { ...mallory, ctLog: on.ctLog }
    await refused(on, makeBundle(ours, { artifact: ARTIFACT, ...V2 }).json, 'untrusted-certificate')
    await refused(on, makeBundle(ours, { artifact: ARTIFACT, ...V2, version: '0.2', chain: [fulcio.intermediate.der] }).json, 'untrusted-certificate')
    await refused(on, makeBundle(ours, { artifact: ARTIFACT, ...V2, version: '0.2', chain: [fulcio.intermediate.der, fulcio.root.der] }).json)
  })

  test('a root in the bundle, even the one that the caller trusts', async () => {
    await refused(on, bundle({ ...V2, version: '0.2', chain: [on.fulcio.intermediate.der, on.fulcio.root.der] }), 'malformed')
  })

  test('an authority of the same names with other keys', async () => {
    await refused(on, makeBundle({ ...mallory, ctLog: on.ctLog }, { artifact: ARTIFACT, ...V2, version: '0.2', chain: [mallory.fulcio.intermediate.der] }).json, 'untrusted-certificate')
  })

  test('a leaf as an authority', async () => {
    const leaf = issueLeaf(on.fulcio, on.random, { ctLogs: [on.ctLog] })
    const asAuthority = { ...on, fulcio: { ...on.fulcio, intermediate: leaf } }
    await refused(on, makeBundle(asAuthority, { artifact: ARTIFACT, ...V2, version: '0.2', chain: [leaf.der] }).json)
  })

  test('a leaf that signed itself, as itself and in the name of an authority', async () => {
    await refused(on, bundle({ ...V2, leaf: { signer: 'self' } }), 'untrusted-certificate')
    const { subject } = on.fulcio.root.fields
    await refused(on, bundle({ ...V2, leaf: { signer: 'self', fields: { issuer: subject, subject } } }), 'untrusted-certificate')
    await refused(on, bundle({ ...V2, leaf: { signer: 'self', fields: { issuer: writeName(null, 'me'), subject: writeName(null, 'me') } } }), 'untrusted-certificate')
  })

  test('a CT log that the caller does not trust, and none', async () => {
    await refused(on, bundle({ ...V2, leaf: { ctLogs: [makeCtLog(on.random)] } }))
    await refused(on, bundle({ ...V2, sct: false }))
  })

  test('a certificate timestamp of another certificate', async () => {
    const other = issueLeaf(on.fulcio, on.random, { ctLogs: [on.ctLog] })
    const list = other.fields.extensions.at(-1)
    if (list === undefined) throw new Error('no list')
    await refused(on, bundle({ ...V2, sct: false, leaf: { claims: [list] } }))
  })

  test('a certificate timestamp for another issuer’s key', async () => {
    await refused(on, bundle({ ...V2, leaf: { ctLogs: [on.ctLog], sct: { issuerSpki: on.fulcio.root.key.spki } } }))
  })

  test('a key inside the bundle', async () => {
    const key = makeKey('P-256', on.random)
    const json = bundle({ key })
    await refused(on, json)
    await refused(on, withMaterial(json, { publicKey: { hint: 'x', rawBytes: raw(key.spki)['rawBytes'] ?? null } }))
    await refused(on, json, { key: makeKey('P-256', on.random) })
    await accepted(on, json, { key })
  })

  test('a certificate where a key was asked for, a key where a certificate was', async () => {
    const key = makeKey('P-256', on.random)
    await refused(on, bundle({ ...V2, leaf: { key } }), { key })
    await refused(on, bundle({ ...V2, key }))
  })

  test('an intermediate that is no authority for code, no authority, or has one below it', async () => {
    for (const extensions of [[keyUsage('certSign')], [keyUsage('digitalSignature'), extendedKeyUsage([CODE_SIGNING])]]) {
      const other = { ...on, fulcio: makeAuthority(on.random, { intermediate: { extensions } }) }
      await refused(other, makeBundle(other, { artifact: ARTIFACT, ...V2 }).json)
    }
  })

  test('leaves that may do something else', async () => {
    for (const usage of [[keyUsage('keyEncipherment'), extendedKeyUsage([CODE_SIGNING])], [keyUsage('digitalSignature')], [keyUsage('digitalSignature'), extendedKeyUsage(['1.3.6.1.5.5.7.3.8'])]]) {
      await refused(on, bundle({ ...V2, leaf: { usage } }))
    }
  })

  test('a critical extension that nobody reads', async () => {
    await refused(on, bundle({ ...V2, leaf: { claims: [{ oid: '1.3.6.1.4.1.57264.99', critical: true, value: Uint8Array.of(5, 0) }] } }))
    await accepted(on, bundle({ ...V2, leaf: { claims: [{ oid: '1.3.6.1.4.1.57264.99', critical: false, value: Uint8Array.of(5, 0) }] } }))
  })
})

describe('T37: identities', () => {
  const V2 = { logs: ['v2'], timestamps: [true] } as const

  test.each([
    ['another', 'https://github.com/sealdex-test/other/.github/workflows/release.yml@refs/heads/main'], ['the beginning of it', IDENTITY.slice(0, -1)], ['more than it', `${IDENTITY}x`],
    ['a dot for any character', IDENTITY.replace('.yml', 'xyml')], ['upper case', IDENTITY.toUpperCase()], ['empty', ''],
  ])('%s', async (_, identity) => {
    await refused(on, bundle(V2), { identity })
    await refused(on, bundle({ ...V2, leaf: { names: [san.uri(identity)] } }))
  })

  test('another issuer, in one or both of its extensions', async () => {
    await refused(on, bundle(V2), { issuer: `${ISSUER}/` })
    await refused(on, bundle({ ...V2, leaf: { issuer: 'https://evil.test', claims: [fulcioExtension(8, ISSUER)] } }))
    await refused(on, bundle({ ...V2, leaf: { issuer: 'https://evil.test' } }))
  })

  test('a second name, before and after', async () => {
    await refused(on, bundle({ ...V2, leaf: { names: [san.uri(IDENTITY), san.email('mallory@example.com')] } }))
    await refused(on, bundle({ ...V2, leaf: { names: [san.email('mallory@example.com'), san.uri(IDENTITY)] } }))
    await refused(on, bundle({ ...V2, leaf: { names: [] } }))
  })

  test('a pattern matches the whole, and a dot is a dot', async () => {
    const pattern = 'https://github.com/sealdex-test/*/.github/workflows/release.yml@refs/heads/*'
    await accepted(on, bundle(V2), { pattern })
    for (const evil of [`https://evil.test/${IDENTITY}`, `${IDENTITY}/x`, IDENTITY.replace('github.com', 'githubxcom'), IDENTITY.replace('demo', 'demo/x')]) {
      await refused(on, bundle({ ...V2, leaf: { names: [san.uri(evil)] } }), { pattern })
    }
  })

  test('the name of the identity in another kind of name', async () => {
    await refused(on, bundle({ ...V2, leaf: { names: [san.dns(IDENTITY)] } }))
  })
})
