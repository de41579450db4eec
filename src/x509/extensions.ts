import { DerFields, readAscii, readBoolean, readExplicit, readSmallInteger } from '../base/der-fields.ts'
import { expectTag, oidHex, readDer, readOctetString, readOid, readSequence, type DerNode } from '../base/der.ts'
import * as TAG from '../base/der-tags.ts'
import { SealdexError } from '../base/errors.ts'

/** OIDs of extensions, as {@link Extensions} has them: the exact bytes in hex. */
export const EXTENSION: Readonly<Record<
  'subjectKeyId' | 'keyUsage' | 'subjectAltName' | 'basicConstraints' | 'nameConstraints' | 'authorityKeyId' | 'extendedKeyUsage', string
>> = {
  subjectKeyId: oidHex('2.5.29.14'),
  keyUsage: oidHex('2.5.29.15'),
  subjectAltName: oidHex('2.5.29.17'),
  basicConstraints: oidHex('2.5.29.19'),
  nameConstraints: oidHex('2.5.29.30'),
  authorityKeyId: oidHex('2.5.29.35'),
  extendedKeyUsage: oidHex('2.5.29.37'),
}

export interface Extension {
  readonly critical: boolean
  /** What stands in the OCTET STRING. */
  readonly value: Uint8Array<ArrayBuffer>
}

/** By OID, the exact bytes in lower-case hex (`oidHex` of base/der.ts): OIDs as numbers could be cut (T38). */
export type Extensions = ReadonlyMap<string, Extension>

/** Names of RFC 5280, section 4.2.1.3, in the order of their bits. */
const KEY_USAGES = [
  'digitalSignature', 'contentCommitment', 'keyEncipherment', 'dataEncipherment', 'keyAgreement', 'keyCertSign', 'cRLSign', 'encipherOnly', 'decipherOnly',
] as const
export type KeyUsage = typeof KEY_USAGES[number]

export interface BasicConstraints {
  readonly isAuthority: boolean
  /** How many authorities may stand below it; null where nothing limits them. */
  readonly pathLength: number | null
}

/** One name of a subject. `otherName` has the OID of its type in hex and its value; other kinds are known by their tag alone. */
export type GeneralName =
  | { readonly kind: 'email' | 'dns' | 'uri'; readonly text: string }
  | { readonly kind: 'otherName'; readonly type: string; readonly value: DerNode }
  | { readonly kind: 'unread'; readonly tag: number }

/** What is read of the extensions; null where one is absent. */
export interface KnownExtensions {
  readonly basicConstraints: BasicConstraints | null
  readonly keyUsage: ReadonlySet<KeyUsage> | null
  /** OIDs in hex. */
  readonly extendedKeyUsage: readonly string[] | null
  readonly subjectAltNames: readonly GeneralName[] | null
  readonly subjectKeyId: Uint8Array<ArrayBuffer> | null
  readonly authorityKeyId: Uint8Array<ArrayBuffer> | null
}

function refuse(why: string): never {
  throw new SealdexError('bad-certificate', `The certificate is not accepted: ${why}.`)
}

/** The Extensions of a certificate; each at most once. Throws `malformed-der` or `bad-certificate`. */
export function readExtensions(node: DerNode): Extensions {
  const extensions = new Map<string, Extension>()
  for (const child of readSequence(node, 'the extensions')) {
    const fields = new DerFields(readSequence(child, 'an extension'), 'an extension')
    const oid = readOid(fields.next(), 'the name of an extension')
    const critical = fields.optional(TAG.boolean)
    const value = readOctetString(fields.next(), 'the value of an extension')
    fields.end()
    if (extensions.has(oid)) refuse('an extension stands twice')
    extensions.set(oid, { critical: critical !== null && readBoolean(critical, 'the criticality of an extension'), value })
  }
  return extensions
}

/** Throws `malformed-der` or `bad-certificate`. */
export function readKnownExtensions(extensions: Extensions): KnownExtensions {
  const read = <T>(oid: string, reader: (node: DerNode) => T): T | null => {
    const extension = extensions.get(oid)
    return extension === undefined ? null : reader(readDer(extension.value))
  }
  return {
    basicConstraints: read(EXTENSION.basicConstraints, readBasicConstraints),
    keyUsage: read(EXTENSION.keyUsage, readKeyUsage),
    extendedKeyUsage: read(EXTENSION.extendedKeyUsage, readExtendedKeyUsage),
    subjectAltNames: read(EXTENSION.subjectAltName, readGeneralNames),
    subjectKeyId: read(EXTENSION.subjectKeyId, (node) => readOctetString(node, 'the subject key identifier')),
    authorityKeyId: read(EXTENSION.authorityKeyId, readAuthorityKeyId),
  }
}

function readBasicConstraints(node: DerNode): BasicConstraints {
  const fields = new DerFields(readSequence(node, 'the basic constraints'), 'the basic constraints')
  const authority = fields.optional(TAG.boolean)
  const length = fields.optional(TAG.integer)
  fields.end()
  const isAuthority = authority !== null && readBoolean(authority, 'cA')
  if (length !== null && !isAuthority) refuse('it limits a path and is no authority')
  return { isAuthority, pathLength: length === null ? null : readSmallInteger(length, 'the path length') }
}

function readKeyUsage(node: DerNode): ReadonlySet<KeyUsage> {
  const { content } = expectTag(node, TAG.bitString, 'the key usage')
  const [unused = 8, ...bits] = content
  if (unused > 7 || bits.length === 0 || bits.length > 2 || ((bits.at(-1) ?? 0) & ((1 << unused) - 1)) !== 0) refuse('its key usage is no list of bits')
  return new Set(KEY_USAGES.filter((_, bit) => ((bits[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0))
}

function readExtendedKeyUsage(node: DerNode): readonly string[] {
  const usages = readSequence(node, 'the extended key usage').map((usage) => readOid(usage, 'an extended key usage'))
  return usages.length > 0 ? usages : refuse('its extended key usage is empty')
}

function readAuthorityKeyId(node: DerNode): Uint8Array<ArrayBuffer> | null {
  return new DerFields(readSequence(node, 'the authority key identifier'), 'the authority key identifier').context(0, false)?.content ?? null
}

const TEXT_NAMES: Readonly<Record<number, 'email' | 'dns' | 'uri'>> = { 1: 'email', 2: 'dns', 6: 'uri' }

function readGeneralNames(node: DerNode): readonly GeneralName[] {
  const names = readSequence(node, 'the alternative names').map(readGeneralName)
  return names.length > 0 ? names : refuse('its list of alternative names is empty')
}

function readGeneralName(node: DerNode): GeneralName {
  if (node.class !== 'context' || node.tag > 8) refuse('it has an alternative name of a kind that does not exist')
  const kind = TEXT_NAMES[node.tag]
  if (kind !== undefined) return { kind, text: readAscii(node, 'an alternative name') }
  if (node.tag !== 0) return { kind: 'unread', tag: node.tag }
  const fields = new DerFields(node.children, 'an alternative name')
  const type = readOid(fields.next(), 'the type of an alternative name')
  const value = fields.context(0, true) ?? refuse('it has an alternative name without a value')
  fields.end()
  return { kind: 'otherName', type, value: readExplicit(value, 'an alternative name') }
}
