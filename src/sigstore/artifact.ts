import { hexDecode } from '../base/bytes.ts'
import { SealdexError } from '../base/errors.ts'
import { algorithmsToTry, type HashName } from '../crypto/algorithms.ts'
import { algorithmOf, hashOf, hexOf, parseDigest, sha256Now, type Digest } from '../crypto/digest.ts'
import { verifyPrehashedSignature } from '../crypto/prehashed.ts'
import type { PublicKey } from '../crypto/public-key.ts'
import { verifySignature } from '../crypto/signature.ts'

/** What is to have been signed: its bytes, or its digest (`sha256:…`, `sha512:…`) where the bytes are elsewhere. */
export type Artifact = Uint8Array<ArrayBuffer> | string

/** Bytes that are signed, or only a digest of them; each hash is computed once. */
export interface SignedBytes {
  /** The hash of the bytes; null where they are not at hand and another digest is known of them. */
  hash(name: HashName): Promise<Uint8Array | null>
  /** Whether the bare signature over them is by the key. Throws `artifact-needed` where a digest does not suffice. */
  isSignedBy(key: PublicKey, signature: Uint8Array): Promise<boolean>
}

/** Throws `unsupported-digest` for a text that is no digest. */
export function signedBytes(artifact: Artifact): SignedBytes {
  return typeof artifact === 'string' ? fromDigest(parseDigest(artifact)) : fromBytes(artifact)
}

const SHORT = 2_048

function fromBytes(bytes: Uint8Array<ArrayBuffer>): SignedBytes {
  const hashes = new Map<HashName, Promise<Uint8Array>>()
  return {
    hash(name) {
      // a short one costs less than the way to WebCrypto's threads and back
      const hash = hashes.get(name) ?? (name === 'SHA-256' && bytes.length <= SHORT ? Promise.resolve(sha256Now(bytes)) : hashOf(name, bytes))
      hashes.set(name, hash)
      return hash
    },
    async isSignedBy(key, signature) {
      for (const algorithm of algorithmsToTry(key)) if (await verifySignature(key, algorithm, signature, bytes)) return true
      return false
    },
  }
}

function fromDigest(digest: Digest): SignedBytes {
  const [own, value] = [algorithmOf(digest) === 'sha256' ? 'SHA-256' as const : 'SHA-512' as const, hexDecode(hexOf(digest))]
  return {
    hash: async (name) => name === own ? value : null,
    async isSignedBy(key, signature) {
      const answer = verifyPrehashedSignature(key, own, value, signature)
      if (answer === true || (answer === false && key.type === 'ec-p256')) return answer
      // with the key's other hash it may be signed all the same
      throw new SealdexError('artifact-needed', `A signature by a key of the type ${key.type} cannot be checked with the ${algorithmOf(digest)} digest alone; give the artifact itself.`)
    },
  }
}
