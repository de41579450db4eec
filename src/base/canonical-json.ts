import { malformed } from './errors.ts'
import { isJsonObject, JsonNumber, jsonString, type JsonValue } from './json.ts'

/**
 * Canonical JSON (RFC 8785) of plain objects, arrays, strings, finite numbers, booleans and null: names sorted by UTF-16 code units, no white space.
 * Throws `malformed` for anything else (undefined, NaN, a Map, a Date, a lone surrogate).
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return jsonString(value)
  if (typeof value === 'number') return canonicalNumber(value)
  if (Array.isArray(value)) return `[${Array.from(value, canonicalJson).join(',')}]`
  if (isPlainObject(value)) return canonicalMembers(Object.entries(value), canonicalJson)
  return malformed(`A value of type ${typeof value} has no JSON form.`)
}

/** Canonical JSON (RFC 8785) of a parsed value. Numbers are taken as IEEE doubles, as the RFC says; one past their range throws `malformed`. */
export function canonicalJsonOf(value: JsonValue): string {
  if (value instanceof JsonNumber) return canonicalNumber(Number(value.text))
  if (isJsonObject(value)) return canonicalMembers([...value], canonicalJsonOf)
  if (value === null || typeof value === 'boolean') return String(value)
  return typeof value === 'string' ? jsonString(value) : `[${value.map(canonicalJsonOf).join(',')}]`
}

function canonicalMembers<T>(members: [string, T][], write: (value: T) => string): string {
  // `<` on strings compares UTF-16 code units, which is the order that RFC 8785 wants.
  const sorted = members.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${sorted.map(([name, member]) => `${jsonString(name)}:${write(member)}`).join(',')}}`
}

function canonicalNumber(value: number): string {
  return Number.isFinite(value) ? JSON.stringify(value) : malformed(`The number ${value} has no canonical JSON form.`)
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
