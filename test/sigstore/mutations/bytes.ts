import { concatBytes } from '../../../src/base/bytes.ts'
import type { Bytes } from '../kit/der.ts'
import type { Random } from '../kit/random.ts'

export function flipBit(bytes: Uint8Array, random: Random): Bytes {
  const out = Uint8Array.from(bytes)
  const at = random.below(out.length)
  out[at] = (out[at] ?? 0) ^ (1 << random.below(8))
  return out
}

const CHANGES: Readonly<Record<string, (bytes: Uint8Array, random: Random) => Bytes>> = {
  'bit flip': flipBit,
  'byte': (bytes, random) => {
    const out = Uint8Array.from(bytes)
    const at = random.below(out.length)
    out[at] = (out[at] ?? 0) + 1 + random.below(255)
    return out
  },
  'shorter': (bytes) => bytes.slice(0, -1),
  'cut': (bytes, random) => bytes.slice(0, random.below(bytes.length)),
  'longer': (bytes, random) => concatBytes(bytes, random.bytes(1 + random.below(3))),
  'zeros': (bytes) => new Uint8Array(bytes.length),
  'inserted': (bytes, random) => {
    const at = random.below(bytes.length)
    return concatBytes(bytes.subarray(0, at), random.bytes(1), bytes.subarray(at))
  },
}

export interface BytesMutation {
  readonly op: string
  readonly bytes: Bytes
}

export function mutateBytes(bytes: Uint8Array, random: Random): BytesMutation {
  // most changes are single bits: they come the furthest
  const op = random.below(2) === 0 ? 'bit flip' : random.pick(Object.keys(CHANGES))
  return { op, bytes: CHANGES[op]?.(bytes, random) ?? Uint8Array.from(bytes) }
}

const ORDERS: Readonly<Record<number, bigint>> = {
  32: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  48: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
}

/** The other ECDSA signature that every one comes with: (r, n - s). Null where the bytes are none. */
export function negateS(der: Uint8Array): Bytes | null {
  const [rLength = 0] = der.subarray(3, 4)
  const r = der.subarray(4, 4 + rLength)
  const s = der.subarray(6 + rLength)
  const order = ORDERS[Math.max(r.length, s.length) > 33 ? 48 : 32]
  if (der[0] !== 0x30 || der[1] !== der.length - 2 || der[2] !== 2 || der[4 + rLength] !== 2 || der[5 + rLength] !== s.length || order === undefined) return null
  const value = BigInt(`0x${Buffer.from(s).toString('hex')}`)
  if (value >= order) return null
  const hex = (order - value).toString(16)
  const digits = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  const other = concatBytes(Uint8Array.from((digits[0] ?? 0) > 127 ? [0] : []), digits)
  const content = concatBytes(Uint8Array.of(2, rLength), r, Uint8Array.of(2, other.length), other)
  return concatBytes(Uint8Array.of(0x30, content.length), content)
}
