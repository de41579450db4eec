import { algorithmsToTry, type HashName } from '../crypto/algorithms.ts'
import { hashOf } from '../crypto/digest.ts'
import type { PublicKey } from '../crypto/public-key.ts'
import { verifySignature } from '../crypto/signature.ts'

/** Bytes that are signed, or only a digest of them; each hash is computed once. */
export interface SignedBytes {
  /** The hash of the bytes; null where they are not at hand and another digest is known of them. */
  hash(name: HashName): Promise<Uint8Array | null>
  /** Whether the bare signature over them is by the key. Throws `artifact-needed` where a digest does not suffice. */
  isSignedBy(key: PublicKey, signature: Uint8Array): Promise<boolean>
}

export function wholeBytes(bytes: Uint8Array<ArrayBuffer>): SignedBytes {
  const hashes = new Map<HashName, Promise<Uint8Array>>()
  return {
    hash(name) {
      const hash = hashes.get(name) ?? hashOf(name, bytes)
      hashes.set(name, hash)
      return hash
    },
    async isSignedBy(key, signature) {
      for (const algorithm of algorithmsToTry(key)) if (await verifySignature(key, algorithm, signature, bytes)) return true
      return false
    },
  }
}

