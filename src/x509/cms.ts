import { hexEncode } from '../base/bytes.ts'
import { DerFields, readExplicit } from '../base/der-fields.ts'
import { expectTag, oidHex, readOctetString, readOid, readSequence, readUnsigned, writeDer, type DerNode } from '../base/der.ts'
import * as TAG from '../base/der-tags.ts'
import { SealdexError } from '../base/errors.ts'
import type { HashName } from '../crypto/algorithms.ts'
import { readHashAlgorithm, readSignatureAlgorithm, type SignatureAlgorithm } from './algorithm.ts'

/** The one signer of a CMS SignedData (RFC 5652), whose signature covers attributes. */
export interface CmsSigner {
  /** How it names its certificate: issuer (DER of the Name) and serial (hex), or subject key identifier. */
  readonly id: { readonly issuer: Uint8Array<ArrayBuffer>; readonly serial: string } | { readonly subjectKeyId: Uint8Array<ArrayBuffer> }
  /** The hash of `messageDigest`. */
  readonly digest: HashName
  readonly algorithm: SignatureAlgorithm
  readonly signature: Uint8Array<ArrayBuffer>
  /** What is signed: the attributes as a SET OF, not as they stand in the message. */
  readonly signedBytes: Uint8Array<ArrayBuffer>
  /** By OID in hex, each with its one value. */
  readonly attributes: ReadonlyMap<string, DerNode>
}

export interface SignedData {
  /** OID in hex. */
  readonly contentType: string
  readonly content: Uint8Array<ArrayBuffer>
  /** DER of the certificates that came along, unread; none where the field is absent or empty. */
  readonly certificates: readonly Uint8Array<ArrayBuffer>[]
  readonly signer: CmsSigner
}

const SIGNED_DATA = oidHex('1.2.840.113549.1.7.2')

function refuse(why: string): never {
  throw new SealdexError('bad-timestamp', `The signed data is not accepted: ${why}.`)
}

/** Reads a ContentInfo with SignedData that has content and exactly one signer. Throws `bad-timestamp`, `bad-certificate` (an algorithm that is not accepted) or `malformed-der`. */
export function readSignedData(node: DerNode): SignedData {
  const info = new DerFields(readSequence(node, 'ContentInfo'), 'ContentInfo')
  if (readOid(info.next(), 'the content type') !== SIGNED_DATA) refuse('it is no SignedData')
  const wrapped = info.context(0, true) ?? refuse('it has no content')
  info.end()
  const fields = new DerFields(readSequence(readExplicit(wrapped, 'ContentInfo'), 'SignedData'), 'SignedData')
  readUnsigned(fields.next(), 'the version')
  expectTag(fields.next(), TAG.set, 'the digest algorithms')
  const content = readContent(fields.next())
  const certificates = fields.context(0, true)?.children ?? []
  // revocation lists: nothing asks for them
  fields.context(1, true)
  const [signer, ...more] = expectTag(fields.next(), TAG.set, 'the signers').children
  fields.end()
  if (more.length > 0) refuse('it has more than one signer')
  return { ...content, certificates: certificates.map(({ bytes }) => bytes), signer: readSigner(signer) }
}

function readContent(node: DerNode): Pick<SignedData, 'contentType' | 'content'> {
  const fields = new DerFields(readSequence(node, 'the content'), 'the content')
  const contentType = readOid(fields.next(), 'the content type')
  const content = fields.context(0, true) ?? refuse('its content is not in it')
  fields.end()
  return { contentType, content: readOctetString(readExplicit(content, 'the content'), 'the content') }
}

function readSigner(node: DerNode | undefined): CmsSigner {
  const fields = new DerFields(readSequence(node, 'the signer'), 'the signer')
  readUnsigned(fields.next(), 'the version of the signer')
  const subjectKeyId = fields.context(0, false)
  const id = subjectKeyId === null ? readIssuerAndSerial(fields.next()) : { subjectKeyId: subjectKeyId.content }
  const digest = readHashAlgorithm(fields.next())
  const attributes = fields.context(0, true) ?? refuse('it has no signed attributes')
  const algorithm = readSignatureAlgorithm(fields.next(), digest)
  const signature = readOctetString(fields.next(), 'the signature')
  // what nobody signs
  fields.context(1, true)
  fields.end()
  return { id, digest, algorithm, signature, signedBytes: writeDer(0x31, attributes.content), attributes: readAttributes(attributes.children) }
}

function readIssuerAndSerial(node: DerNode): CmsSigner['id'] {
  const fields = new DerFields(readSequence(node, 'the name of the certificate'), 'the name of the certificate')
  const issuer = fields.next().bytes
  const serial = hexEncode(readUnsigned(fields.next(), 'the serial number'))
  fields.end()
  return { issuer, serial }
}

function readAttributes(nodes: readonly DerNode[]): ReadonlyMap<string, DerNode> {
  const attributes = new Map<string, DerNode>()
  for (const node of nodes) {
    const fields = new DerFields(readSequence(node, 'an attribute'), 'an attribute')
    const oid = readOid(fields.next(), 'the name of an attribute')
    const [value, ...more] = expectTag(fields.next(), TAG.set, 'the value of an attribute').children
    fields.end()
    if (value === undefined || more.length > 0 || attributes.has(oid)) refuse('a signed attribute has not exactly one value')
    attributes.set(oid, value)
  }
  return attributes
}
