import { hexEncode } from '../base/bytes.ts'
import { isSquare, power } from './modular.ts'

/** The curve of Ed25519 (RFC 8032, 5.1), as far as verifying needs it. Only public values come here, so nothing takes constant time. */

const P = (1n << 255n) - 19n
const D = 0x52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3n
const ROOT_OF_MINUS_ONE = power(2n, (P - 1n) / 4n, P)

/** How many points there are in the group of the base point. */
export const ED25519_ORDER: bigint = (1n << 252n) + 0x14def9dea2f79cd65812631a5cf5d3edn

/** X, Y, Z and T with x = X/Z, y = Y/Z and xy = T/Z, each up to its sign. */
export type Point = readonly [bigint, bigint, bigint, bigint]

const ZERO: Point = [0n, 1n, 1n, 0n]
const BASE: Point = affine(0x216936d3cd6e53fec0a4e231fdd6dc5c692cc7609525a7b2c9562d608f25d51an, BigInt(`0x${'66'.repeat(31)}58`))

function affine(x: bigint, y: bigint): Point {
  return [x, y, 1n, (x * y) % P]
}

/** Whether there is a point with this y, from 0 to p - 1: whether (y² - 1) / (dy² + 1) is a square, which is the question of their product too. */
export function hasPoint(y: bigint): boolean {
  const square = (y * y) % P
  return isSquare((square + P - 1n) * (D * square + 1n), P)
}

/** A point from the one encoding that it has; null for any other 32 bytes (5.1.3). */
export function decodePoint(bytes: Uint8Array): Point | null {
  const encoded = littleEndian(bytes)
  const [y, odd] = [encoded & ((1n << 255n) - 1n), encoded >> 255n]
  if (bytes.length !== 32 || y >= P) return null
  const [u, v] = [(y * y - 1n) % P, (D * y * y + 1n) % P]
  let x = (u * v ** 3n * powerOfRoot(u * v ** 7n)) % P
  if ((v * x * x + u) % P === 0n) x = (x * ROOT_OF_MINUS_ONE) % P
  if ((v * x * x - u) % P !== 0n || (x === 0n && odd === 1n)) return null
  x = positive(x)
  return affine((x & 1n) === odd ? x : P - x, y)
}

export function encodePoint([x, y, z]: Point): Uint8Array {
  const inverse = power(z, P - 2n, P)
  const encoded = positive(y * inverse) | ((positive(x * inverse) & 1n) << 255n)
  return Uint8Array.from({ length: 32 }, (_, i) => Number((encoded >> BigInt(8 * i)) & 0xffn))
}

/** [s]B - [k]A, both products at once: as many doublings as for one. */
export function differenceOfMultiples(s: bigint, k: bigint, [x, y, z, t]: Point): Point {
  const minus: Point = [-x, y, z, -t]
  const steps = [ZERO, BASE, minus, add(BASE, minus)] as const
  let sum = ZERO
  for (let bit = 255n; bit >= 0n; bit--) {
    sum = add(sum, sum)
    const step = Number(((s >> bit) & 1n) | (((k >> bit) & 1n) << 1n)) as 0 | 1 | 2 | 3
    if (step > 0) sum = add(sum, steps[step])
  }
  return sum
}

/** Of any two points, also one and the same (5.1.4). */
function add([x1, y1, z1, t1]: Point, [x2, y2, z2, t2]: Point): Point {
  const [a, b, c, d] = [((y1 - x1) * (y2 - x2)) % P, ((y1 + x1) * (y2 + x2)) % P, (((2n * t1 * t2) % P) * D) % P, (2n * z1 * z2) % P]
  const [e, f, g, h] = [b - a, d - c, d + c, b + a]
  return [(e * f) % P, (g * h) % P, (f * g) % P, (e * h) % P]
}

/** To the (P - 5)/8, which is 2^252 - 3: nearly all of its bits are ones, so that runs of them are put together (254 squarings, 11 products) instead of one by one. */
function powerOfRoot(base: bigint): bigint {
  const one = base % P
  const two = (squared(one, 1) * one) % P
  const four = (squared(two, 2) * two) % P
  const five = (squared(four, 1) * one) % P
  const ten = (squared(five, 5) * five) % P
  const twenty = (squared(ten, 10) * ten) % P
  const forty = (squared(twenty, 20) * twenty) % P
  const fifty = (squared(forty, 10) * ten) % P
  const hundred = (squared(fifty, 50) * fifty) % P
  const twoHundred = (squared(hundred, 100) * hundred) % P
  // each name says how many ones its exponent has: 250 of them, then 01
  return (squared((squared(twoHundred, 50) * fifty) % P, 2) * one) % P
}

function squared(value: bigint, times: number): bigint {
  let result = value
  for (let left = times; left > 0; left--) result = (result * result) % P
  return result
}

function positive(value: bigint): bigint {
  return ((value % P) + P) % P
}

export function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${hexEncode(Uint8Array.from(bytes).reverse())}`)
}
