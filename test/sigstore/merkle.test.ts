import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { equalBytes } from '../../src/base/bytes.ts'
import { SealdexError } from '../../src/base/errors.ts'
import { leafHash, rootFromProof } from '../../src/sigstore/merkle.ts'
import * as kit from './kit/merkle.ts'

/** A tree, one of its leaves, and the path that the kit's recursive definitions give. */
const trees = fc.integer({ min: 1, max: 70 }).chain((size) => fc.record({ size: fc.constant(size), index: fc.nat({ max: size - 1 }) })).map(({ size, index }) => {
  const leaves = Array.from({ length: size }, (_, at) => kit.leafHash(Uint8Array.of(at)))
  return { size, index, leaf: leafHash(Uint8Array.of(index)), root: kit.rootOf(leaves), path: kit.inclusionPath(leaves, index) }
})

function leadsTo(root: Uint8Array, ...[leaf, index, size, path]: Parameters<typeof rootFromProof>): boolean {
  try {
    return equalBytes(rootFromProof(leaf, index, size, path), root)
  } catch (error) {
    if (error instanceof SealdexError && error.code === 'log-entry-invalid') return false
    throw error
  }
}

describe('inclusion proofs', () => {
  test('every path leads to the root', () => {
    fc.assert(fc.property(trees, ({ leaf, index, size, path, root }) => leadsTo(root, leaf, index, size, path)))
  })

  test('T35: no other leaf, hash, or number of hashes does', () => {
    fc.assert(fc.property(trees, fc.nat(), ({ leaf, index, size, path, root }, at) => {
      const [kept, other] = [Math.min(at % (path.length + 1), path.length), kit.leafHash(Uint8Array.of(255))]
      expect(leadsTo(root, other, index, size, path)).toBe(false)
      expect(leadsTo(root, leaf, index, size, [...path, other])).toBe(false)
      if (path.length > 0) expect(leadsTo(root, leaf, index, size, path.with(kept % path.length, other))).toBe(false)
      if (path.length > 0) expect(leadsTo(root, leaf, index, size, path.slice(1))).toBe(false)
    }))
  })

  test('T35: no other index in a tree of this size', () => {
    fc.assert(fc.property(trees, fc.nat({ max: 100 }), ({ leaf, index, size, path, root }, other) => {
      fc.pre(other !== index)
      expect(leadsTo(root, leaf, other, size, path)).toBe(false)
    }))
  })

  test('a tree of 2^53 - 1 leaves', () => {
    const size = Number.MAX_SAFE_INTEGER
    expect(() => rootFromProof(leafHash(Uint8Array.of(1)), size - 1, size, Array.from({ length: 53 }, () => kit.leafHash(Uint8Array.of(2))))).not.toThrow(TypeError)
    expect(leadsTo(new Uint8Array(32), leafHash(Uint8Array.of(1)), 0, size, [])).toBe(false)
  })

  test('a hash that is not one of SHA-256', () => {
    expect(leadsTo(new Uint8Array(32), leafHash(Uint8Array.of(1)), 0, 2, [new Uint8Array(31)])).toBe(false)
  })
})
