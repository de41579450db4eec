import fc from 'fast-check'
import { ed25519, ed25519ph } from '@noble/curves/ed25519.js'
import { p256, p384, p521 } from '@noble/curves/nist.js'
import { describe, expect, it } from 'vitest'
import { hexDecode } from '../../src/base/bytes.ts'
import { EC_CURVES, isStrictEd25519Point, uncompressedPoint, type EcKeyType } from '../../src/crypto/curves.ts'
import { verifyEd25519ph } from '../../src/crypto/ed25519ph.ts'

/** Our own arithmetic against the whole library's: other code, other formulas. */
const NOBLE = { 'ec-p256': p256, 'ec-p384': p384, 'ec-p521': p521 } as const

const bytes = (length: number): fc.Arbitrary<Uint8Array<ArrayBuffer>> => fc.uint8Array({ minLength: length, maxLength: length }).map((array) => Uint8Array.from(array))

describe.each(Object.keys(NOBLE) as EcKeyType[])('T40: points of %s', (type) => {
  const { Point } = NOBLE[type]
  const { coordinateBytes, p, b, order } = EC_CURVES[type]

  it('has the curve\'s numbers', () => {
    expect([p, order]).toEqual([Point.Fp.ORDER, Point.Fn.ORDER])
    expect(b).toBe(Point.CURVE().b)
  })

  it('takes both encodings of every point, and gives the uncompressed one', () => {
    fc.assert(fc.property(fc.bigInt({ min: 1n, max: order - 1n }), (scalar) => {
      const point = Point.BASE.multiply(scalar)
      const whole = Uint8Array.from(point.toBytes(false))
      expect(uncompressedPoint(type, whole)).toEqual(whole)
      expect(uncompressedPoint(type, point.toBytes(true))).toEqual(whole)
    }), { numRuns: 20 })
  })

  it('refuses what the library refuses', () => {
    const tags = fc.constantFrom(0, 2, 3, 4, 6, 7)
    const lengths = fc.constantFrom(1, 1 + coordinateBytes, 1 + 2 * coordinateBytes, 2 * coordinateBytes)
    fc.assert(fc.property(tags, lengths.chain(bytes), (tag, array) => {
      array[0] = tag
      let theirs: Uint8Array | null = null
      try {
        theirs = Uint8Array.from(Point.fromBytes(array).toBytes(false))
      } catch {
        // refused
      }
      expect(uncompressedPoint(type, array)).toEqual(theirs)
    }), { numRuns: 120 })
  })

  it('refuses a coordinate that is p too much', () => {
    const { x } = Point.BASE.toAffine()
    const hex = (value: bigint): string => value.toString(16).padStart(2 * coordinateBytes, '0')
    if (hex(x + p).length === 2 * coordinateBytes) expect(uncompressedPoint(type, hexDecode(`02${hex(x + p)}`))).toBeNull()
    expect(uncompressedPoint(type, hexDecode(`02${hex(p)}`))).toBeNull()
  })
})

describe('T42: points of edwards25519', () => {
  it('takes what the library takes, but those of low order', () => {
    fc.assert(fc.property(bytes(32), (array) => {
      let strict = false
      try {
        strict = !ed25519.Point.fromBytes(array, false).isSmallOrder()
      } catch {
        // refused
      }
      expect(isStrictEd25519Point(array)).toBe(strict)
    }), { numRuns: 100 })
  })
})

describe('Ed25519ph', () => {
  it('takes the library\'s signatures, and none with a bit changed', async () => {
    await fc.assert(fc.asyncProperty(bytes(32), fc.uint8Array({ maxLength: 200 }), fc.nat(511), async (seed, text, bit) => {
      const message = Uint8Array.from(text)
      const key = ed25519.getPublicKey(seed)
      const signature = Uint8Array.from(ed25519ph.sign(message, seed))
      expect(await verifyEd25519ph(key, signature, message)).toBe(true)
      signature[bit >> 3] = (signature[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      let changed = false
      try {
        changed = await verifyEd25519ph(key, signature, message)
      } catch {
        // no point
      }
      expect(changed).toBe(false)
    }), { numRuns: 20 })
  })
})
