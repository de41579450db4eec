import { base64Decode } from '../base/bytes.ts'
import { malformed } from '../base/errors.ts'
import { fixedObject, optionalArray, optionalString } from '../base/json-fields.ts'
import { JsonNumber, type JsonObject, type JsonValue } from '../base/json.ts'
import { quoted } from '../base/quoted.ts'

/**
 * Fields of Sigstore's messages in protobuf's JSON form (formats.md 7): an absent field and null are the field's zero; bytes are standard base64; int64 a string or a number.
 * Unknown names are left alone, as in all that is read here: nothing of them is believed. A known name in its other spelling (`log_index`) is refused, since
 * Go's reader would take it for the field.
 */
export function protoObject(value: JsonValue | undefined, known: readonly string[], where: string): JsonObject {
  const object = fixedObject(value, known, where)
  for (const name of object.keys()) {
    if (name.includes('_') && !known.includes(name) && known.includes(camelCase(name))) malformed(`${where} has a field ${quoted(name)}; it is written ${camelCase(name)}.`)
  }
  return object
}

function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

/** As {@link protoObject}, or null where it is absent. */
export function optionalMessage(object: JsonObject, name: string, known: readonly string[], where: string): JsonObject | null {
  const value = object.get(name)
  return value === undefined || value === null ? null : protoObject(value, known, `${where}.${name}`)
}

/** A text; absent is the empty one. */
export function textOf(object: JsonObject, name: string, where: string): string {
  return optionalString(object, name, where) ?? ''
}

/** Bytes in canonical standard base64; absent is none. Throws `malformed-base64` (T48). */
export function bytesOf(object: JsonObject, name: string, where: string): Uint8Array<ArrayBuffer> {
  return base64Decode(textOf(object, name, where))
}

/** Bytes that have to be there. */
export function someBytes(object: JsonObject, name: string, where: string): Uint8Array<ArrayBuffer> {
  const bytes = bytesOf(object, name, where)
  return bytes.length > 0 ? bytes : malformed(`${where}.${name} is missing or empty.`)
}

/** A whole number from 0 to 2^53 - 1; absent is 0. Negative and larger ones, fractions and exponents are refused (T35, T9). */
export function indexOf(object: JsonObject, name: string, where: string): number {
  const value = object.get(name)
  if (value === undefined || value === null) return 0
  const text = value instanceof JsonNumber ? value.text : value
  const number = typeof text === 'string' && /^(?:0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : Number.NaN
  return Number.isSafeInteger(number) ? number : malformed(`${where}.${name} is not a whole number from 0 to 2^53 - 1.`)
}

/** A list of messages; absent is the empty one, more than `most` are refused. */
export function listOf<T>(object: JsonObject, name: string, where: string, most: number, read: (item: JsonValue, where: string) => T): readonly T[] {
  const list = optionalArray(object, name, where) ?? []
  if (list.length > most) malformed(`${where}.${name} has ${list.length} entries; at most ${most} are read.`)
  return list.map((item, at) => read(item, `${where}.${name}[${at}]`))
}

/** A digest's algorithm in Sigstore's names, as WebCrypto's; null for another or none. */
export function hashNamed(name: string): 'SHA-256' | 'SHA-384' | 'SHA-512' | null {
  return HASHES.get(name) ?? null
}

const HASHES: ReadonlyMap<string, 'SHA-256' | 'SHA-384' | 'SHA-512'> = new Map([
  ['SHA2_256', 'SHA-256'], ['SHA2_384', 'SHA-384'], ['SHA2_512', 'SHA-512'],
  // as Rekor v1 and in-toto write them
  ['sha256', 'SHA-256'], ['sha384', 'SHA-384'], ['sha512', 'SHA-512'],
])
