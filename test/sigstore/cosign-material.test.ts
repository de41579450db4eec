import { describe, expect, test } from 'vitest'
import { base64Encode } from '../../src/base/bytes.ts'
import { readCosignMaterial } from '../../src/sigstore/cosign-material.ts'
import { deploy } from './kit/deployment.ts'
import { makeBundle } from './kit/bundle.ts'
import { omit, type Json, type JsonFields } from './kit/json.ts'
import { ARTIFACT } from './kit/valid.ts'

const { json } = makeBundle(deploy('annotations'), { artifact: ARTIFACT, logs: ['v2', 'v1'], timestamps: [true, true] })
const material = json['verificationMaterial'] as JsonFields
const [v2, v1] = material['tlogEntries'] as [JsonFields, JsonFields]
const { rfc3161Timestamps } = material['timestampVerificationData'] as { readonly rfc3161Timestamps: Json }

function read(part: { readonly bundle?: Json; readonly timestamp?: Json }): ReturnType<typeof readCosignMaterial> {
  const text = (value: Json | undefined): string | null => value === undefined ? null : JSON.stringify(value)
  return readCosignMaterial(Uint8Array.of(1), { certificate: null, chain: null, bundle: text(part.bundle), timestamp: text(part.timestamp) })
}

/** docs/spec.md, "Beside the signature": where cosign's own text does not reach, what a Sigstore bundle has in that place. */
describe('the log bundle in an annotation', () => {
  test('entries with their proofs, as a bundle of version 0.3 has them', () => {
    const { entries } = read({ bundle: { tlogEntries: [v2, v1] } })
    expect(entries.map(({ kind, version, promise, proof }) => [kind, version, promise !== null, proof !== null])).toEqual([['hashedrekord', '0.0.2', false, true], ['hashedrekord', '0.0.1', true, true]])
  })

  const promise = { SignedEntryTimestamp: base64Encode(Uint8Array.of(1)), Payload: { body: base64Encode(Uint8Array.of(1)), integratedTime: 1, logIndex: 1, logID: 'ab'.repeat(32) } }
  test.each<readonly [string, Json]>([
    ['both forms in one', { ...promise, tlogEntries: [v2] }], ['something else beside the entries', { tlogEntries: [v2], timestampVerificationData: {} }], ['the entries in other case', { TlogEntries: [v2] }], ['no list', { tlogEntries: v2 }],
    ['one entry twice', { tlogEntries: [v2, v2] }], ['an entry without its proof', { tlogEntries: [omit(v2, 'inclusionProof')] }], ['more than 32', { tlogEntries: Array.from({ length: 33 }, (_, at) => ({ ...v2, logIndex: String(at) })) }],
    ['a whole bundle', json], ['a list', [v2]], ['an entry alone', v2],
  ])('refused: %s', (_, bundle) => {
    expect(() => read({ bundle })).toThrow(expect.objectContaining({ code: 'malformed' }) as Error)
  })

  test('none in an empty list, which vouches for nothing', () => {
    expect(read({ bundle: { tlogEntries: [] } }).entries).toEqual([])
  })
})

describe('the timestamp in an annotation', () => {
  test('several, as a bundle has them', () => {
    expect(read({ timestamp: { rfc3161Timestamps } }).timestamps).toHaveLength(2)
  })

  test.each<readonly [string, Json]>([
    ['both forms in one', { SignedRFC3161Timestamp: 'MAA=', rfc3161Timestamps }], ['no list', { rfc3161Timestamps: 'MAA=' }], ['texts in the list', { rfc3161Timestamps: ['MAA='] }], ['an empty one', { rfc3161Timestamps: [{ signedTimestamp: '' }] }],
    ['more than 32', { rfc3161Timestamps: Array.from({ length: 33 }, () => ({ signedTimestamp: 'MAA=' })) }],
  ])('refused: %s', (_, timestamp) => {
    expect(() => read({ timestamp })).toThrow(expect.objectContaining({ code: 'malformed' }) as Error)
  })
})
