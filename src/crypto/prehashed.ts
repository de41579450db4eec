import { p256, p384, p521 } from '@noble/curves/nist.js'
import type { HashName } from './algorithms.ts'
import { EC_CURVES } from './curves.ts'
import type { PublicKey } from './public-key.ts'
import { readEcdsaSignature } from './signature.ts'

const CURVES = { 'ec-p256': p256, 'ec-p384': p384, 'ec-p521': p521 } as const

/** What a bare signature by such a key may be over, besides the message itself. */
const HASHES: { readonly [Type in keyof typeof CURVES]: readonly HashName[] } = {
  'ec-p256': ['SHA-256'], 'ec-p384': ['SHA-384', 'SHA-256'], 'ec-p521': ['SHA-512', 'SHA-256'],
}

/**
 * Whether the ECDSA signature (DER) is over a message of this digest: WebCrypto hashes for itself, so it can't be asked when only the digest is known.
 * Null where that can't be decided from this digest: another hash than the key signs with, RSA (whose padding is left to WebCrypto, T44), Ed25519.
 */
export function verifyPrehashedSignature(key: PublicKey, hash: HashName, digest: Uint8Array, signature: Uint8Array): boolean | null {
  if (key.type === 'rsa' || key.type === 'ed25519' || !HASHES[key.type].includes(hash)) return null
  const raw = readEcdsaSignature(signature, EC_CURVES[key.type].coordinateBytes)
  try {
    return raw !== null && CURVES[key.type].verify(raw, digest, key.raw, { prehash: false, lowS: false })
  } catch {
    return false
  }
}
