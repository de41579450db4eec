import { hexDecode } from '../base/bytes.ts'
import { SealdexError } from '../base/errors.ts'
import { algorithmOf, hexOf, parseDigest, type Digest } from '../crypto/digest.ts'
import { wholeBytes, type SignedBytes } from './signed-bytes.ts'

/** What is to have been signed: its bytes, or its digest (`sha256:…`, `sha512:…`) where the bytes are elsewhere. */
export type Artifact = Uint8Array<ArrayBuffer> | string

/** Throws `unsupported-digest` for a text that is no digest. */
export function signedBytes(artifact: Artifact): SignedBytes {
  return typeof artifact === 'string' ? fromDigest(parseDigest(artifact)) : wholeBytes(artifact)
}

function fromDigest(digest: Digest): SignedBytes {
  const [own, value] = [algorithmOf(digest) === 'sha256' ? 'SHA-256' as const : 'SHA-512' as const, hexDecode(hexOf(digest))]
  return {
    hash: async (name) => name === own ? value : null,
    async isSignedBy(key, signature) {
      // loaded when it is used: its arithmetic is a third of what verifying takes to start
      const { verifyPrehashedSignature } = await import('../crypto/prehashed.ts')
      const answer = verifyPrehashedSignature(key, own, value, signature)
      if (answer === true || (answer === false && key.type === 'ec-p256')) return answer
      // with the key's other hash it may be signed all the same
      throw new SealdexError('artifact-needed', `A signature by a key of the type ${key.type} cannot be checked with the ${algorithmOf(digest)} digest alone; give the artifact itself.`)
    },
  }
}
