import { base64Encode, hexEncode, utf8Encode } from '../../../src/base/bytes.ts'
import { canonicalJson } from '../../../src/base/canonical-json.ts'
import type { Bytes } from './der.ts'
import { hashOf, KEY_DETAILS, pem, type Hash, type SigningKey } from './keys.ts'
import { raw, type Json, type JsonFields } from './json.ts'

/** Bodies of log entries: what a log says was signed (formats.md 7, point 5, and 13, point 1). */

/** What stands for the signer in a log: a certificate or a bare key. */
export type Verifier = { readonly certificate: Bytes, readonly key: SigningKey } | { readonly certificate?: undefined, readonly key: SigningKey }

export interface LoggedSignature {
  readonly signature: Uint8Array
  readonly verifier: Verifier
  readonly hash: Hash
  /** What was signed: an artifact, or the pre-authentication encoding of a DSSE envelope. */
  readonly signed: Uint8Array
}

export interface Envelope {
  readonly payloadType: string
  readonly payload: Bytes
}

/** The body of an entry, with its kind and version. */
export interface LogBody {
  readonly kind: string
  readonly version: string
  readonly bytes: Bytes
}

function body(kind: string, version: string, spec: JsonFields): LogBody {
  return { kind, version, bytes: utf8Encode(canonicalJson({ apiVersion: version, kind, spec })) }
}

function pemOf({ certificate, key }: Verifier): string {
  return base64Encode(utf8Encode(certificate === undefined ? pem('PUBLIC KEY', key.spki) : pem('CERTIFICATE', certificate)))
}

function hexHash(hash: Hash, bytes: Uint8Array): JsonFields {
  return { algorithm: hash.replace('-', '').toLowerCase(), value: hexEncode(hashOf(hash, bytes)) }
}

/** Rekor v1, `hashedrekord` 0.0.1: for an artifact, and (as cosign's `.sig` has it) for a payload. */
export function hashedRekordV1({ signature, verifier, hash, signed }: LoggedSignature): LogBody {
  return body('hashedrekord', '0.0.1', { data: { hash: hexHash(hash, signed) }, signature: { content: base64Encode(signature), publicKey: { content: pemOf(verifier) } } })
}

/** Rekor v1, `dsse` 0.0.1. */
export function dsseV1({ signature, verifier }: LoggedSignature, { payload, payloadType }: Envelope): LogBody {
  const envelope = canonicalJson({ payload: base64Encode(payload), payloadType, signatures: [{ sig: base64Encode(signature) }] })
  const signatures: Json = [{ signature: base64Encode(signature), verifier: pemOf(verifier) }]
  return body('dsse', '0.0.1', { envelopeHash: hexHash('SHA-256', utf8Encode(envelope)), payloadHash: hexHash('SHA-256', payload), signatures })
}

/** Rekor v1, `intoto` 0.0.2: its `sig` is base64 twice. */
export function intotoV2({ signature, verifier }: LoggedSignature, { payload, payloadType }: Envelope): LogBody {
  const envelope = canonicalJson({ payload: base64Encode(payload), payloadType, signatures: [{ sig: base64Encode(signature) }] })
  const signatures: Json = [{ publicKey: pemOf(verifier), sig: base64Encode(utf8Encode(base64Encode(signature))) }]
  return body('intoto', '0.0.2', { content: { envelope: { payloadType, signatures }, hash: hexHash('SHA-256', utf8Encode(envelope)), payloadHash: hexHash('SHA-256', payload) } })
}

function verifierV2({ certificate, key }: Verifier): JsonFields {
  return { keyDetails: KEY_DETAILS[key.kind], ...(certificate === undefined ? { publicKey: raw(key.spki) } : { x509Certificate: raw(certificate) }) }
}

function hashV2(hash: Hash, bytes: Uint8Array): JsonFields {
  return { algorithm: hash.replace('SHA-', 'SHA2_'), digest: base64Encode(hashOf(hash, bytes)) }
}

/** Rekor v2, `hashedrekord` 0.0.2: for an artifact, and for DSSE over its pre-authentication encoding. */
export function hashedRekordV2({ signature, verifier, hash, signed }: LoggedSignature): LogBody {
  return body('hashedrekord', '0.0.2', { hashedRekordV002: { data: hashV2(hash, signed), signature: { content: base64Encode(signature), verifier: verifierV2(verifier) } } })
}

/** Rekor v2, `dsse` 0.0.2. */
export function dsseV2({ signature, verifier }: LoggedSignature, { payload }: Envelope): LogBody {
  return body('dsse', '0.0.2', { dsseV002: { payloadHash: hashV2('SHA-256', payload), signatures: [{ content: base64Encode(signature), verifier: verifierV2(verifier) }] } })
}
