import { describe, expect, test } from 'vitest'
import { concatBytes, utf8Encode } from '../../../src/base/bytes.ts'
import { writeDer, writeOctetString } from '../../../src/base/der.ts'
import { makeBundle, type BundleChoices } from '../kit/bundle.ts'
import { CODE_SIGNING, extendedKeyUsage, keyUsage, TIME_STAMPING, type Issued } from '../kit/certificate.ts'
import { checkpointText, keyHint, signNote, type NoteSigner } from '../kit/checkpoint.ts'
import { deploy, trustOf, type Deployment } from '../kit/deployment.ts'
import { deepSequence } from '../kit/der.ts'
import { omit, type JsonFields } from '../kit/json.ts'
import { makeKey } from '../kit/keys.ts'
import { rootOf } from '../kit/merkle.ts'
import { randomFrom } from '../kit/random.ts'
import { makeRekorV1, type V1Choices } from '../kit/rekor-v1.ts'
import { makeRekorV2 } from '../kit/rekor-v2.ts'
import type { ProofChoices } from '../kit/rekor.ts'
import { makeTsa, timestamp, type TimestampChoices } from '../kit/tsa.ts'
import { ARTIFACT } from '../kit/valid.ts'
import { verdictOn } from '../kit/verdict.ts'
import { MINUTE, NOW } from '../kit/window.ts'
import { accepted, entriesOf, refused, withEntries, withTimestamps } from './support.ts'

const on = deploy('T34')

function bundle(choices: Omit<BundleChoices, 'artifact'>): JsonFields {
  return makeBundle(on, { artifact: ARTIFACT, ...choices }).json
}

describe('T34: tokens', () => {
  /** Mallory's authority, whose certificate has the very names and number of the trusted one. */
  const mallory = makeTsa(on.random, { leaf: on.tsa.leaf.fields })
  const forged: Issued = { ...mallory.leaf, fields: on.tsa.leaf.fields }

  test('a forged certificate first in a token of the trusted authority changes nothing', async () => {
    await accepted(on, bundle({ logs: ['v2'], timestamps: [{ certificates: [forged.der, ...on.tsa.chain] }] }))
    await accepted(on, bundle({ logs: ['v2'], timestamps: [{ certificates: [...on.tsa.chain, forged.der] }] }))
  })

  /** Where the caller names the authority's root alone, its certificate comes along. */
  const byRoot = { ...on, tsa: { ...on.tsa, chain: on.tsa.chain.slice(1) } }

  test('where the certificate comes along, the one that verifies it counts, wherever it stands', async () => {
    for (const certificates of ['leaf', 'chain', [forged.der, on.tsa.leaf.der], [on.tsa.leaf.der, forged.der], [forged.der, ...on.tsa.chain, ...mallory.chain]] as const) {
      await accepted(byRoot, bundle({ logs: ['v2'], timestamps: [{ certificates }] }))
    }
    await refused(byRoot, bundle({ logs: ['v2'], timestamps: [{ certificates: 'empty' }] }), 'untrusted-timestamp')
    for (const certificates of [[forged.der], [forged.der, on.tsa.leaf.der], [on.tsa.leaf.der, forged.der], [forged.der, ...mallory.chain.slice(1), ...on.tsa.chain]] as const) {
      await refused(byRoot, bundle({ logs: ['v2'], timestamps: [{ certificates, signer: forged }] }), 'untrusted-timestamp')
    }
  })

  const FORGED: readonly (readonly [string, TimestampChoices])[] = [
    ['signed by another key, no certificate', { signer: forged }],
    ['signed by another key, its certificate first', { signer: forged, certificates: [forged.der, ...on.tsa.chain] }],
    ['signed by another key, its certificate last', { signer: forged, certificates: [...on.tsa.chain, forged.der] }],
    ['signed by another key, all of its chain', { signer: forged, certificates: mallory.chain }],
    ['another authority with its chain', { signer: mallory.leaf, certificates: 'chain' }],
    ['about other bytes', { imprint: new Uint8Array(32) }],
    ['refused by the authority', { status: 2 }],
    ['of another content', { contentType: '1.2.840.113549.1.7.1' }],
    ['whose attributes are of another content', { messageDigest: new Uint8Array(32) }],
    ['out of the certificate’s life', { time: NOW + 11 * MINUTE }],
  ]
  test.each(FORGED)('a token %s', async (_, choices) => {
    await refused(on, bundle({ logs: ['v2'], timestamps: [choices] }))
    await refused(on, bundle({ timestamps: [choices], logs: [{ v1: { promise: false } }] }))
  })

  test('a token over what was signed instead of the signature', async () => {
    await refused(on, bundle({ logs: ['v2'], timestamps: [{ over: ARTIFACT }] }))
  })

  test('a token of another bundle', async () => {
    const other = makeBundle(on, { artifact: ARTIFACT, logs: ['v2'], timestamps: [true] })
    await refused(on, withTimestamps(bundle({ logs: ['v2'], timestamps: [true] }), [timestamp(on.tsa, other.signature)]))
  })

  test('an authority whose certificate is not for timestamps alone', async () => {
    const none = { oid: '1.3.6.1.4.1.57264.99', critical: false, value: Uint8Array.of(5, 0) }
    for (const purpose of [none, extendedKeyUsage([CODE_SIGNING], true), extendedKeyUsage([TIME_STAMPING, CODE_SIGNING], true), extendedKeyUsage([TIME_STAMPING], false)]) {
      const other = { ...on, tsa: makeTsa(on.random, { purpose }) }
      await refused(other, makeBundle(other, { artifact: ARTIFACT, logs: ['v2'], timestamps: [true] }).json)
    }
  })
})

describe('T35: checkpoints and proofs', () => {
  // each with a tree of its own, so that ours is entry 5 of 9
  const fresh = (): Deployment => ({ ...on, rekorV1: makeRekorV1(randomFrom('T35 one')), rekorV2: makeRekorV2(randomFrom('T35 two')) })
  const { rekorV1, rekorV2 } = fresh()
  const stranger = makeKey('Ed25519', on.random)
  const WRONG: readonly (readonly [string, ProofChoices])[] = [
    ['another origin', { origin: 'log2025-1.rekor.test' }],
    ['another origin, with its name below it', { origin: 'log2025-1.rekor.test', signers: [{ name: 'log2025-1.rekor.test', key: rekorV2.key }] }],
    ['no origin', { origin: '' }],
    ['the hash of another tree', { root: new Uint8Array(32) }],
    ['the hash of another tree, in the proof too', { root: new Uint8Array(32), rootHash: new Uint8Array(32) }],
    ['another size', { size: 8 }],
    ['a smaller size, in the proof too', { size: 8, treeSize: '8' }],
    ['a larger size, in the proof too', { size: 17, treeSize: '17' }],
    ['a size that is none', { size: '9x' }],
    ['a negative size', { size: -9 }],
    ['a negative size, in the proof too', { size: -9, treeSize: '-9' }],
    ['size 0', { size: 0, treeSize: '0' }],
    ['another root in the proof', { rootHash: new Uint8Array(32) }],
    ['another size in the proof', { treeSize: '10' }],
    ['a negative index in the proof', { logIndex: '-1' }],
    ['an index past the tree in the proof', { logIndex: '9' }],
    ['an index far past it', { logIndex: String(5 + 2 ** 32) }],
    ['another index in the proof', { logIndex: '4' }],
    ['no hashes', { hashes: [] }],
    ['hashes too many', { hashes: Array.from({ length: 80 }, () => new Uint8Array(32)) }],
    ['a short hash', { hashes: [new Uint8Array(31)] }],
    ['no signature', { signers: [] }],
    ['a stranger’s signature', { signers: [{ name: rekorV2.host, key: stranger }] }],
    ['a stranger’s signature with the log’s hint', { signers: [{ name: rekorV2.host, key: stranger, hint: keyHint(rekorV2.host, rekorV2.key) }] }],
    ['another name below it', { signers: [{ name: 'other.test', key: rekorV2.key }] }],
    ['another name with the log’s hint', { signers: [{ name: 'other.test', key: rekorV2.key, hint: keyHint(rekorV2.host, rekorV2.key) }] }],
    ['another hint', { signers: [{ name: rekorV2.host, key: rekorV2.key, hint: Uint8Array.of(1, 2, 3, 4) }] }],
  ]

  test.each(WRONG)('Rekor v2: %s', async (_, v2) => {
    const at = fresh()
    await refused(at, makeBundle(at, { artifact: ARTIFACT, timestamps: [true], logs: [{ log: at.rekorV2, v2, change: (entry) => ({ ...entry, logIndex: v2.logIndex ?? entry['logIndex'] ?? null }) }] }).json)
  })

  /** The same, for the keys and names of a Rekor v1. */
  function asV1({ signers, ...proof }: ProofChoices): V1Choices {
    const own = signers?.map(({ name, key, hint }) => ({
      name: name === rekorV2.host ? rekorV1.host : name, key: key === rekorV2.key ? rekorV1.key : makeKey('P-256', on.random),
      ...(hint === undefined ? {} : { hint: hint[0] === 1 ? hint : keyHint(rekorV1.host, rekorV1.key) }),
    }))
    return { proof: { ...proof, ...(own === undefined ? {} : { signers: own }) } }
  }
  // A Rekor v1 is known by its key: its checkpoints may bear any name.
  test.each(WRONG.filter(([name]) => !/origin|another name/.test(name)))('Rekor v1: %s', async (_, proof) => {
    const at = fresh()
    await refused(at, makeBundle(at, { artifact: ARTIFACT, logs: [{ log: at.rekorV1, v1: asV1(proof) }] }).json)
  })

  test('the log’s signature among those of others', async () => {
    const own = { name: rekorV2.host, key: rekorV2.key }
    const others = [{ name: 'witness.test', key: stranger }, { name: rekorV2.host, key: makeKey('Ed25519', on.random) }]
    const signedBy = (signers: readonly NoteSigner[]): [Deployment, JsonFields] => {
      const at = fresh()
      return [at, makeBundle(at, { artifact: ARTIFACT, timestamps: [true], logs: [{ log: at.rekorV2, v2: { signers } }] }).json]
    }
    await accepted(...signedBy([...others, own]))
    await accepted(...signedBy([own, ...others]))
    await refused(...signedBy(others), 'log-entry-invalid')
  })

  test.each(['-1', '-0', '1e0', '0x1', '18446744073709551615', ''])('logIndex %j of an entry', async (logIndex) => {
    for (const logs of [['v1'], ['v2']] as const) {
      const json = bundle({ timestamps: [true], logs })
      await refused(on, withEntries(json, entriesOf(json).map((entry) => ({ ...entry, logIndex }))))
    }
  })

  test('an entry’s index that is not the one of its proof, in Rekor v2', async () => {
    const json = bundle({ timestamps: [true], logs: ['v2'] })
    await refused(on, withEntries(json, entriesOf(json).map((entry) => ({ ...entry, logIndex: '1' }))), 'log-entry-invalid')
    await refused(on, withEntries(json, entriesOf(json).map((entry) => ({ ...entry, inclusionProof: { ...entry['inclusionProof'] as JsonFields, logIndex: '1' } }))), 'log-entry-invalid')
  })

  test('the index of a Rekor v1 entry without a promise is nobody’s word', async () => {
    const json = bundle({ timestamps: [true], logs: [{ v1: { promise: false } }] })
    const says = async (logIndex: string): Promise<readonly string[]> => {
      const verdict = await verdictOn({ bundle: withEntries(json, entriesOf(json).map((entry) => ({ ...entry, logIndex }))), artifact: ARTIFACT, trust: trustOf(on) })
      return [...verdict.says].filter((saying) => saying.includes(logIndex))
    }
    expect(await says('987654321')).toEqual([])
  })

  test('the checkpoint of another log that the caller trusts as well', async () => {
    const second = makeRekorV2(on.random, { host: 'log2.rekor.test' })
    const json = bundle({ timestamps: [true], logs: ['v2'] })
    const text = checkpointText(second.host, on.rekorV2.leaves.length, rootOf(on.rekorV2.leaves))
    const envelope = signNote(text, [{ name: second.host, key: second.key }])
    const entries = entriesOf(json).map((entry) => ({ ...entry, inclusionProof: { ...entry['inclusionProof'] as JsonFields, checkpoint: { envelope } } }))
    const trust = trustOf(on, { logs: [on.rekorV1, on.rekorV2, second] })
    await refused(on, withEntries(json, entries), 'log-entry-invalid', { trust })
    // the same by the right log is fine
    const own = signNote(text.replace(second.host, on.rekorV2.host), [{ name: on.rekorV2.host, key: on.rekorV2.key }])
    await accepted(on, withEntries(json, entries.map((entry) => ({ ...entry, inclusionProof: { ...entry.inclusionProof, checkpoint: { envelope: own } } }))), { trust })
  })

  test('no proof, and no checkpoint', async () => {
    for (const logs of [['v1'], ['v2']] as const) {
      const json = bundle({ timestamps: [true], logs })
      const without = (change: (entry: JsonFields) => JsonFields): JsonFields => withEntries(json, entriesOf(json).map(change))
      await refused(on, without((entry) => omit(entry, 'inclusionProof')))
      await refused(on, without((entry) => ({ ...entry, inclusionProof: omit(entry['inclusionProof'] as JsonFields, 'checkpoint') })))
    }
  })
})

describe('T38: ASN.1', () => {
  const V2 = { logs: ['v2'], timestamps: [true] } as const

  test('a deep structure in the certificate', async () => {
    for (const levels of [40, 5_000]) await refused(on, bundle({ ...V2, leaf: { fields: { subject: deepSequence(levels) } } }))
  })

  test('a deep structure as a timestamp', async () => {
    for (const levels of [40, 20_000]) await refused(on, withTimestamps(bundle({ logs: ['v2'] }), [deepSequence(levels)]))
  })

  test('a purpose whose last number is the right one but for 2^32', async () => {
    const truncating = { oid: '2.5.29.37', critical: false, value: writeDer(0x30, oid('2b06010505070390808080', '03')) }
    await refused(on, bundle({ ...V2, leaf: { usage: [keyUsage('digitalSignature'), truncating] } }))
  })

  test('a purpose with a padded number', async () => {
    const padded = { oid: '2.5.29.37', critical: false, value: writeDer(0x30, oid('2b060105050703', '8003')) }
    await refused(on, bundle({ ...V2, leaf: { usage: [keyUsage('digitalSignature'), padded] } }))
  })

  function oid(...hex: readonly string[]): Uint8Array {
    return writeDer(6, Uint8Array.from(Buffer.from(hex.join(''), 'hex')))
  }

  test('an extension that stands twice', async () => {
    await refused(on, bundle({ ...V2, leaf: { claims: [{ oid: '1.3.6.1.4.1.57264.1.8', critical: false, value: writeDer(12, utf8Encode('https://evil.test')) }] } }))
  })

  test('bytes after the certificate, and after the token', async () => {
    const made = makeBundle(on, { artifact: ARTIFACT, ...V2 })
    await refused(on, withTimestamps(made.json, [concatBytes(timestamp(on.tsa, made.signature), Uint8Array.of(0))]))
    await refused(on, bundle({ ...V2, leaf: { fields: { subject: concatBytes(deepSequence(1), writeOctetString(new Uint8Array(0))) } } }))
  })
})
