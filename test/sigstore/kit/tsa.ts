import { concatBytes } from '../../../src/base/bytes.ts'
import { writeDer, writeOctetString, writeOid, writeSequence, writeUnsigned } from '../../../src/base/der.ts'
import * as TAG from '../../../src/base/der-tags.ts'
import { authorityKeyId, extendedKeyUsage, issue, keyUsage, subjectKeyId, TIME_STAMPING, type CertificateFields, type Extension, type Issued } from './certificate.ts'
import { retag, writeBoolean, writeExplicit, writeGeneralizedTime, writeInteger, writeName, writeSet, writeTime, type Bytes } from './der.ts'
import { makeAuthority, type AuthorityChoices } from './fulcio.ts'
import { digestAlgorithm, hashOf, makeKey, signatureAlgorithm, type Hash, type KeyKind } from './keys.ts'
import type { Random } from './random.ts'
import { always, NOW, type Window } from './window.ts'

/** A timestamp authority (RFC 3161): leaf, then what issued it, up to the root. */
export interface TimestampAuthority {
  readonly leaf: Issued
  readonly chain: readonly Bytes[]
  readonly validFor: Window
  readonly uri: string
}

export interface TsaChoices extends Pick<AuthorityChoices, 'intermediate' | 'root' | 'noIntermediate'> {
  readonly kind?: KeyKind
  readonly validFor?: Window
  readonly leaf?: Partial<CertificateFields>
  readonly purpose?: Extension
  readonly name?: string
}

export function makeTsa(random: Random, choices: TsaChoices = {}): TimestampAuthority {
  const { kind = 'P-384', validFor = always, name = 'sigstore-tsa' } = choices
  const authority = makeAuthority(random, { noIntermediate: true, ...choices, organization: `${name}.test`, purposes: [TIME_STAMPING] })
  const { key: signer, fields: issuer } = authority.intermediate
  const key = makeKey(kind, random)
  const fields: CertificateFields = {
    serial: concatBytes(Uint8Array.of(0x0a), random.bytes(18)), issuer: issuer.subject, subject: writeName(`${name}.test`, name), notBefore: issuer.notBefore, notAfter: issuer.notAfter, spki: key.spki,
    extensions: [keyUsage('digitalSignature'), subjectKeyId(key.spki), authorityKeyId(signer.spki), choices.purpose ?? extendedKeyUsage([TIME_STAMPING], true)],
    ...choices.leaf,
  }
  const leaf: Issued = { der: issue(fields, signer), fields, key }
  const chain = [leaf.der, ...new Set([authority.intermediate.der, authority.root.der])]
  return { leaf, chain, validFor, uri: `https://${name}.test/api/v1/timestamp` }
}

const SIGNED_DATA = '1.2.840.113549.1.7.2'
const TST_INFO = '1.2.840.113549.1.9.16.1.4'

export interface TimestampChoices {
  readonly time?: number
  /** Of the imprint. */
  readonly hash?: Hash
  readonly signedHash?: Hash
  /** In the token: none at all, an empty list (as the timestamp authority writes), the leaf, all, or these. */
  readonly certificates?: 'none' | 'empty' | 'leaf' | 'chain' | readonly Uint8Array[]
  /** Instead of the hash of what is stamped. */
  readonly imprint?: Uint8Array
  /** The whole MessageImprint in DER, as some clients want their own back. */
  readonly messageImprint?: Uint8Array
  readonly status?: number
  /** Who stands in SignerInfo as the signer, and signs. */
  readonly signer?: Issued
  readonly contentType?: string
  readonly messageDigest?: Uint8Array
  readonly serial?: Uint8Array
  readonly nonce?: Uint8Array | null
}

/** A whole TimeStampResp over some bytes: for Sigstore those of a signature. */
export function timestamp(tsa: TimestampAuthority, stamped: Uint8Array, choices: TimestampChoices = {}): Bytes {
  const { hash = 'SHA-256', certificates = 'empty', status = 0, signer = tsa.leaf } = choices
  const signedHash = choices.signedHash ?? 'SHA-256'
  const info = tstInfo(signer, hash, choices.imprint ?? hashOf(hash, stamped), choices)
  const listed = certificates === 'none' || certificates === 'empty' ? [] : certificates === 'leaf' ? [signer.der] : certificates === 'chain' ? tsa.chain : certificates
  const signedData = writeSequence(
    writeInteger(3), writeSet(digestAlgorithm(signedHash)),
    writeSequence(writeOid(choices.contentType ?? TST_INFO), writeExplicit(0, writeOctetString(info))),
    ...(certificates === 'none' ? [] : [writeExplicit(0, ...listed)]),
    writeSet(signerInfo(signer, info, signedHash, choices)),
  )
  return writeSequence(writeSequence(writeInteger(status)), writeSequence(writeOid(SIGNED_DATA), writeExplicit(0, signedData)))
}

function tstInfo(signer: Issued, hash: Hash, imprint: Uint8Array, { time = NOW + 1, serial = Uint8Array.of(0x55, 0x97, 0x42), nonce = Uint8Array.of(0x31, 0xf2), messageImprint }: TimestampChoices): Bytes {
  return writeSequence(
    writeInteger(1), writeOid('1.3.6.1.4.1.57264.2'), messageImprint ?? writeSequence(digestAlgorithm(hash), writeOctetString(imprint)), writeUnsigned(serial),
    writeGeneralizedTime(time), writeSequence(writeInteger(1)), writeBoolean(true), ...(nonce === null ? [] : [writeUnsigned(nonce)]),
    writeExplicit(0, writeExplicit(4, signer.fields.subject)),
  )
}

function signerInfo(signer: Issued, info: Bytes, hash: Hash, { time = NOW + 1, messageDigest, contentType }: TimestampChoices): Bytes {
  const { key, fields: { issuer, serial } } = signer
  const attribute = (oid: string, ...values: readonly Uint8Array[]): Bytes => writeSequence(writeOid(oid), writeSet(...values))
  const issuerSerial = writeSequence(writeSequence(writeExplicit(4, issuer)), writeUnsigned(serial))
  const attributes = writeSet(
    attribute('1.2.840.113549.1.9.3', writeOid(contentType ?? TST_INFO)),
    attribute('1.2.840.113549.1.9.5', writeTime(time)),
    attribute('1.2.840.113549.1.9.4', writeDer(TAG.octetString, messageDigest ?? hashOf(hash, info))),
    attribute('1.2.840.113549.1.9.16.2.47', writeSequence(writeSequence(writeSequence(writeOctetString(hashOf('SHA-256', signer.der)), issuerSerial)))),
  )
  return writeSequence(
    writeInteger(1), writeSequence(issuer, writeUnsigned(serial)), digestAlgorithm(hash), retag(attributes, 0xa0),
    signatureAlgorithm(key, hash), writeOctetString(key.sign(attributes, hash)),
  )
}
