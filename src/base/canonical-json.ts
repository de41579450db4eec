import { malformed } from './errors.ts'
import { isJsonObject, JsonNumber, jsonString, type JsonValue } from './json.ts'

/**
 * Canonical JSON (RFC 8785) of plain objects, arrays, strings, finite numbers, booleans and null: names sorted by UTF-16 code units, no white space.
 * Throws `malformed` for anything else (undefined, NaN, a Map, a Date, a lone surrogate).
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'string') return jsonString(value)
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') return canonicalNumber(value)
  if (Array.isArray(value)) return canonicalArray(value, canonicalJson)
  if (!isPlainObject(value)) return malformed(`A value of type ${typeof value} has no JSON form.`)
  let members = ''
  for (const name of inOrder(Object.keys(value))) members += `${members === '' ? '' : ','}${jsonString(name)}:${canonicalJson(value[name])}`
  return `{${members}}`
}

/** Canonical JSON (RFC 8785) of a parsed value. Numbers are taken as IEEE doubles, as the RFC says; one past their range throws `malformed`. */
export function canonicalJsonOf(value: JsonValue): string {
  if (typeof value === 'string') return jsonString(value)
  if (value === null || typeof value === 'boolean') return String(value)
  if (value instanceof JsonNumber) return canonicalNumber(Number(value.text))
  if (!isJsonObject(value)) return canonicalArray(value, canonicalJsonOf)
  let members = ''
  for (const name of inOrder([...value.keys()])) members += `${members === '' ? '' : ','}${jsonString(name)}:${canonicalJsonOf(value.get(name) ?? null)}`
  return `{${members}}`
}

/** Throws what {@link canonicalJsonOf} would of a parsed value, and writes nothing. */
export function checkCanonical(value: JsonValue): void {
  if (value instanceof JsonNumber) canonicalNumber(Number(value.text))
  else if (isJsonObject(value)) value.forEach(checkCanonical)
  else if (Array.isArray(value)) value.forEach(checkCanonical)
}

function canonicalArray<T>(values: readonly T[], write: (value: T) => string): string {
  let items = ''
  for (const [i, value] of values.entries()) items += `${i === 0 ? '' : ','}${write(value)}`
  return `[${items}]`
}

/** By UTF-16 code units, as RFC 8785 wants it and `sort` does it. */
function inOrder(names: string[]): readonly string[] {
  return names.sort()
}

function canonicalNumber(value: number): string {
  return Number.isFinite(value) ? JSON.stringify(value) : malformed(`The number ${value} has no canonical JSON form.`)
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
