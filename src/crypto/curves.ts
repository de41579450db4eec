import { hexEncode } from '../base/bytes.ts'
import { ed25519 } from '@noble/curves/ed25519.js'
import { p256, p384, p521 } from '@noble/curves/nist.js'

/** What WebCrypto runtimes check differently, or not at all: one check of our own before them, so that all give one answer (T40, T42). */

export type EcKeyType = 'ec-p256' | 'ec-p384' | 'ec-p521'

export interface EcCurve {
  readonly type: EcKeyType
  readonly webName: 'P-256' | 'P-384' | 'P-521'
  readonly oid: string
  readonly sshName: 'nistp256' | 'nistp384' | 'nistp521'
  /** Bytes of one coordinate, and of r and s in a raw signature. */
  readonly coordinateBytes: number
  readonly order: bigint
}

export const EC_CURVES: { readonly [Type in EcKeyType]: EcCurve } = {
  'ec-p256': { type: 'ec-p256', webName: 'P-256', oid: '1.2.840.10045.3.1.7', sshName: 'nistp256', coordinateBytes: 32, order: p256.Point.Fn.ORDER },
  'ec-p384': { type: 'ec-p384', webName: 'P-384', oid: '1.3.132.0.34', sshName: 'nistp384', coordinateBytes: 48, order: p384.Point.Fn.ORDER },
  'ec-p521': { type: 'ec-p521', webName: 'P-521', oid: '1.3.132.0.35', sshName: 'nistp521', coordinateBytes: 66, order: p521.Point.Fn.ORDER },
}

const NOBLE = { 'ec-p256': p256, 'ec-p384': p384, 'ec-p521': p521 } as const

/** The uncompressed form of a public point, or null if it is not on the curve, is infinity, or is encoded in any way but SEC 1's two (T40). */
export function uncompressedPoint(type: EcKeyType, point: Uint8Array): Uint8Array<ArrayBuffer> | null {
  try {
    const parsed = NOBLE[type].Point.fromBytes(point)
    parsed.assertValidity()
    return Uint8Array.from(parsed.toBytes(false))
  } catch {
    return null
  }
}

/** The uncompressed public point of a private scalar, or null if the scalar is not from 1 to n - 1 in exactly the curve's length. */
export function ecPublicPoint(type: EcKeyType, scalar: Uint8Array): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(NOBLE[type].getPublicKey(scalar, false))
  } catch {
    return null
  }
}

export function ed25519PublicKey(seed: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(ed25519.getPublicKey(seed))
}

/** Whether the 32 bytes are a point of edwards25519 in its one canonical encoding and not one of the eight of low order (T42). */
export function isStrictEd25519Point(bytes: Uint8Array): boolean {
  try {
    return !ed25519.Point.fromBytes(bytes, false).isSmallOrder()
  } catch {
    return false
  }
}

/** Whether r‖s are both from 1 to n - 1 (T39). */
export function areEcdsaScalars(type: EcKeyType, raw: Uint8Array): boolean {
  const { coordinateBytes, order } = EC_CURVES[type]
  if (raw.length !== coordinateBytes * 2) return false
  const inRange = (bytes: Uint8Array): boolean => {
    const value = bigEndian(bytes)
    return value > 0n && value < order
  }
  return inRange(raw.subarray(0, coordinateBytes)) && inRange(raw.subarray(coordinateBytes))
}

/** Whether S of an Ed25519 signature is less than the group's order, as RFC 8032 wants. */
export function isEd25519Scalar(s: Uint8Array): boolean {
  return bigEndian(Uint8Array.from(s).reverse()) < ed25519.Point.Fn.ORDER
}

function bigEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${hexEncode(bytes)}`)
}
