import { equalBytes } from '../base/bytes.ts'
import { DerFields, readSmallInteger } from '../base/der-fields.ts'
import { expectTag, oidHex, readDer, readOctetString, readOid, readSequence, type DerNode } from '../base/der.ts'
import * as TAG from '../base/der-tags.ts'
import { SealdexError } from '../base/errors.ts'
import * as LIMITS from '../base/limits.ts'
import type { HashName } from '../crypto/algorithms.ts'
import { hashOf } from '../crypto/digest.ts'
import { verifySignature } from '../crypto/signature.ts'
import { algorithmWith, readHashAlgorithm } from './algorithm.ts'
import { parseCertificate, type Certificate } from './certificate.ts'
import { foreseeSignatures, verifyChain } from './chain.ts'
import { readSignedData, type CmsSigner, type SignedData } from './cms.ts'
import { isWithin, type TimeWindow } from './time.ts'
import { readTstInfo, type TstInfo } from './tst-info.ts'

/** A timestamp authority that the caller trusts. */
export interface TimestampAuthority {
  /** Leaf-most first; the last is the anchor. Where the first is no CA, timestamps are by it alone; else by what comes along and leads here. */
  readonly chain: readonly Certificate[]
  /** When its timestamps count, both ends included. */
  readonly validFor: TimeWindow
}

/** A timestamp as it was read; nothing of it is proved. */
export interface Timestamp {
  readonly signedData: SignedData
  readonly info: TstInfo
}

/** A timestamp that a trusted authority made. */
export interface VerifiedTimestamp<Authority extends TimestampAuthority> {
  /** Seconds since 1970, with fractions. */
  readonly time: number
  readonly accuracy: number | null
  readonly authority: Authority
  /** The certificate whose key verified it. */
  readonly certificate: Certificate
}

const TST_INFO = oidHex('1.2.840.113549.1.9.16.1.4')
const ATTRIBUTE = {
  contentType: oidHex('1.2.840.113549.1.9.3'),
  messageDigest: oidHex('1.2.840.113549.1.9.4'),
  signingCertificate: oidHex('1.2.840.113549.1.9.16.2.12'),
  signingCertificateV2: oidHex('1.2.840.113549.1.9.16.2.47'),
} as const

function refuse(why: string, options?: ErrorOptions): never {
  throw new SealdexError('bad-timestamp', `The timestamp is not accepted: ${why}.`, options)
}

/** Reads a whole TimeStampResp that grants, or the token alone (RFC 3161). Throws `bad-timestamp` only. */
export function parseTimestamp(der: Uint8Array<ArrayBuffer>): Timestamp {
  if (der.length > LIMITS.timestampBytes) refuse(`it is larger than ${LIMITS.timestampBytes} bytes`)
  try {
    const signedData = readSignedData(tokenOf(readDer(der)))
    if (signedData.contentType !== TST_INFO) refuse('it holds something else than TSTInfo')
    return { signedData, info: readTstInfo(signedData.content) }
  } catch (cause) {
    if (cause instanceof SealdexError && cause.code !== 'bad-timestamp') throw new SealdexError('bad-timestamp', `The timestamp could not be read. ${cause.message}`, { cause })
    throw cause
  }
}

/** TimeStampResp begins with a status, the token with an OID. */
function tokenOf(node: DerNode): DerNode {
  const [first, token, ...more] = readSequence(node, 'the timestamp')
  if (first?.tag === TAG.oid) return node
  const status = readSmallInteger(expectTag(readSequence(first, 'the status')[0], TAG.integer, 'the status'), 'the status')
  // granted, and granted with modifications
  if (status > 1) refuse('the authority did not grant it')
  return token === undefined || more.length > 0 ? refuse('it holds not exactly one token') : token
}

/**
 * Checks a timestamp over the message against the authorities, each within its own validity, with a chain that is valid at the timestamp's time.
 * Throws `bad-timestamp` for what is broken or about other bytes, `untrusted-timestamp` where no authority verifies it.
 */
export async function verifyTimestamp<Authority extends TimestampAuthority>(
  token: Uint8Array<ArrayBuffer>, message: Uint8Array<ArrayBuffer>, authorities: readonly Authority[],
): Promise<VerifiedTimestamp<Authority>> {
  const { signedData, info } = parseTimestamp(token)
  const { signer } = signedData
  const [imprint, digest] = await Promise.all([hashOf(info.hash, message), hashOf(signer.digest, signedData.content)])
  if (!equalBytes(imprint, info.imprint)) refuse('it is about other bytes')
  checkAttributes(signer, digest)
  const problems: SealdexError[] = []
  for (const authority of authorities) {
    if (!isWithin(authority.validFor, info.time)) continue
    const certificate = await certificateOf(authority, signedData, info.time, problems)
    if (certificate !== null) return { time: info.time, accuracy: info.accuracy, authority, certificate }
  }
  const [cause] = problems
  const why = cause === undefined ? '' : ` ${cause.message}`
  throw new SealdexError('untrusted-timestamp', `No timestamp authority that is trusted, and was at that time, made the timestamp.${why}`, { cause })
}

/** The signature covers the attributes, and they the content. */
function checkAttributes({ attributes }: CmsSigner, digest: Uint8Array): void {
  const [type, stated] = [attributes.get(ATTRIBUTE.contentType), attributes.get(ATTRIBUTE.messageDigest)]
  if (readAttribute(() => readOid(type, 'the content type')) !== TST_INFO) refuse('its signed content type is another')
  if (!equalBytes(readAttribute(() => readOctetString(stated, 'the digest')), digest)) refuse('its content is not what was signed')
}

function readAttribute<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    return refuse('a signed attribute is missing or broken', { cause })
  }
}

/**
 * The certificate of the authority that verifies it, or null and why. Where the caller names the authority's own certificate, it can only be that; else it is
 * one of those that came along under the name that the signer gives, whatever their order (T34), and its chain leads to the authority.
 */
async function certificateOf(authority: TimestampAuthority, { signer, certificates }: SignedData, time: number, problems: SealdexError[]): Promise<Certificate | null> {
  const [first, ...above] = authority.chain
  const own = first !== undefined && first.basicConstraints?.isAuthority !== true
  const brought = own ? [] : readable(certificates)
  // only what the caller listed: a stranger's certificates are looked at when the timestamp is by them
  await foreseeSignatures(authority.chain)
  const intermediates = [...(own ? above : authority.chain).slice(0, -1), ...brought].slice(0, LIMITS.pathCertificates)
  for (const leaf of own ? [first] : brought) {
    if (!isNamed(leaf, signer.id)) continue
    try {
      await checkSigner(signer, leaf)
      await verifyChain({ leaf, intermediates, anchors: authority.chain.slice(-1), times: [time], purpose: 'time-stamping' })
      return leaf
    } catch (error) {
      if (!(error instanceof SealdexError)) throw error
      problems.push(error)
    }
  }
  return null
}

function isNamed(certificate: Certificate, id: CmsSigner['id']): boolean {
  if ('serial' in id) return certificate.serial === id.serial && equalBytes(certificate.issuer, id.issuer)
  return certificate.subjectKeyId !== null && equalBytes(certificate.subjectKeyId, id.subjectKeyId)
}

/** Those that are read here: one that is not can verify nothing, and nobody signs that it is there. */
function readable(brought: readonly Uint8Array<ArrayBuffer>[]): readonly Certificate[] {
  return brought.slice(0, LIMITS.pathCertificates).flatMap((der) => {
    try {
      return [parseCertificate(der)]
    } catch {
      return []
    }
  })
}

async function checkSigner(signer: CmsSigner, certificate: Certificate): Promise<void> {
  const algorithm = algorithmWith(signer.algorithm, certificate.publicKey)
  if (algorithm === null || !await verifySignature(certificate.publicKey, algorithm, signer.signature, signer.signedBytes)) refuse('the key of its certificate does not verify it')
  if (!await namesCertificate(signer, certificate)) refuse('it was signed for another certificate')
}

/** Whether signingCertificate (SHA-1, RFC 2634) or signingCertificateV2 (RFC 5035) is there, and each that is names this certificate first. */
async function namesCertificate({ attributes }: CmsSigner, { der }: Certificate): Promise<boolean> {
  const [v1, v2] = [attributes.get(ATTRIBUTE.signingCertificate), attributes.get(ATTRIBUTE.signingCertificateV2)]
  if (v2 !== undefined) {
    const { hash, value } = readAttribute(() => readCertificateId(v2))
    if (!equalBytes(await hashOf(hash, der), value)) return false
  }
  if (v1 !== undefined) {
    const { value } = readAttribute(() => readCertificateId(v1))
    if (!equalBytes(new Uint8Array(await crypto.subtle.digest('SHA-1', der)), value)) return false
  }
  return v1 !== undefined || v2 !== undefined
}

/** The first ESSCertID or ESSCertIDv2 of the list, which is the signer's. */
function readCertificateId(attribute: DerNode): { readonly hash: HashName; readonly value: Uint8Array<ArrayBuffer> } {
  const [list] = readSequence(attribute, 'the certificate that signed')
  const fields = new DerFields(readSequence(readSequence(list, 'the certificates')[0], 'a certificate'), 'a certificate')
  const first = fields.next()
  if (first.tag !== TAG.sequence) return { hash: 'SHA-256', value: readOctetString(first, 'the hash of a certificate') }
  return { hash: readHashAlgorithm(first), value: readOctetString(fields.next(), 'the hash of a certificate') }
}
