import { utf8Encode } from '../../base/bytes.ts'
import { malformed } from '../../base/errors.ts'
import { isJsonObject, JsonNumber, type JsonValue } from '../../base/json.ts'
import { quoted } from '../../base/quoted.ts'

/**
 * What a TUF signature covers: the canonical JSON of OLPC. It is not RFC 8785: only `"` and `\` are escaped, so that line breaks stand in the text as they are; names go by code point;
 * numbers are whole. Throws `malformed` for any other number.
 */
export function tufCanonicalBytes(value: JsonValue): Uint8Array<ArrayBuffer> {
  return utf8Encode(write(value))
}

function write(value: JsonValue): string {
  if (typeof value === 'string') return text(value)
  if (value === null || typeof value === 'boolean') return String(value)
  if (value instanceof JsonNumber) return whole(value.text)
  if (!isJsonObject(value)) return `[${value.map(write).join(',')}]`
  const sorted = [...value].sort(([a], [b]) => byCodePoint(a, b))
  return `{${sorted.map(([name, member]) => `${text(name)}:${write(member)}`).join(',')}}`
}

function text(value: string): string {
  return `"${value.replace(/["\\]/g, '\\$&')}"`
}

function whole(number: string): string {
  return /^(?:0|-?[1-9][0-9]*)$/.test(number) ? number : malformed(`${quoted(number)} is no whole number, and signed TUF metadata have no others.`)
}

function byCodePoint(a: string, b: string): number {
  for (let at = 0; ; at++) {
    const [left, right] = [rank(a.charCodeAt(at)), rank(b.charCodeAt(at))]
    if (left !== right) return left - right
    if (left < 0) return 0
  }
}

/** Halves of surrogate pairs stand for code points above all others; the end of a text comes before everything. */
function rank(unit: number): number {
  if (Number.isNaN(unit)) return -1
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}
