import { utf8Decode } from './bytes.ts'
import { malformed, SealdexError } from './errors.ts'
import * as LIMITS from './limits.ts'
import { quoted } from './quoted.ts'

/** A number as it was written: `text` is kept, so that a writer puts it back unchanged (W2) and a reader can tell `1` from `1.0` (T9). */
export class JsonNumber {
  readonly text: string

  /** Throws `malformed` for a text that is no JSON number. */
  constructor(text: string) {
    if (!WHOLE_NUMBER.test(text)) malformed(`${quoted(text)} is no JSON number.`)
    this.text = text
  }
}

export type JsonValue = null | boolean | string | JsonNumber | readonly JsonValue[] | JsonObject

/** Members in the order of the text. A Map: `__proto__` is a name like any other, and integer-like names keep their place (T8). */
export type JsonObject = ReadonlyMap<string, JsonValue>

const WHOLE_NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/
const NUMBER_CHARACTERS = /[-+.eE0-9]+/y
/** Characters from which on it takes less time to hand a string over than to go through it. */
const LONG = 48
const HEX_4 = /[0-9a-fA-F]{4}/y
const ESCAPES: ReadonlyMap<number, string> = new Map([
  [0x22, '"'], [0x5c, '\\'], [0x2f, '/'], [0x62, '\b'], [0x66, '\f'], [0x6e, '\n'], [0x72, '\r'], [0x74, '\t'],
])

/**
 * Reads strict JSON (RFC 8259): UTF-8 without BOM (T10), no duplicate names (T7), no lone surrogates, at most `LIMITS.jsonDepth` levels (T11).
 * Throws `malformed-json` with the place as a character offset.
 */
export function parseJson(bytes: Uint8Array): JsonValue {
  let text: string
  try {
    text = utf8Decode(bytes)
  } catch (cause) {
    throw new SealdexError('malformed-json', 'The JSON is not valid UTF-8.', { cause })
  }
  return new Reader(text).document()
}

class Reader {
  readonly #text: string
  #at = 0
  #depth = 0
  /** The first at or after a place that was asked for, so that all of them are looked for once. */
  #backslash = -1

  constructor(text: string) {
    this.#text = text
  }

  document(): JsonValue {
    const value = this.#value()
    if (!Number.isNaN(this.#next())) this.#fail('something follows the value')
    return value
  }

  #fail(what: string): never {
    throw new SealdexError('malformed-json', `The JSON is malformed at character ${this.#at}: ${what}.`)
  }

  /** Skips white space and gives the code of what stands there, NaN at the end; does not move past it. */
  #next(): number {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return code
      this.#at++
    }
  }

  #value(): JsonValue {
    switch (this.#next()) {
      case 0x22: return this.#string()
      case 0x7b: return this.#nested(() => this.#object())
      case 0x5b: return this.#nested(() => this.#array())
      case 0x74: return this.#word('true', true)
      case 0x66: return this.#word('false', false)
      case 0x6e: return this.#word('null', null)
      default: return this.#number()
    }
  }

  #nested<T>(read: () => T): T {
    if (++this.#depth > LIMITS.jsonDepth) this.#fail(`it is nested deeper than ${LIMITS.jsonDepth} levels`)
    this.#at++
    const value = read()
    this.#depth--
    return value
  }

  #object(): JsonObject {
    const members = new Map<string, JsonValue>()
    if (this.#closes(0x7d)) return members
    for (;;) {
      if (this.#next() !== 0x22) this.#fail('a name in double quotes is expected')
      const start = this.#at
      const name = this.#string()
      if (members.has(name)) {
        this.#at = start
        this.#fail(`the name ${quoted(name)} stands twice in one object`)
      }
      if (this.#next() !== 0x3a) this.#fail('a colon is expected')
      this.#at++
      members.set(name, this.#value())
      if (this.#closes(0x7d)) return members
      this.#comma()
    }
  }

  #array(): readonly JsonValue[] {
    const items: JsonValue[] = []
    if (this.#closes(0x5d)) return items
    for (;;) {
      items.push(this.#value())
      if (this.#closes(0x5d)) return items
      this.#comma()
    }
  }

  #closes(code: number): boolean {
    if (this.#next() !== code) return false
    this.#at++
    return true
  }

  #comma(): void {
    if (this.#next() !== 0x2c) this.#fail(this.#at < this.#text.length ? 'a comma or the end is expected' : 'it ends too early')
    this.#at++
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) this.#fail('a value is expected')
    this.#at += word.length
    return value
  }

  #number(): JsonNumber {
    NUMBER_CHARACTERS.lastIndex = this.#at
    const found = NUMBER_CHARACTERS.exec(this.#text)?.[0]
    if (found === undefined) this.#fail(this.#at < this.#text.length ? 'a value is expected' : 'it ends too early')
    if (!WHOLE_NUMBER.test(found)) this.#fail(`${quoted(found)} is no number`)
    this.#at += found.length
    return new JsonNumber(found)
  }

  /** A long one without escapes as the runtime itself reads it, several times as fast; else, and where it refuses, by its characters. */
  #string(): string {
    const end = this.#text.indexOf('"', this.#at + 1)
    const plain = end - this.#at < LONG || this.#nextBackslash() < end ? null : readPlain(this.#text.slice(this.#at, end + 1))
    if (plain === null) return this.#characters()
    this.#at = end + 1
    return plain
  }

  #nextBackslash(): number {
    if (this.#backslash < this.#at) this.#backslash = this.#text.indexOf('\\', this.#at)
    if (this.#backslash < 0) this.#backslash = this.#text.length
    return this.#backslash
  }

  #characters(): string {
    let text = ''
    let from = ++this.#at
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (code === 0x22) {
        text += this.#text.slice(from, this.#at++)
        return text
      }
      if (code === 0x5c) {
        text += this.#text.slice(from, this.#at) + this.#escape()
        from = this.#at
      } else if (code >= 0x20) this.#at++
      else this.#fail(this.#at < this.#text.length ? 'a control character stands in a string' : 'it ends inside a string')
    }
  }

  #escape(): string {
    const code = this.#text.charCodeAt(this.#at + 1)
    if (code !== 0x75) {
      const plain = ESCAPES.get(code)
      if (plain === undefined) this.#fail('an unknown escape stands in a string')
      this.#at += 2
      return plain
    }
    const unit = this.#hexUnit(this.#at)
    if (unit < 0xd800 || unit > 0xdfff) {
      this.#at += 6
      return String.fromCharCode(unit)
    }
    const low = unit < 0xdc00 && this.#text.startsWith('\\u', this.#at + 6) ? this.#hexUnit(this.#at + 6) : 0
    if (low < 0xdc00 || low > 0xdfff) this.#fail('half of a surrogate pair stands alone')
    this.#at += 12
    return String.fromCharCode(unit, low)
  }

  /** The four hex digits of the `\u` escape that starts at `at`. */
  #hexUnit(at: number): number {
    HEX_4.lastIndex = at + 2
    const digits = HEX_4.exec(this.#text)?.[0]
    if (digits === undefined) this.#fail('an escape has not four hex digits')
    return Number.parseInt(digits, 16)
  }
}

/** A string without escapes, in its quotes; null if it cannot stand so. */
function readPlain(token: string): string | null {
  try {
    return JSON.parse(token) as string
  } catch {
    return null
  }
}

/** Compact JSON text: order and number text as they are in the value. Throws `malformed` for a lone surrogate, which {@link parseJson} would refuse. */
export function stringifyJson(value: JsonValue): string {
  if (typeof value === 'string') return jsonString(value)
  if (value === null || typeof value === 'boolean') return String(value)
  if (value instanceof JsonNumber) return value.text
  if (isJsonObject(value)) return `{${Array.from(value, ([name, member]) => `${jsonString(name)}:${stringifyJson(member)}`).join(',')}}`
  return `[${value.map(stringifyJson).join(',')}]`
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return value instanceof Map
}

/** A string as JSON text with only the escapes that are needed (also RFC 8785's form). Throws `malformed` for a lone surrogate. */
export function jsonString(text: string): string {
  if (!text.isWellFormed()) malformed(`The text ${quoted(text)} holds half of a surrogate pair.`)
  return JSON.stringify(text)
}
