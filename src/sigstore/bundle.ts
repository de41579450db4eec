import { equalBytes } from '../base/bytes.ts'
import { malformed, SealdexError } from '../base/errors.ts'
import { parseJson, type JsonObject } from '../base/json.ts'
import * as LIMITS from '../base/limits.ts'
import { quoted } from '../base/quoted.ts'
import { parseDsse, preAuthEncoding } from '../envelope/dsse.ts'
import { parseCertificate, type Certificate } from '../x509/certificate.ts'
import { readLogEntries, readTimestampList } from './bundle-entries.ts'
import type { HashValue, NamedSigner, SignedContent, SignedMaterial } from './material.ts'
import { bytesOf, hashNamed, listOf, optionalMessage, protoObject, someBytes, textOf } from './proto-json.ts'

/** A Sigstore bundle, read and not checked. */
export interface Bundle extends SignedMaterial {
  readonly mediaType: string
}

const MEDIA_TYPE = /^application\/vnd\.dev\.sigstore\.bundle(?:\+json;version=0\.(\d{1,3})|\.v0\.(\d{1,3})(?:\.\d{1,3})?\+json)$/

/** The minor version of a bundle's media type, in its old or new spelling; null if it is none of a bundle. */
export function bundleVersion(mediaType: string): number | null {
  const [, old, recent] = MEDIA_TYPE.exec(mediaType) ?? []
  const minor = old ?? recent
  return minor === undefined ? null : Number(minor)
}

/**
 * Reads a Sigstore bundle, versions 0.1 to 0.3 (formats.md 7, 13): its proto-JSON, and what each version demands. Nothing is verified.
 * Throws `malformed-json`, `malformed`, `malformed-base64`, `bad-certificate`, or `bundle-unsupported` for another version.
 */
export function parseBundle(bytes: Uint8Array): Bundle {
  if (bytes.length > LIMITS.manifestBytes) throw new SealdexError('too-large', `The bundle has ${bytes.length} bytes; at most ${LIMITS.manifestBytes} are read.`)
  const bundle = protoObject(parseJson(bytes), ['mediaType', 'verificationMaterial', 'messageSignature', 'dsseEnvelope'], 'bundle')
  const mediaType = textOf(bundle, 'mediaType', 'bundle')
  const minor = bundleVersion(mediaType)
  if (minor === null || minor < 1 || minor > 3) throw new SealdexError('bundle-unsupported', `The media type of the bundle is ${quoted(mediaType)}; versions 0.1 to 0.3 are read.`)
  const where = 'bundle.verificationMaterial'
  const material = protoObject(bundle.get('verificationMaterial'), ['publicKey', 'x509CertificateChain', 'certificate', 'tlogEntries', 'timestampVerificationData'], where)
  return { mediaType, ...readSigned(bundle), signer: readSigner(material, where), entries: readLogEntries(material, minor, where), timestamps: readTimestamps(material, where) }
}

/** The one of these fields that is there. */
function oneOf(object: JsonObject, names: readonly string[], where: string): string {
  const [name, another] = names.filter((each) => (object.get(each) ?? null) !== null)
  return name !== undefined && another === undefined ? name : malformed(`${where} needs exactly one of ${names.join(', ')}.`)
}

function readSigned(bundle: JsonObject): { signature: Uint8Array<ArrayBuffer>; content: SignedContent } {
  if (oneOf(bundle, ['messageSignature', 'dsseEnvelope'], 'bundle') === 'dsseEnvelope') {
    const { payload, payloadType, signatures } = parseDsse(bundle.get('dsseEnvelope'), 'bundle.dsseEnvelope')
    const [signature, another] = signatures
    if (signature === undefined || signature.length === 0 || another !== undefined) malformed('bundle.dsseEnvelope needs exactly one signature.')
    return { signature, content: { kind: 'dsse', payload, payloadType, signed: preAuthEncoding(payloadType, payload) } }
  }
  const message = protoObject(bundle.get('messageSignature'), ['messageDigest', 'signature'], 'bundle.messageSignature')
  return { signature: someBytes(message, 'signature', 'bundle.messageSignature'), content: { kind: 'message', claimed: readClaimed(message) } }
}

/** The digest that the message is said to have; cosign leaves it empty for Ed25519 (formats.md 12.2). */
function readClaimed(message: JsonObject): HashValue | null {
  const where = 'bundle.messageSignature'
  const digest = optionalMessage(message, 'messageDigest', ['algorithm', 'digest'], where)
  const value = digest === null ? new Uint8Array(0) : bytesOf(digest, 'digest', `${where}.messageDigest`)
  if (digest === null || value.length === 0) return null
  const hash = hashNamed(textOf(digest, 'algorithm', `${where}.messageDigest`))
  return hash === null ? malformed(`${where}.messageDigest is by an algorithm that is not read: SHA2_256, SHA2_384 or SHA2_512.`) : { hash, value }
}

function readSigner(material: JsonObject, where: string): NamedSigner {
  const name = oneOf(material, ['publicKey', 'x509CertificateChain', 'certificate'], where)
  const path = `${where}.${name}`
  if (name === 'publicKey') return { kind: 'key', hint: textOf(protoObject(material.get(name), ['hint'], path), 'hint', path) }
  if (name === 'certificate') return { kind: 'certificate', leaf: readCertificate(material.get(name), path), intermediates: [] }
  const chain = protoObject(material.get(name), ['certificates'], path)
  const [leaf, ...intermediates] = listOf(chain, 'certificates', path, LIMITS.chainCertificates, readCertificate)
  if (leaf === undefined) return malformed(`${path} is empty.`)
  // a root is the caller's to bring (T36)
  if (intermediates.some(({ issuer, subject }) => equalBytes(issuer, subject))) malformed(`${path} holds a root certificate, which evidence may not bring.`)
  return { kind: 'certificate', leaf, intermediates }
}

function readCertificate(value: Parameters<typeof protoObject>[0], where: string): Certificate {
  return parseCertificate(someBytes(protoObject(value, ['rawBytes'], where), 'rawBytes', where))
}

function readTimestamps(material: JsonObject, above: string): readonly Uint8Array<ArrayBuffer>[] {
  const where = `${above}.timestampVerificationData`
  const data = optionalMessage(material, 'timestampVerificationData', ['rfc3161Timestamps'], above)
  return data === null ? [] : readTimestampList(data, where)
}
