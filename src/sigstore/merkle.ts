import { concatBytes } from '../base/bytes.ts'
import { SealdexError } from '../base/errors.ts'
import { sha256Now } from '../crypto/digest.ts'

const LEAF = Uint8Array.of(0)
const NODE = Uint8Array.of(1)

/** Hash of a leaf of a log's tree (RFC 6962, 2.1). The bytes as they are: an entry is never rebuilt (formats.md 13.3). */
export function leafHash(body: Uint8Array): Uint8Array<ArrayBuffer> {
  return sha256Now(concatBytes(LEAF, body))
}

function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array<ArrayBuffer> {
  return sha256Now(concatBytes(NODE, left, right))
}

/**
 * The root that the inclusion proof leads to (RFC 9162, 2.1.3.2), for the leaf at `index` in a tree of `size` leaves.
 * Throws `log-entry-invalid` where index, size and the number of hashes do not fit each other.
 */
export function rootFromProof(leaf: Uint8Array<ArrayBuffer>, index: number, size: number, hashes: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  if (index >= size) refuse(`it is about entry ${index} of a tree that has ${size}`)
  // as bigint: sizes pass 2^31, where JavaScript's shifts end
  let [node, last] = [BigInt(index), BigInt(size - 1)]
  let root = leaf
  for (const hash of hashes) {
    if (hash.length !== 32) refuse('one of its hashes is not one of SHA-256')
    if (last === 0n) refuse('it has more hashes than such a tree needs')
    if ((node & 1n) === 1n || node === last) {
      root = nodeHash(hash, root)
      while ((node & 1n) === 0n && node !== 0n) [node, last] = [node >> 1n, last >> 1n]
    } else root = nodeHash(root, hash)
    node >>= 1n
    last >>= 1n
  }
  return last === 0n ? root : refuse('it has fewer hashes than such a tree needs')
}

function refuse(why: string): never {
  throw new SealdexError('log-entry-invalid', `The inclusion proof does not hold: ${why}.`)
}
