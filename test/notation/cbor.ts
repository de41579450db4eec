import { concatBytes, utf8Encode } from '../../src/base/bytes.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** Something already written, right or wrong. */
export class Raw {
  readonly bytes: Bytes

  constructor(bytes: Iterable<number>) {
    this.bytes = Uint8Array.from(bytes)
  }
}

/** `tag` around a value. */
export class Tag {
  readonly tag: number
  readonly value: Cbor

  constructor(tag: number, value: Cbor) {
    this.tag = tag
    this.value = value
  }
}

/** Pairs stand in their order, so that a name can be written twice. */
export type Cbor = number | string | Uint8Array | Raw | Tag | readonly Cbor[] | { readonly pairs: readonly (readonly [Cbor, Cbor])[] }

function head(major: number, value: number): Bytes {
  const width = value < 24 ? 0 : value < 0x100 ? 1 : value < 0x1_0000 ? 2 : 4
  const digits = Array.from({ length: width }, (_, at) => Math.floor(value / 256 ** (width - 1 - at)) % 256)
  return Uint8Array.of((major << 5) | (width === 0 ? value : { 1: 24, 2: 25, 4: 26 }[width] ?? 0), ...digits)
}

/** CBOR with shortest, definite lengths; written apart from the library under test. */
export function writeCbor(value: Cbor): Bytes {
  if (value instanceof Raw) return value.bytes
  if (value instanceof Tag) return concatBytes(head(6, value.tag), writeCbor(value.value))
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'string') return concatBytes(head(3, utf8Encode(value).length), utf8Encode(value))
  if (value instanceof Uint8Array) return concatBytes(head(2, value.length), value)
  if ('pairs' in value) return concatBytes(head(5, value.pairs.length), ...value.pairs.flatMap(([key, member]) => [writeCbor(key), writeCbor(member)]))
  return concatBytes(head(4, value.length), ...value.map(writeCbor))
}
