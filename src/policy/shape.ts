import { SealdexError } from '../base/errors.ts'
import { JsonNumber, isJsonObject, type JsonValue } from '../base/json.ts'
import { quoted } from '../base/quoted.ts'

/**
 * Checks a strict JSON value and gives it as plain values; throws {@link Mismatch} with the place. Shapes are put together as schemas are; nothing of the
 * kind is needed elsewhere, and a schema library would be a tenth of the Worker.
 */
export type Shape<T> = (value: JsonValue, at: string) => T

/** What a shape was not met by: `at` is a path such as `policies.0.name`, empty for the whole. */
export class Mismatch extends SealdexError {
  readonly at: string
  readonly why: string

  constructor(at: string, why: string) {
    super('bad-policy', `${at === '' ? 'The whole' : at}: ${why}.`)
    this.at = at
    this.why = why
  }
}

function mismatch(at: string, wanted: string): never {
  throw new Mismatch(at, `expected ${wanted}`)
}

/** A text that is not empty. */
export const text: Shape<string> = (value, at) => (typeof value === 'string' && value !== '' ? value : mismatch(at, 'a text that is not empty'))

export const bool: Shape<boolean> = (value, at) => (typeof value === 'boolean' ? value : mismatch(at, 'true or false'))

/** A whole number from 1 on. */
export const count: Shape<number> = (value, at) => {
  const number = value instanceof JsonNumber && /^[1-9][0-9]{0,15}$/.test(value.text) ? Number(value.text) : Number.NaN
  return Number.isSafeInteger(number) ? number : mismatch(at, 'a whole number from 1 on')
}

/** One of these values, and no other. */
export function oneOf<const T extends string | true>(...values: readonly T[]): Shape<T> {
  return (value, at) => values.find((each) => each === value) ?? mismatch(at, values.map((each) => JSON.stringify(each)).join(' or '))
}

/** The number, as it is written. */
export function exactly<const T extends number>(number: T): Shape<T> {
  return (value, at) => (value instanceof JsonNumber && value.text === String(number) ? number : mismatch(at, String(number)))
}

/** Left as it stands: to be refused by name, or read by its owner. */
export const anything: Shape<unknown> = (value) => value

export function list<T>(item: Shape<T>, least = 0): Shape<T[]> {
  return (value, at) => {
    if (!Array.isArray(value)) return mismatch(at, 'a list')
    if (value.length < least) return mismatch(at, 'a list that is not empty')
    return (value as readonly JsonValue[]).map((each, i) => item(each, `${at}.${i}`))
  }
}

/** Free names, none of them empty. Without a prototype, so that `__proto__` is a name like any other (T8). */
export function record<T>(member: Shape<T>): Shape<Record<string, T>> {
  return (value, at) => {
    const object: Record<string, T> = Object.create(null)
    for (const [name, each] of membersOf(value, at)) object[name === '' ? mismatch(at, 'names that are not empty') : name] = member(each, pathOf(at, name))
    return object
  }
}

export interface Optional<T> {
  readonly optional: Shape<T>
}

export function optional<T>(shape: Shape<T>): Optional<T> {
  return { optional: shape }
}

type Fields = Readonly<Record<string, Shape<unknown> | Optional<unknown>>>
type Read<F extends Fields> = { -readonly [K in keyof F as F[K] extends Optional<unknown> ? never : K]: F[K] extends Shape<infer T> ? T : never }
  & { -readonly [K in keyof F as F[K] extends Optional<unknown> ? K : never]?: F[K] extends Optional<infer T> ? T : never }

/** These fields and no others. */
export function strictObject<const F extends Fields>(fields: F): Shape<Read<F>> {
  return (value, at) => {
    const members = membersOf(value, at)
    const unknown = [...members.keys()].filter((name) => !Object.hasOwn(fields, name))
    if (unknown.length > 0) throw new Mismatch(at, `unknown field ${unknown.slice(0, 5).map(quoted).join(', ')}`)
    const object: Record<string, unknown> = {}
    for (const [name, field] of Object.entries(fields)) {
      const member = members.get(name)
      const path = pathOf(at, name)
      if (member !== undefined) object[name] = (typeof field === 'function' ? field : field.optional)(member, path)
      else if (typeof field === 'function') mismatch(path, 'it, and it is missing')
    }
    return object as Read<F>
  }
}

/** The first of two that fits. */
export function either<A, B>(a: Shape<A>, b: Shape<B>): Shape<A | B> {
  return (value, at) => {
    try {
      return a(value, at)
    } catch (error) {
      if (!(error instanceof Mismatch)) throw error
      return b(value, at)
    }
  }
}

function membersOf(value: JsonValue, at: string): ReadonlyMap<string, JsonValue> {
  return isJsonObject(value) ? value : mismatch(at, 'an object')
}

function pathOf(at: string, name: string): string {
  return at === '' ? name : `${at}.${name}`
}
