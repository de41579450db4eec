import { equalBytes, hexEncode } from '../base/bytes.ts'
import { DerFields, readExplicit, readSmallInteger } from '../base/der-fields.ts'
import { expectTag, readBitString, readDer, readSequence, readUnsigned, type DerNode } from '../base/der.ts'
import * as TAG from '../base/der-tags.ts'
import { SealdexError } from '../base/errors.ts'
import * as LIMITS from '../base/limits.ts'
import { parsePem, type PemBlock } from '../crypto/pem.ts'
import { cryptoKeyOf, publicKeyFromSpki, type PublicKey } from '../crypto/public-key.ts'
import { verifySignature } from '../crypto/signature.ts'
import { algorithmWith, readSignatureAlgorithm, type SignatureAlgorithm } from './algorithm.ts'
import { readExtensions, readKnownExtensions, type Extensions, type KnownExtensions } from './extensions.ts'
import { readTime } from './time.ts'

/** An X.509 v3 certificate as it was read: nothing of it is proved. */
export interface Certificate extends KnownExtensions {
  readonly der: Uint8Array<ArrayBuffer>
  /** The exact bytes of TBSCertificate, which are signed. */
  readonly tbs: Uint8Array<ArrayBuffer>
  /** Lower-case hex of its exact number, without a leading zero byte. */
  readonly serial: string
  /** DER of the Name; names are compared by these bytes. */
  readonly issuer: Uint8Array<ArrayBuffer>
  readonly subject: Uint8Array<ArrayBuffer>
  /** Seconds since 1970, both included. */
  readonly notBefore: number
  readonly notAfter: number
  readonly publicKey: PublicKey
  /** The exact bytes of SubjectPublicKeyInfo. */
  readonly spki: Uint8Array<ArrayBuffer>
  readonly algorithm: SignatureAlgorithm
  readonly signature: Uint8Array<ArrayBuffer>
  readonly extensions: Extensions
}

function refuse(why: string, options?: ErrorOptions): never {
  throw new SealdexError('bad-certificate', `The certificate is not accepted: ${why}.`, options)
}

/** Reads an X.509 v3 certificate (RFC 5280) in strict DER; its key is checked as every key is. Throws `bad-certificate` only. */
export function parseCertificate(der: Uint8Array<ArrayBuffer>): Certificate {
  if (der.length > LIMITS.certificateBytes) refuse(`it is larger than ${LIMITS.certificateBytes} bytes`)
  try {
    return readCertificate(der)
  } catch (cause) {
    if (cause instanceof SealdexError && cause.code !== 'bad-certificate') throw new SealdexError('bad-certificate', `The certificate could not be read. ${cause.message}`, { cause })
    throw cause
  }
}

function readCertificate(der: Uint8Array<ArrayBuffer>): Certificate {
  const [tbs, algorithm, signature, ...more] = readSequence(readDer(der), 'the certificate')
  if (tbs === undefined || algorithm === undefined || more.length > 0) refuse('it is not made of three parts')
  const { signedAlgorithm, ...fields } = readTbs(tbs)
  if (!equalBytes(signedAlgorithm, algorithm.bytes)) refuse('it names two signature algorithms')
  return { der, tbs: tbs.bytes, ...fields, algorithm: readSignatureAlgorithm(algorithm), signature: readBitString(signature, 'the signature') }
}

function readTbs(tbs: DerNode): Omit<Certificate, 'der' | 'tbs' | 'algorithm' | 'signature'> & { readonly signedAlgorithm: Uint8Array<ArrayBuffer> } {
  const fields = new DerFields(readSequence(tbs, 'the certificate'), 'the certificate')
  const version = fields.context(0, true)
  if (version === null || readSmallInteger(expectTag(readExplicit(version, 'the version'), TAG.integer, 'the version'), 'the version') !== 2) refuse('it is not of version 3')
  const serial = readUnsigned(fields.next(), 'the serial number')
  if (serial.length > 20) refuse('its serial number has more than 20 bytes')
  const signedAlgorithm = fields.next().bytes
  const issuer = readName(fields.next())
  const validity = new DerFields(readSequence(fields.next(), 'the validity'), 'the validity')
  const [notBefore, notAfter] = [readTime(validity.next(), 'the start of its validity'), readTime(validity.next(), 'the end of its validity')]
  validity.end()
  const subject = readName(fields.next())
  const spki = fields.next().bytes
  // unique identifiers, which nobody uses
  fields.context(1, false)
  fields.context(2, false)
  const extended = fields.context(3, true)
  fields.end()
  const extensions: Extensions = extended === null ? new Map() : readExtensions(readExplicit(extended, 'the extensions'))
  return {
    serial: hexEncode(serial), signedAlgorithm, issuer, notBefore, notAfter, subject, spki, publicKey: publicKeyFromSpki(spki), extensions, ...readKnownExtensions(extensions),
  }
}

function readName(node: DerNode): Uint8Array<ArrayBuffer> {
  readSequence(node, 'a name')
  return node.bytes
}

/** The certificates of a PEM text in their order; none for a text without a BEGIN line, such as an empty one. Throws `bad-certificate` only. */
export function parseCertificatesPem(text: string): Certificate[] {
  const pieces = text.split(/(?=-----BEGIN )/).filter((piece) => piece.startsWith('-----BEGIN '))
  if (pieces.length > LIMITS.pemCertificates) refuse(`the text holds more than ${LIMITS.pemCertificates} of them`)
  return pieces.map((piece) => parseCertificate(certificateBlock(piece).bytes))
}

function certificateBlock(piece: string): PemBlock {
  const block = readPem(piece)
  return block?.label === 'CERTIFICATE' ? block : refuse('the PEM text holds something else than certificates')
}

function readPem(piece: string): PemBlock | null {
  try {
    return parsePem(piece)
  } catch (cause) {
    return refuse('the PEM text is broken', { cause })
  }
}

const known = new WeakMap<Certificate, WeakMap<Certificate, Promise<boolean>>>()

/**
 * Whether the issuer's key verifies the certificate's signature; says nothing about whether it may. Remembered for the two objects:
 * what it says of their bytes never changes, so that the path from an intermediate to its root is checked once for a trusted root.
 */
export function isSignedBy(certificate: Certificate, issuer: Certificate): Promise<boolean> {
  const answers = known.get(certificate) ?? new WeakMap<Certificate, Promise<boolean>>()
  known.set(certificate, answers)
  const answer = answers.get(issuer) ?? checkSignature(certificate, issuer)
  answers.set(issuer, answer)
  return answer
}

/** Begins {@link isSignedBy} and resolves once it is under way: a key that is imported first comes in a later turn, and whoever does not wait for it does all else before. */
export async function foreseeSignature(certificate: Certificate, issuer: Certificate): Promise<void> {
  isSignedBy(certificate, issuer).catch(() => false)
  const name = algorithmWith(certificate.algorithm, issuer.publicKey)
  const key = name === null ? null : cryptoKeyOf(issuer.publicKey, name)
  if (key instanceof Promise) await key.catch(() => null)
}

async function checkSignature({ algorithm, signature, tbs }: Certificate, issuer: Certificate): Promise<boolean> {
  const name = algorithmWith(algorithm, issuer.publicKey)
  return name !== null && verifySignature(issuer.publicKey, name, signature, tbs)
}
