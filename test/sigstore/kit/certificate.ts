import { writeBitString, writeDer, writeOctetString, writeOid, writeSequence, writeUnsigned } from '../../../src/base/der.ts'
import * as TAG from '../../../src/base/der-tags.ts'
import { writeBoolean, writeExplicit, writeImplicit, writeInteger, writeTime, type Bytes } from './der.ts'
import { hashOf, signatureAlgorithm, type Hash, type SigningKey } from './keys.ts'

/** X.509 certificates, each field of which can be chosen wrong. Times in seconds since 1970. */

export interface Extension {
  readonly oid: string
  readonly critical: boolean
  /** DER, without the OCTET STRING around it. */
  readonly value: Bytes
}

export interface CertificateFields {
  readonly serial: Uint8Array
  /** Names in DER. */
  readonly issuer: Bytes
  readonly subject: Bytes
  readonly notBefore: number
  readonly notAfter: number
  readonly spki: Bytes
  readonly extensions: readonly Extension[]
  /** 2 is version 3. */
  readonly version?: number
  /** AlgorithmIdentifier inside the signed part, if it is not to be the one outside. */
  readonly innerAlgorithm?: Bytes
}

/** A certificate, and the key that belongs to it. */
export interface Issued {
  readonly der: Bytes
  readonly fields: CertificateFields
  readonly key: SigningKey
}

export function tbsCertificate(fields: CertificateFields, signer: SigningKey, hash: Hash = signer.hash): Bytes {
  return writeSequence(
    ...(fields.version === 0 ? [] : [writeExplicit(0, writeInteger(fields.version ?? 2))]),
    writeUnsigned(fields.serial), fields.innerAlgorithm ?? signatureAlgorithm(signer, hash), fields.issuer,
    writeSequence(writeTime(fields.notBefore), writeTime(fields.notAfter)), fields.subject, fields.spki,
    ...(fields.extensions.length === 0 ? [] : [writeExplicit(3, writeSequence(...fields.extensions.map(writeExtension)))]),
  )
}

function writeExtension({ oid, critical, value }: Extension): Bytes {
  return writeSequence(writeOid(oid), ...(critical ? [writeBoolean(true)] : []), writeOctetString(value))
}

export function issue(fields: CertificateFields, signer: SigningKey, hash: Hash = signer.hash): Bytes {
  const tbs = tbsCertificate(fields, signer, hash)
  return writeSequence(tbs, signatureAlgorithm(signer, hash), writeBitString(signer.sign(tbs, hash)))
}

export function basicConstraints(isAuthority: boolean, pathLength: number | null = null): Extension {
  const parts = isAuthority ? [writeBoolean(true), ...(pathLength === null ? [] : [writeInteger(pathLength)])] : []
  return { oid: '2.5.29.19', critical: true, value: writeSequence(...parts) }
}

const USAGE = { digitalSignature: [0x07, 0x80], keyEncipherment: [0x05, 0x20], certSign: [0x01, 0x06] } as const

export function keyUsage(usage: keyof typeof USAGE): Extension {
  return { oid: '2.5.29.15', critical: true, value: writeDer(TAG.bitString, Uint8Array.of(...USAGE[usage])) }
}

export const CODE_SIGNING = '1.3.6.1.5.5.7.3.3'
export const TIME_STAMPING = '1.3.6.1.5.5.7.3.8'
export const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'

export function extendedKeyUsage(purposes: readonly string[], critical: boolean = false): Extension {
  return { oid: '2.5.29.37', critical, value: writeSequence(...purposes.map(writeOid)) }
}

function keyId(spki: Uint8Array): Bytes {
  return hashOf('SHA-256', spki).slice(0, 20)
}

export function subjectKeyId(spki: Uint8Array): Extension {
  return { oid: '2.5.29.14', critical: false, value: writeOctetString(keyId(spki)) }
}

export function authorityKeyId(spki: Uint8Array): Extension {
  return { oid: '2.5.29.35', critical: false, value: writeSequence(writeImplicit(0, keyId(spki))) }
}

/** General names in DER: see fulcio.ts. */
export function subjectAltName(names: readonly Bytes[], critical: boolean = true): Extension {
  return { oid: '2.5.29.17', critical, value: writeSequence(...names) }
}
