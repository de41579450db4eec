import { hexDecode, hexEncode } from '../base/bytes.ts'
import { ED25519_ORDER, hasPoint, littleEndian } from './edwards25519.ts'
import { power } from './modular.ts'

/**
 * What WebCrypto runtimes check differently, or not at all: one check of our own before them, so that all give one answer (T40, T42). Only public values
 * come here, so nothing needs constant time.
 */

export type EcKeyType = 'ec-p256' | 'ec-p384' | 'ec-p521'

export interface EcCurve {
  readonly type: EcKeyType
  readonly webName: 'P-256' | 'P-384' | 'P-521'
  readonly oid: string
  readonly sshName: 'nistp256' | 'nistp384' | 'nistp521'
  /** Bytes of one coordinate, and of r and s in a raw signature. */
  readonly coordinateBytes: number
  /** y² = x³ - 3x + b over the integers modulo p (FIPS 186-4, D.1.2), with n points. As texts, because a literal would be bundled in its decimal digits. */
  readonly p: bigint
  readonly b: bigint
  readonly order: bigint
}

export const EC_CURVES: { readonly [Type in EcKeyType]: EcCurve } = {
  'ec-p256': {
    type: 'ec-p256', webName: 'P-256', oid: '1.2.840.10045.3.1.7', sshName: 'nistp256', coordinateBytes: 32,
    p: (1n << 256n) - (1n << 224n) + (1n << 192n) + (1n << 96n) - 1n,
    b: BigInt('0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b'),
    order: BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'),
  },
  'ec-p384': {
    type: 'ec-p384', webName: 'P-384', oid: '1.3.132.0.34', sshName: 'nistp384', coordinateBytes: 48,
    p: (1n << 384n) - (1n << 128n) - (1n << 96n) + (1n << 32n) - 1n,
    b: BigInt('0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef'),
    order: BigInt('0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973'),
  },
  'ec-p521': {
    type: 'ec-p521', webName: 'P-521', oid: '1.3.132.0.35', sshName: 'nistp521', coordinateBytes: 66,
    p: (1n << 521n) - 1n,
    b: BigInt('0x0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00'),
    order: BigInt('0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409'),
  },
}

/** The uncompressed form of a public point, or null if it is not on the curve, is infinity, or is encoded in any way but SEC 1's two (T40). */
export function uncompressedPoint(type: EcKeyType, point: Uint8Array): Uint8Array<ArrayBuffer> | null {
  const { coordinateBytes, p, b } = EC_CURVES[type]
  const tag = point[0]
  const [compressed, whole] = [point.length === 1 + coordinateBytes && (tag === 2 || tag === 3), point.length === 1 + 2 * coordinateBytes && tag === 4]
  if (!compressed && !whole) return null
  const x = bigEndian(point.subarray(1, 1 + coordinateBytes))
  if (x >= p) return null
  const square = (x * x - 3n) * x + b
  // a root of a square, and of another number some number: all three p are 3 modulo 4
  const y = whole ? bigEndian(point.subarray(1 + coordinateBytes)) : withParity(power(((square % p) + p) % p, (p + 1n) / 4n, p), tag === 3, p)
  if (y >= p || (y * y - square) % p !== 0n) return null
  if (whole) return Uint8Array.from(point)
  const digits = (value: bigint): string => value.toString(16).padStart(2 * coordinateBytes, '0')
  return hexDecode(`04${digits(x)}${digits(y)}`)
}

function withParity(y: bigint, odd: boolean, p: bigint): bigint {
  return ((y & 1n) === 1n) === odd ? y : p - y
}

/** Whether the 32 bytes are a point of edwards25519 in its one canonical encoding and not one of the eight of low order (T42). */
export function isStrictEd25519Point(bytes: Uint8Array): boolean {
  return isStrictEd25519Nonce(bytes) && hasPoint(littleEndian(bytes) & ((1n << 255n) - 1n))
}

/** Whether r‖s are both from 1 to n - 1 (T39). */
export function areEcdsaScalars(type: EcKeyType, raw: Uint8Array): boolean {
  const { coordinateBytes } = EC_CURVES[type]
  return raw.length === coordinateBytes * 2 && isScalar(ORDERS[type], raw, 0) && isScalar(ORDERS[type], raw, coordinateBytes)
}

const ORDERS: { readonly [Type in EcKeyType]: Uint8Array } = { 'ec-p256': orderBytes('ec-p256'), 'ec-p384': orderBytes('ec-p384'), 'ec-p521': orderBytes('ec-p521') }

function orderBytes(type: EcKeyType): Uint8Array {
  const { order, coordinateBytes } = EC_CURVES[type]
  return hexDecode(order.toString(16).padStart(2 * coordinateBytes, '0'))
}

/** Whether the number that begins there, as long as the order, is less than that and not zero. As bytes: the first that differs is nearly always the first or fifth. */
function isScalar(order: Uint8Array, bytes: Uint8Array, from: number): boolean {
  for (let at = 0; at < order.length; at++) {
    const [byte, most] = [bytes[from + at] ?? 0, order[at] ?? 0]
    if (byte !== most) return byte < most && bytes.subarray(from, from + order.length).some((each) => each !== 0)
  }
  return false
}

/** Whether S of an Ed25519 signature is less than the group's order, as RFC 8032 wants. */
export function isEd25519Scalar(s: Uint8Array): boolean {
  return littleEndian(s) < ED25519_ORDER
}

/** Eight bytes at a time, which takes a third of the way over hex. */
function bigEndian(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let [value, at] = [0n, 0]
  for (; at < bytes.length % 8; at++) value = (value << 8n) | BigInt(view.getUint8(at))
  for (; at < bytes.length; at += 8) value = (value << 64n) | view.getBigUint64(at)
  return value
}

/** The y of the eight points of low order: 1, -1, 0, and the two of order eight, little-endian. */
const LOW_ORDER: ReadonlySet<string> = new Set([
  `01${'00'.repeat(31)}`, `ec${'ff'.repeat(30)}7f`, '00'.repeat(32),
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
])

/**
 * Whether the 32 bytes can be the R of a signature: y below p, and no point of low order (T42). Whether there is such a point at all need not be asked: who verifies
 * computes R anew, and that is one. So it is a look at bytes, where {@link isStrictEd25519Point} takes a square root.
 */
export function isStrictEd25519Nonce(bytes: Uint8Array): boolean {
  const y = Uint8Array.from(bytes)
  y[31] = (y[31] ?? 0) & 0x7f
  const isBelowP = y[31] !== 0x7f || (y[0] ?? 0) < 0xed || y.subarray(1, 31).some((byte) => byte !== 0xff)
  return bytes.length === 32 && isBelowP && !LOW_ORDER.has(hexEncode(y))
}
