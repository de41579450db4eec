import { Point } from '@noble/ed25519'
import { sha512 } from '@noble/hashes/sha2.js'
import { concatBytes, hexEncode, utf8Encode } from '../base/bytes.ts'

/** dom2(1, "") of RFC 8032: pre-hashed, no context. */
const DOMAIN = concatBytes(utf8Encode('SigEd25519 no Ed25519 collisions'), Uint8Array.of(1, 0))

/**
 * Ed25519ph (RFC 8032, 5.1.7, without the cofactor): what `cosign sign` makes with an Ed25519 key, and no WebCrypto has. Key and signature are strict
 * already: canonical points of full order, S below the order of the group (T42).
 */
export function verifyEd25519ph(key: Uint8Array, signature: Uint8Array, message: Uint8Array): boolean {
  const r = signature.subarray(0, 32)
  const s = littleEndian(signature.subarray(32))
  const k = littleEndian(sha512(concatBytes(DOMAIN, r, key, sha512(message)))) % Point.CURVE().n
  if (s === 0n) return false
  return Point.BASE.multiply(s, false).equals(Point.fromBytes(r, false).add(Point.fromBytes(key, false).multiply(k, false)))
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${hexEncode(Uint8Array.from(bytes).reverse())}`)
}
