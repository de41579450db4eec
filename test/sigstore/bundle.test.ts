import { describe, expect, test } from 'vitest'
import { base64Encode, utf8Encode } from '../../src/base/bytes.ts'
import { bundleVersion, parseBundle, type Bundle } from '../../src/sigstore/bundle.ts'
import { makeBundle } from './kit/bundle.ts'
import { deploy } from './kit/deployment.ts'
import type { Json, JsonFields } from './kit/json.ts'
import { ARTIFACT } from './kit/valid.ts'

const on = deploy('bundle')
const { json } = makeBundle(on, { artifact: ARTIFACT, logs: ['v1'], timestamps: [true] })
const older = makeBundle(on, { artifact: ARTIFACT, logs: ['v1'], version: '0.2' }).json
const dsse = makeBundle(on, { artifact: ARTIFACT, content: 'dsse' }).json

const read = (bundle: JsonFields | string): Bundle => parseBundle(utf8Encode(typeof bundle === 'string' ? bundle : JSON.stringify(bundle)))

/** A copy, with what stands at this path changed; undefined takes it away. */
function changed(bundle: JsonFields, path: string, change: (value: Json | undefined) => Json | undefined): JsonFields {
  const copy = structuredClone(bundle)
  const steps = path.split('.')
  const last = steps.pop() ?? ''
  const holder = steps.reduce<JsonFields>((value, step) => value[step] as JsonFields, copy)
  const value = change(holder[last])
  if (value === undefined) delete holder[last]
  else holder[last] = value
  return copy
}

const ENTRY = 'verificationMaterial.tlogEntries.0'
const as = (value: Json | undefined) => () => value

describe('what a bundle holds', () => {
  test('a message, its certificate, entry and timestamp', () => {
    const { content, signer, entries, timestamps, mediaType } = read(json)
    expect([content.kind, signer.kind, entries.length, timestamps.length, bundleVersion(mediaType)]).toEqual(['message', 'certificate', 1, 1, 3])
    expect(entries[0]).toMatchObject({ kind: 'hashedrekord', version: '0.0.1' })
  })

  test('numbers as texts and as numbers, and what is absent is zero', () => {
    const number = (value: Json | undefined): Json => Number(value)
    expect(read(changed(json, `${ENTRY}.logIndex`, number)).entries).toEqual(read(json).entries)
    expect(read(changed(json, `${ENTRY}.logIndex`, as(undefined))).entries[0]?.logIndex).toBe(0)
    expect(read(changed(json, `${ENTRY}.integratedTime`, as(null))).entries[0]?.integratedTime).toBeNull()
  })

  test('fields that are not known are left alone', () => {
    expect(read({ ...json, somethingNew: { a: [1] } }).entries).toHaveLength(1)
  })

  test.each(['application/vnd.dev.sigstore.bundle+json;version=0.3', 'application/vnd.dev.sigstore.bundle.v0.3+json', 'application/vnd.dev.sigstore.bundle.v0.3.1+json'])('media type %s', (mediaType) => {
    expect(read({ ...json, mediaType }).mediaType).toBe(mediaType)
  })

  test.each(['', 'application/json', 'application/vnd.dev.sigstore.bundle+json;version=0.4', 'application/vnd.dev.sigstore.bundle.v0.4+json', 'application/vnd.dev.sigstore.bundle.v1.0+json', 'application/vnd.dev.sigstore.bundle+json;version=0.0', 'xapplication/vnd.dev.sigstore.bundle.v0.3+json'])('media type %j is not read', (mediaType) => {
    expect(() => read({ ...json, mediaType })).toThrow(expect.objectContaining({ code: 'bundle-unsupported' }) as Error)
  })
})

const many = (count: number) => (list: Json | undefined): Json => Array.from({ length: count }, (_, at) => ({ ...(list as JsonFields[])[0], logIndex: String(at) }))

const REFUSED: readonly (readonly [string, JsonFields])[] = [
  ['a proof without a checkpoint', changed(json, `${ENTRY}.inclusionProof.checkpoint`, as(undefined))],
  ['0.2 without a proof', changed(older, `${ENTRY}.inclusionProof`, as(undefined))],
  ['0.3 without a proof', changed(json, `${ENTRY}.inclusionProof`, as(undefined))],
  ['0.1 without a promise', { ...changed(older, `${ENTRY}.inclusionPromise`, as(undefined)), mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.1' }],
  ['33 entries', changed(json, 'verificationMaterial.tlogEntries', many(33))],
  ['33 timestamps', changed(json, 'verificationMaterial.timestampVerificationData.rfc3161Timestamps', (list) => Array.from({ length: 33 }, () => (list as Json[])[0] ?? null))],
  ['one entry twice', changed(json, 'verificationMaterial.tlogEntries', (list) => [...(list as Json[]), ...(list as Json[])])],
  ['no body', changed(json, `${ENTRY}.canonicalizedBody`, as(''))],
  ['no log id', changed(json, `${ENTRY}.logId`, as(undefined))],
  ['T35: a negative index', changed(json, `${ENTRY}.logIndex`, as('-1'))],
  ['an index past 2^53', changed(json, `${ENTRY}.logIndex`, as('9007199254740993'))],
  ['a time with a fraction', changed(json, `${ENTRY}.integratedTime`, as(1.5))],
  ['an empty signature', changed(json, 'messageSignature.signature', as(''))],
  ['a digest by SHA-1', changed(json, 'messageSignature.messageDigest.algorithm', as('SHA1'))],
  ['no signature', changed(json, 'messageSignature', as(undefined))],
  ['a message and an envelope', { ...json, dsseEnvelope: dsse['dsseEnvelope'] ?? null }],
  ['T36: a certificate and a key', changed(json, 'verificationMaterial.publicKey', as({ hint: 'x' }))],
  ['nobody who signed', changed(json, 'verificationMaterial.certificate', as(undefined))],
  ['an empty chain', changed(older, 'verificationMaterial.x509CertificateChain.certificates', as([]))],
  ['T36: a root in the chain', changed(older, 'verificationMaterial.x509CertificateChain.certificates', (list) => [...(list as Json[]), { rawBytes: base64Encode(on.fulcio.root.der) }])],
  ['T47: two signatures', changed(dsse, 'dsseEnvelope.signatures', (list) => [...(list as Json[]), ...(list as Json[])])],
  ['T47: no signature', changed(dsse, 'dsseEnvelope.signatures', as([]))],
  ['T6: a name in another case', changed(json, `${ENTRY}.LogIndex`, as('1'))],
  ['T6: a name in its other spelling', changed(json, `${ENTRY}.log_index`, as('1'))],
]

describe('what a bundle may not be', () => {
  test.each(REFUSED)('%s', (_, bundle) => {
    expect(() => read(bundle)).toThrow(expect.objectContaining({ code: 'malformed' }) as Error)
  })

  test.each([' ', '\n', '=', '!'])('T48: a signature with %j behind it', (more) => {
    expect(() => read(changed(json, 'messageSignature.signature', (text) => `${typeof text === 'string' ? text : ''}${more}`))).toThrow(expect.objectContaining({ code: 'malformed-base64' }) as Error)
  })

  test('T7: a name twice', () => {
    expect(() => read(JSON.stringify(json).replace('{', '{"mediaType":"x",'))).toThrow(expect.objectContaining({ code: 'malformed-json' }) as Error)
  })

  test('T29: more than 4 MiB', () => {
    expect(() => parseBundle(new Uint8Array(4_194_305))).toThrow(expect.objectContaining({ code: 'too-large' }) as Error)
  })
})
