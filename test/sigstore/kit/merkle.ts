import { hashOf } from './keys.ts'
import type { Bytes } from './der.ts'

/** Merkle trees as RFC 6962 defines them, by its recursive definitions; the verifier under test goes the other way round. */

export function leafHash(body: Uint8Array): Bytes {
  return hashOf('SHA-256', Uint8Array.of(0), body)
}

function nodeHash(left: Uint8Array, right: Uint8Array): Bytes {
  return hashOf('SHA-256', Uint8Array.of(1), left, right)
}

/** The largest power of two below the count. */
function split(count: number): number {
  return 2 ** Math.floor(Math.log2(count - 1))
}

export function rootOf(leaves: readonly Bytes[]): Bytes {
  const [first] = leaves
  if (first === undefined) return hashOf('SHA-256')
  if (leaves.length === 1) return first
  const k = split(leaves.length)
  return nodeHash(rootOf(leaves.slice(0, k)), rootOf(leaves.slice(k)))
}

/** The audit path of one leaf, from the leaf up. */
export function inclusionPath(leaves: readonly Bytes[], index: number): readonly Bytes[] {
  if (leaves.length <= 1) return []
  const k = split(leaves.length)
  return index < k ? [...inclusionPath(leaves.slice(0, k), index), rootOf(leaves.slice(k))] : [...inclusionPath(leaves.slice(k), index - k), rootOf(leaves.slice(0, k))]
}
