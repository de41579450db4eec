import { ed25519 } from '@noble/curves/ed25519.js'
import { p256, p384, p521 } from '@noble/curves/nist.js'
import type { EcKeyType } from './curves.ts'

/** Public points of private keys, in constant time as far as JavaScript has it; apart from curves.ts, so that whoever only verifies goes without. */

const NOBLE = { 'ec-p256': p256, 'ec-p384': p384, 'ec-p521': p521 } as const

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
