import { concatBytes, equalBytes, utf8Encode } from '../base/bytes.ts'
import { hashOf } from './digest.ts'
import { decodePoint, differenceOfMultiples, ED25519_ORDER, encodePoint, littleEndian } from './edwards25519.ts'

/** dom2(1, "") of RFC 8032: pre-hashed, no context. */
const DOMAIN = concatBytes(utf8Encode('SigEd25519 no Ed25519 collisions'), Uint8Array.of(1, 0))

/**
 * Ed25519ph (RFC 8032, 5.1.7, without the cofactor): what `cosign sign` makes with an Ed25519 key, and no WebCrypto has. Key and signature are strict
 * already: canonical points of full order, S below the order of the group (T42).
 */
export async function verifyEd25519ph(key: Uint8Array, signature: Uint8Array, message: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const [r, s, point] = [signature.subarray(0, 32), littleEndian(signature.subarray(32)), decodePoint(key)]
  if (s === 0n || point === null) return false
  const k = littleEndian(await hashOf('SHA-512', concatBytes(DOMAIN, r, key, await hashOf('SHA-512', message)))) % ED25519_ORDER
  return equalBytes(encodePoint(differenceOfMultiples(s, k, point)), r)
}
