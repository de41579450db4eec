import { base64Encode, base64UrlEncode, utf8Encode } from '../../src/base/bytes.ts'
import { writeDer, writeOid, writeSequence } from '../../src/base/der.ts'
import * as TAG from '../../src/base/der-tags.ts'
import { readEcdsaSignature } from '../../src/crypto/signature.ts'
import { NOTATION_PAYLOAD_TYPE } from '../../src/envelope/notation-payload.ts'
import type { FoundNotation } from '../../src/form/found.ts'
import { basicConstraints, CODE_SIGNING, extendedKeyUsage, issue, keyUsage, type CertificateFields, type Extension, type Issued } from '../sigstore/kit/certificate.ts'
import { writeSet, type Bytes } from '../sigstore/kit/der.ts'
import { makeKey, pem, type SigningKey } from '../sigstore/kit/keys.ts'
import { randomFrom } from '../sigstore/kit/random.ts'
import { DAY, iso, NOW, YEAR } from '../sigstore/kit/window.ts'
import { Tag, writeCbor, type Cbor } from './cbor.ts'

/** Notation's envelopes, each part of which can be chosen wrong, by keys that come from a seed. */

const random = randomFrom('notation')
const OIDS = { C: '2.5.4.6', ST: '2.5.4.8', O: '2.5.4.10', OU: '2.5.4.11', CN: '2.5.4.3' } as const

/** A distinguished name of UTF8Strings, one attribute a part. */
export function nameOf(...parts: readonly (readonly [keyof typeof OIDS, string])[]): Bytes {
  return writeSequence(...parts.map(([type, text]) => writeSet(writeSequence(writeOid(OIDS[type]), writeDer(TAG.utf8String, utf8Encode(text))))))
}

export interface PartyChoices {
  readonly leaf?: Partial<CertificateFields>
  readonly root?: Partial<CertificateFields>
  readonly key?: SigningKey
}

/** Who signs: a leaf below a root. */
export interface Party {
  readonly root: Issued
  readonly leaf: Issued
  /** The leaf first. */
  readonly chain: readonly Bytes[]
  /** PEM. */
  readonly rootPem: string
}

export function makeRoot(commonName: string, changes: Partial<CertificateFields> = {}): Issued {
  const key = makeKey('P-256', random)
  const subject = nameOf(['C', 'DE'], ['O', 'Root'], ['CN', commonName])
  const fields = { serial: random.bytes(8), issuer: subject, subject, notBefore: NOW - YEAR, notAfter: NOW + YEAR, spki: key.spki, extensions: [keyUsage('certSign'), basicConstraints(true)], ...changes }
  return { der: issue(fields, key), fields, key }
}

export const LEAF_EXTENSIONS: readonly Extension[] = [keyUsage('digitalSignature'), extendedKeyUsage([CODE_SIGNING])]

export function makeParty(commonName: string, { leaf: changes, root: rootChanges, key = makeKey('P-256', random) }: PartyChoices = {}): Party {
  const root = makeRoot(`root of ${commonName}`, rootChanges)
  const subject = nameOf(['C', 'DE'], ['ST', 'BE'], ['O', 'Vendor'], ['CN', commonName])
  const fields = { serial: random.bytes(8), issuer: root.fields.subject, subject, notBefore: NOW - DAY, notAfter: NOW + 30 * DAY, spki: key.spki, extensions: LEAF_EXTENSIONS, ...changes }
  const leaf = { der: issue(fields, root.key), fields, key }
  return { root, leaf, chain: [leaf.der, root.der], rootPem: pem('CERTIFICATE', root.der) }
}

/** The image that is signed where nothing else is said. */
export const IMAGE: { readonly mediaType: string; readonly digest: string; readonly size: number } = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: `sha256:${'a'.repeat(64)}`, size: 528 }

export function payloadOf(target: object = {}): Bytes {
  return utf8Encode(JSON.stringify({ targetArtifact: { ...IMAGE, ...target } }))
}

/** r‖s of P-256. */
export function rawSignature(key: SigningKey, bytes: Uint8Array): Bytes {
  const raw = readEcdsaSignature(key.sign(bytes, 'SHA-256'), 32)
  if (raw === null) throw new Error('no signature')
  return raw
}

export const SCHEME = 'io.cncf.notary.signingScheme'
export const SIGNING_TIME = 'io.cncf.notary.signingTime'
export const AUTHENTIC_TIME = 'io.cncf.notary.authenticSigningTime'
export const EXPIRY = 'io.cncf.notary.expiry'
export const TIMESTAMP = 'io.cncf.notary.timestampSignature'

type Json = Readonly<Record<string, unknown>>

export interface JwsChoices {
  readonly payload?: Bytes
  /** Added to what is signed, or put in its place; undefined takes away. */
  readonly signed?: Json
  /** The same for the unprotected header. */
  readonly header?: Json
  /** The same for the envelope itself. */
  readonly envelope?: Json
  readonly signature?: Bytes
  /** A timestamp over the signature. */
  readonly timestamp?: (signature: Bytes) => Bytes
  /** The text of the protected header, instead of its JSON. */
  readonly text?: string
}

export function makeJws({ leaf, chain }: Party, choices: JwsChoices = {}): Bytes {
  const header = { alg: 'ES256', crit: [SCHEME], cty: NOTATION_PAYLOAD_TYPE, [SCHEME]: 'notary.x509', [SIGNING_TIME]: iso(NOW), ...choices.signed }
  const written = base64UrlEncode(utf8Encode(choices.text ?? JSON.stringify(header)))
  const payload = base64UrlEncode(choices.payload ?? payloadOf())
  const signature = choices.signature ?? rawSignature(leaf.key, utf8Encode(`${written}.${payload}`))
  const stamp = choices.timestamp === undefined ? {} : { [TIMESTAMP]: base64Encode(choices.timestamp(signature)) }
  const unsigned = { 'x5c': chain.map(base64Encode), ...stamp, 'io.cncf.notary.signingAgent': 'kit', ...choices.header }
  return utf8Encode(JSON.stringify({ payload, protected: written, header: unsigned, signature: base64UrlEncode(signature), ...choices.envelope }))
}

export type Pairs = readonly (readonly [Cbor, Cbor])[]

export interface CoseChoices {
  readonly payload?: Bytes
  /** All signed headers. */
  readonly signed?: Pairs
  /** After the signed headers that are always there. */
  readonly more?: Pairs
  /** All of what is not signed. */
  readonly headers?: Pairs
  readonly signature?: Bytes
  /** Around the four parts; else tag 18. */
  readonly wrap?: (parts: readonly Cbor[]) => Cbor
  /** The bytes of the protected headers, instead of a map of them. */
  readonly protectedBytes?: Bytes
}

export const COSE_SIGNED: Pairs = [[1, -7], [2, [SCHEME]], [3, NOTATION_PAYLOAD_TYPE], [SCHEME, 'notary.x509'], [SIGNING_TIME, new Tag(1, NOW)]]

export function makeCose({ leaf, chain }: Party, choices: CoseChoices = {}): Bytes {
  const written = choices.protectedBytes ?? writeCbor({ pairs: [...(choices.signed ?? COSE_SIGNED), ...(choices.more ?? [])] })
  const payload = choices.payload ?? payloadOf()
  const signature = choices.signature ?? rawSignature(leaf.key, writeCbor(['Signature1', written, new Uint8Array(0), payload]))
  const parts: readonly Cbor[] = [written, { pairs: choices.headers ?? [[33, [...chain]]] }, payload, signature]
  return writeCbor(choices.wrap === undefined ? new Tag(18, parts) : choices.wrap(parts))
}

/** As it would be found beside the image. */
export function foundNotation(container: FoundNotation['container'], bytes: Bytes, beside: Partial<FoundNotation['beside']> = {}): FoundNotation {
  const image = { digest: IMAGE.digest as FoundNotation['beside']['digest'], mediaType: IMAGE.mediaType, size: IMAGE.size, platform: null, annotations: null, ...beside }
  const blob = { mediaType: container, digest: image.digest, size: bytes.length, platform: null, annotations: new Map<string, string>(), artifactType: null, raw: new Map() }
  return { form: 'notation', beside: image, at: 'kit', kind: 'notation', container, blob, bytes }
}
