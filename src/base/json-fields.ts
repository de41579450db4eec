import { malformed } from './errors.ts'
import { isJsonObject, JsonNumber, type JsonObject, type JsonValue } from './json.ts'
import { quoted } from './quoted.ts'

/**
 * An object whose field names a format fixes. Throws `malformed` if it is no object, if two names differ in case only, or if a name is a known one but for case
 * (T6): Go's readers would take such a member for the known field, JavaScript's would not. Other unknown names are fine.
 * `where` is the object's path for the message, such as `manifests[3]`.
 */
export function fixedObject(value: JsonValue | undefined, known: readonly string[], where: string): JsonObject {
  if (!isJsonObject(value)) return wrong(value, 'an object', where)
  // known names differ from each other in more than case, so only an unknown one can be a twin
  if (hasOnly(value, known)) return value
  const seen = new Map<string, string>()
  for (const name of value.keys()) {
    const folded = foldCase(name)
    const twin = seen.get(folded) ?? (known.includes(name) ? undefined : known.find((candidate) => foldCase(candidate) === folded))
    if (twin !== undefined) malformed(`${where} has a field ${quoted(name)}, which is ${quoted(twin)} but for case: readers would disagree about it.`)
    seen.set(folded, name)
  }
  return value
}

function hasOnly(object: JsonObject, known: readonly string[]): boolean {
  for (const name of object.keys()) if (!known.includes(name)) return false
  return true
}

/** A text field that has to be there. `where` is the object's path. */
export function stringField(object: JsonObject, name: string, where: string): string {
  const value = object.get(name)
  return typeof value === 'string' ? value : wrong(value, 'a string', path(where, name))
}

/** A text field, or null where it is absent or null. */
export function optionalString(object: JsonObject, name: string, where: string): string | null {
  return isAbsent(object.get(name)) ? null : stringField(object, name, where)
}

/** A size, in bytes: a whole number from 0 to 2^53 - 1, written as one (`-0`, `1e2` and `1.0` are refused: T9). */
export function sizeField(object: JsonObject, name: string, where: string): number {
  const value = object.get(name)
  if (!(value instanceof JsonNumber)) return wrong(value, 'a number', path(where, name))
  const size = /^(?:0|[1-9][0-9]{0,15})$/.test(value.text) ? Number(value.text) : Number.NaN
  return Number.isSafeInteger(size) ? size : malformed(`${path(where, name)} is ${quoted(value.text)}, not a whole number from 0 to 2^53 - 1.`)
}

/** A list that has to be there; null is refused like absence (T15). */
export function arrayField(object: JsonObject, name: string, where: string): readonly JsonValue[] {
  const value = object.get(name)
  return isArray(value) ? value : wrong(value, 'a list', path(where, name))
}

/** A list, or null where it is absent or null. */
export function optionalArray(object: JsonObject, name: string, where: string): readonly JsonValue[] | null {
  return isAbsent(object.get(name)) ? null : arrayField(object, name, where)
}

/** A map of free names to strings, such as annotations; absent and null are the empty map. Values that are no strings are refused (T10). */
export function stringMap(value: JsonValue | undefined, where: string): ReadonlyMap<string, string> {
  if (isAbsent(value)) return new Map()
  if (!isJsonObject(value)) return wrong(value, 'an object of strings', where)
  for (const [name, member] of value) if (typeof member !== 'string') wrong(member, 'a string', `${where}[${quoted(name)}]`)
  return value as ReadonlyMap<string, string>
}

/**
 * Unicode's simple case folding, one code point at a time, as Go's encoding/json matches names: `ſ` (U+017F) folds to `s`, the Kelvin sign (U+212A) to `k`.
 * Full case mapping would be wrong: it makes `ss` of `ß`.
 */
export function foldCase(name: string): string {
  if (!/[^ -~]/.test(name)) return name.toLowerCase()
  return Array.from(name, foldCodePoint).join('')
}

function foldCodePoint(char: string): string {
  if (char === '\u0131') return char
  const upper = char.toUpperCase()
  const lower = (isOneCodePoint(upper) ? upper : char).toLowerCase()
  return isOneCodePoint(lower) ? lower : char
}

function isOneCodePoint(text: string): boolean {
  return text.length === 1 || (text.length === 2 && (text.codePointAt(0) ?? 0) > 0xffff)
}

function isAbsent(value: JsonValue | undefined): value is null | undefined {
  return value === undefined || value === null
}

function isArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value)
}

function path(where: string, name: string): string {
  return where === '' ? name : `${where}.${name}`
}

function wrong(value: JsonValue | undefined, wanted: string, where: string): never {
  return malformed(`${where} is ${describe(value)}, not ${wanted}.`)
}

function describe(value: JsonValue | undefined): string {
  if (value === undefined) return 'missing'
  if (value === null) return 'null'
  if (typeof value === 'string') return `the string ${quoted(value)}`
  if (typeof value === 'boolean') return String(value)
  if (value instanceof JsonNumber) return `the number ${quoted(value.text)}`
  return isJsonObject(value) ? 'an object' : 'a list'
}
