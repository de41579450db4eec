import { malformed, SealdexError } from './errors.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** UTF-8 of a text. A lone surrogate becomes U+FFFD, as everywhere in JavaScript. */
export function utf8Encode(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text)
}

/** The text; a BOM stays in it. Throws `malformed` for bytes that are no UTF-8 (T10). */
export function utf8Decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    return malformed('The bytes are not valid UTF-8.')
  }
}

interface Alphabet {
  readonly padded: boolean
  readonly name: string
  readonly codes: Uint8Array
  /** Value of each ASCII code, 255 where it is not in the alphabet. */
  readonly values: Uint8Array
}

function alphabet(name: string, lastTwo: string, padded: boolean): Alphabet {
  const codes = utf8Encode(`ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789${lastTwo}`)
  const values = new Uint8Array(128).fill(255)
  codes.forEach((code, value) => {
    values[code] = value
  })
  return { padded, name, codes, values }
}

const STANDARD = alphabet('base64', '+/', true)
const URL_SAFE = alphabet('base64url', '-_', false)
const PAD = 0x3d
/** Texts up to this length are read from one place, one after the other: to make room anew for each takes as long as to decode it. */
const SHORT = 16_384
/** With room for a last character of four bytes, which would else not be written and leave what stood there before. */
const CODES = new Uint8Array(SHORT + 4)

function encode(bytes: Uint8Array, { codes, padded }: Alphabet): string {
  const out = new Uint8Array(Math.ceil(bytes.length / 3) * 4).fill(PAD)
  const last = bytes.length % 3
  const whole = bytes.length - last
  let to = 0
  for (let from = 0; from < whole; from += 3) {
    const bits = ((bytes[from] ?? 0) << 16) | ((bytes[from + 1] ?? 0) << 8) | (bytes[from + 2] ?? 0)
    out[to++] = codes[bits >> 18] ?? PAD
    out[to++] = codes[(bits >> 12) & 63] ?? PAD
    out[to++] = codes[(bits >> 6) & 63] ?? PAD
    out[to++] = codes[bits & 63] ?? PAD
  }
  if (last > 0) {
    const bits = ((bytes[whole] ?? 0) << 8) | (bytes[whole + 1] ?? 0)
    out[to++] = codes[bits >> 10] ?? PAD
    out[to++] = codes[(bits >> 4) & 63] ?? PAD
    if (last === 2) out[to++] = codes[(bits << 2) & 63] ?? PAD
  }
  return utf8Decode(padded ? out : out.subarray(0, to))
}

function refuse({ name }: Alphabet, why: string): never {
  throw new SealdexError('malformed-base64', `The text is not canonical ${name}: ${why}.`)
}

/** Length of the text without its padding; throws if the padding is not exactly what the length needs. */
function unpaddedLength(text: string, kind: Alphabet): number {
  if (!kind.padded) return text.length
  if (text.length % 4 !== 0) refuse(kind, 'its length is no multiple of four')
  if (text.endsWith('==')) return text.length - 2
  return text.endsWith('=') ? text.length - 1 : text.length
}

function decode(text: string, kind: Alphabet): Uint8Array<ArrayBuffer> {
  const length = unpaddedLength(text, kind)
  if (length % 4 === 1) refuse(kind, 'a single character is left over')
  const { values } = kind
  const out = new Uint8Array(Math.floor((length * 3) / 4))
  const whole = length - (length % 4)
  // as bytes, which are read more than twice as fast; a character that takes more than one of them ends the loop, so that places stay the same
  const codes = text.length > SHORT ? utf8Encode(text) : CODES
  if (codes === CODES) encoder.encodeInto(text, CODES)
  let from = 0
  let to = 0
  for (; from < whole; from += 4) {
    const a = values[codes[from] ?? 255] ?? 255
    const b = values[codes[from + 1] ?? 255] ?? 255
    const c = values[codes[from + 2] ?? 255] ?? 255
    const d = values[codes[from + 3] ?? 255] ?? 255
    // 255 has its highest bit, no value of the alphabet has
    if (((a | b | c | d) & 0x80) !== 0) break
    out[to++] = (a << 2) | (b >> 4)
    out[to++] = (b << 4) | (c >> 2)
    out[to++] = (c << 6) | d
  }
  // the last characters, and those among which one is to be refused
  let bits = 0
  let count = 0
  for (; from < length; from++) {
    const next = values[text.charCodeAt(from)] ?? 255
    if (next === 255) refuse(kind, `character ${from} is not in the alphabet`)
    bits = ((bits << 6) | next) & 0xffffff
    count += 6
    if (count >= 8) {
      count -= 8
      out[to++] = (bits >> count) & 255
    }
  }
  if ((bits & ((1 << count) - 1)) !== 0) refuse(kind, 'bits are left over at its end')
  return out
}

/** Standard alphabet, padded. */
export function base64Encode(bytes: Uint8Array): string {
  return encode(bytes, STANDARD)
}

/** Standard alphabet in its one canonical form: padding needed, no white space, no loose trailing bits (T48). Throws `malformed-base64`. */
export function base64Decode(text: string): Uint8Array<ArrayBuffer> {
  return decode(text, STANDARD)
}

/** URL-safe alphabet, no padding. */
export function base64UrlEncode(bytes: Uint8Array): string {
  return encode(bytes, URL_SAFE)
}

/** URL-safe alphabet in its one canonical form, without padding (T48). Throws `malformed-base64`. */
export function base64UrlDecode(text: string): Uint8Array<ArrayBuffer> {
  return decode(text, URL_SAFE)
}

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Lower-case hex. */
export function hexEncode(bytes: Uint8Array): string {
  let out = ''
  for (const byte of bytes) out += HEX[byte]
  return out
}

/** Lower-case hex of whole bytes only. Throws `malformed`. */
export function hexDecode(text: string): Uint8Array<ArrayBuffer> {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/.test(text)) malformed('The text is not lower-case hex of whole bytes.')
  const out = new Uint8Array(text.length / 2)
  for (let at = 0; at < out.length; at++) out[at] = Number.parseInt(text.slice(at * 2, at * 2 + 2), 16)
  return out
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return joinBytes(parts)
}

/** As {@link concatBytes}, for parts that may be too many for arguments: a server says into how many it cuts what it sends. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** Whether both hold the same bytes. Not constant time: for public values only. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false
  return true
}
