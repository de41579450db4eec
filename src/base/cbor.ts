import { concatBytes, utf8Decode, utf8Encode } from './bytes.ts'
import { malformed } from './errors.ts'

/** A value of the part of CBOR that is read: no floats, no indefinite lengths, no simple values but these. */
export type CborValue = number | string | boolean | null | Uint8Array<ArrayBuffer> | readonly CborValue[] | CborMap | CborTag
export type CborMap = ReadonlyMap<number | string, CborValue>

/** A tagged value, of a tag that the caller reads. */
export class CborTag {
  readonly tag: number
  readonly value: CborValue

  constructor(tag: number, value: CborValue) {
    this.tag = tag
    this.value = value
  }
}

/** Levels of lists, maps and tags. */
const MOST_LEVELS = 8

/**
 * Reads one CBOR item that is all of the bytes (RFC 8949), strictly, so that no two readers see two things in it: every head in its shortest form, definite
 * lengths, labels that are whole numbers or texts and stand once, tags only of `tags`. Throws `malformed`.
 */
export function readCbor(bytes: Uint8Array<ArrayBuffer>, tags: readonly number[]): CborValue {
  const reader = new Reader(bytes, tags)
  const value = reader.value(0)
  return reader.atEnd() ? value : malformed('The CBOR goes on after its end.')
}

class Reader {
  readonly #bytes: Uint8Array<ArrayBuffer>
  readonly #tags: readonly number[]
  #at = 0

  constructor(bytes: Uint8Array<ArrayBuffer>, tags: readonly number[]) {
    this.#bytes = bytes
    this.#tags = tags
  }

  atEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  value(level: number): CborValue {
    if (level > MOST_LEVELS) malformed(`The CBOR is nested deeper than ${MOST_LEVELS} levels.`)
    const first = this.#bytes[this.#at] ?? malformed('The CBOR ends too early.')
    const major = first >> 5
    if (major === 7) return this.#simple(first)
    const size = this.#head()
    if (major === 0) return size
    if (major === 1) return -1 - size
    if (major === 2) return this.#take(size)
    if (major === 3) return utf8Decode(this.#take(size))
    if (major === 4) return this.#list(size, level)
    return major === 5 ? this.#map(size, level) : this.#tagged(size, level)
  }

  /** The number in an item's head: a value, a length, or a tag. */
  #head(): number {
    const short = (this.#bytes[this.#at++] ?? 0) & 31
    if (short < 24) return short
    const length = 1 << (short - 24)
    if (short > 27) malformed('The CBOR has an item without a definite length.')
    let number = 0
    for (const byte of this.#take(length)) number = number * 256 + byte
    const least = length === 1 ? 24 : 256 ** (length / 2)
    if (number < least || !Number.isSafeInteger(number)) malformed('The CBOR has a number that is too large, or not written in its shortest form.')
    return number
  }

  #take(length: number): Uint8Array<ArrayBuffer> {
    const end = this.#at + length
    if (end > this.#bytes.length) malformed('The CBOR ends too early.')
    const taken = this.#bytes.slice(this.#at, end)
    this.#at = end
    return taken
  }

  #simple(first: number): CborValue {
    this.#at++
    if (first === 0xf4 || first === 0xf5) return first === 0xf5
    return first === 0xf6 ? null : malformed('The CBOR has a number with a fraction, or a value that is not read.')
  }

  #list(count: number, level: number): readonly CborValue[] {
    const items: CborValue[] = []
    for (let i = 0; i < count; i++) items.push(this.value(level + 1))
    return items
  }

  #map(count: number, level: number): CborMap {
    const members = new Map<number | string, CborValue>()
    for (let i = 0; i < count; i++) {
      const label = this.value(level + 1)
      if (typeof label !== 'number' && typeof label !== 'string') return malformed('The CBOR has a label that is neither a number nor a text.')
      if (members.has(label)) malformed('The CBOR has a label twice.')
      members.set(label, this.value(level + 1))
    }
    return members
  }

  #tagged(tag: number, level: number): CborTag {
    if (!this.#tags.includes(tag)) malformed(`The CBOR has the tag ${tag}, which is not read here.`)
    return new CborTag(tag, this.value(level + 1))
  }
}

/** A list of texts and byte strings, such as COSE signs. */
export function writeCborList(items: readonly (string | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  return concatBytes(head(4, items.length), ...items.flatMap((item) => {
    const bytes = typeof item === 'string' ? utf8Encode(item) : item
    return [head(typeof item === 'string' ? 3 : 2, bytes.length), bytes]
  }))
}

function head(major: number, size: number): Uint8Array {
  const start = major << 5
  if (size < 24) return Uint8Array.of(start | size)
  if (size < 0x1_00) return Uint8Array.of(start | 24, size)
  if (size < 0x1_0000) return Uint8Array.of(start | 25, size >> 8, size & 255)
  return Uint8Array.of(start | 26, size >>> 24, (size >> 16) & 255, (size >> 8) & 255, size & 255)
}
