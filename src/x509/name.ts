import { concatBytes, hexEncode, utf8Decode, utf8Encode } from '../base/bytes.ts'
import { oidHex, readDer, readOid, readSequence, refuseDer, type DerNode } from '../base/der.ts'
import * as TAG from '../base/der-tags.ts'
import { SealdexError } from '../base/errors.ts'
import { quoted } from '../base/quoted.ts'

/** One attribute of a distinguished name: its short name (or `OID.` and the OID's bytes in hex) and its text; null where the value is no text that is read. */
export interface NameAttribute {
  readonly type: string
  readonly text: string | null
  /** DER of the value. */
  readonly der: Uint8Array<ArrayBuffer>
}

/** What a certificate's name must say. Made only in this file. */
export interface Subject {
  /** By their short names, each exactly. */
  readonly attributes: ReadonlyMap<string, string>
  /** The same in one spelling, whatever the order it was written in (RFC 4514). */
  readonly text: string
}

/** The short names of RFC 4514 and of X.520 that are written in practice. */
const TYPES: readonly (readonly [name: string, oid: string])[] = [
  ['CN', '2.5.4.3'], ['SERIALNUMBER', '2.5.4.5'], ['C', '2.5.4.6'], ['L', '2.5.4.7'], ['ST', '2.5.4.8'], ['STREET', '2.5.4.9'], ['O', '2.5.4.10'], ['OU', '2.5.4.11'],
  ['POSTALCODE', '2.5.4.17'], ['DC', '0.9.2342.19200300.100.1.25'], ['UID', '0.9.2342.19200300.100.1.1'],
]
const NAMES: ReadonlyMap<string, string> = new Map(TYPES.map(([name, oid]) => [oidHex(oid), name]))
const KNOWN: ReadonlySet<string> = new Set(TYPES.map(([name]) => name))

const TEXT_TAGS: ReadonlySet<number> = new Set([TAG.utf8String, TAG.printableString, TAG.ia5String])

/** The relative names of a Name in DER, in its order. Throws `malformed-der`. */
export function readName(der: Uint8Array<ArrayBuffer>): readonly (readonly NameAttribute[])[] {
  return readSequence(readDer(der), 'a name').map((set) => {
    if (set.class !== 'universal' || set.tag !== TAG.set || set.children.length === 0) refuseDer('a part of a name is no set')
    return set.children.map(readAttribute)
  })
}

function readAttribute(node: DerNode): NameAttribute {
  const [type, value, ...more] = readSequence(node, 'an attribute of a name')
  const oid = readOid(type, 'the type of an attribute')
  if (value === undefined || more.length > 0) return refuseDer('an attribute of a name has not exactly one value')
  return { type: NAMES.get(oid) ?? `OID.${oid}`, text: textOf(value), der: value.bytes }
}

function textOf(value: DerNode): string | null {
  if (value.class !== 'universal' || !TEXT_TAGS.has(value.tag)) return null
  try {
    const text = utf8Decode(value.content)
    return value.tag === TAG.utf8String || !/[^\0-\x7f]/.test(text) ? text : null
  } catch {
    return null
  }
}

/** A name as text (RFC 4514): the last part first, what could be misread escaped. Throws `malformed-der`. */
export function nameText(der: Uint8Array<ArrayBuffer>): string {
  return [...readName(der)].reverse().map((part) => part.map(({ type, text, der: value }) => `${type}=${text === null ? `#${hexEncode(value)}` : escapeText(text)}`).join('+')).join(',')
}

function escapeText(text: string): string {
  return text
    .replace(/[,+"\\<>;]|^[ #]| $/g, (character) => `\\${character}`)
    .replace(/[\0-\x1f\x7f]/g, (character) => `\\${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

/**
 * Whether the certificate's name says all of this, each attribute exactly (notation's `x509.subject`). A name in which one type stands twice, or two
 * attributes in one part, fits nothing, as with notation: which of them counts would be chance.
 */
export function fitsSubject(der: Uint8Array<ArrayBuffer>, { attributes }: Subject): boolean {
  const parts = readName(der)
  const own = new Map(parts.flatMap(([first]) => (first === undefined ? [] : [[first.type, first.text] as const])))
  if (parts.some(({ length }) => length !== 1) || own.size !== parts.length) return false
  return attributes.size > 0 && [...attributes].every(([type, text]) => own.get(type) === text)
}

/** Reads `C=US, O=Vendor` (RFC 4514). Throws `malformed` for an unknown or repeated type, an empty value, `+`, `#` and quotes. */
export function parseSubject(text: string): Subject {
  const attributes = new Map<string, string>()
  for (const part of splitAtCommas(text)) {
    const equals = part.indexOf('=')
    const name = part.slice(0, Math.max(0, equals))
    const type = name.trim().toUpperCase()
    if (type === '') refuse(`${quoted(part.trim())} is not NAME=VALUE`)
    if (!KNOWN.has(type)) refuse(`${quoted(name.trim())} is none of ${[...KNOWN].join(', ')}`)
    if (attributes.has(type)) refuse(`${type} stands twice`)
    attributes.set(type, valueOf(part.slice(equals + 1), type))
  }
  const sorted = [...attributes].sort(([a], [b]) => (a < b ? -1 : 1))
  return { attributes, text: sorted.map(([type, value]) => `${type}=${escapeText(value)}`).join(',') }
}

function refuse(why: string): never {
  throw new SealdexError('malformed', `The subject is not accepted: ${why}. Write it as in C=US, O=Vendor.`)
}

/** Pieces between commas that are not escaped; the escapes stay. */
function splitAtCommas(text: string): readonly string[] {
  const pieces = ['']
  for (const unit of text.match(/\\[^]|[^]/gu) ?? []) {
    if (unit === ',') pieces.push('')
    else pieces.push(`${pieces.pop() ?? ''}${unit}`)
  }
  return pieces
}

const UNITS = /\\[0-9a-fA-F]{2}|\\[ "#+,;<=>\\]|[^\\"+;<>]/gu

function valueOf(written: string, type: string): string {
  const trimmed = trimSpaces(written)
  const units = trimmed.match(UNITS) ?? []
  if (trimmed === '' || trimmed.startsWith('#')) refuse(`${type} has no text as its value`)
  if (units.join('') !== trimmed) refuse(`the value of ${type} has a character that must be escaped, or two values`)
  const text = utf8Decode(concatBytes(...units.map(unitBytes)))
  return text === '*' ? refuse(`${type} is *, and every value is exact`) : text
}

function unitBytes(unit: string): Uint8Array {
  if (!unit.startsWith('\\')) return utf8Encode(unit)
  return unit.length === 3 ? Uint8Array.of(Number.parseInt(unit.slice(1), 16)) : utf8Encode(unit.slice(1))
}

/** Without the spaces around it; one that is escaped belongs to the value. */
function trimSpaces(text: string): string {
  const trimmed = text.trim()
  return text.trimStart() !== trimmed && /(?:^|[^\\])(?:\\\\)*\\$/.test(trimmed) ? `${trimmed} ` : trimmed
}
