import { ed25519 } from '@noble/curves/ed25519.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isStrictEd25519Nonce, isStrictEd25519Point } from '../../src/crypto/curves.ts'

const LOW = [
  '0100000000000000000000000000000000000000000000000000000000000000', 'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000000', '0000000000000000000000000000000000000000000000000000000000000080',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
]
const bytes = (hex: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(hex, 'hex'))

describe('T42: R of an Ed25519 signature', () => {
  test.each(LOW)('%s is of low order', (hex) => {
    expect(ed25519.Point.fromBytes(bytes(hex), true).isSmallOrder()).toBe(true)
    expect(isStrictEd25519Nonce(bytes(hex))).toBe(false)
  })

  test('an x of zero with a sign, and y from p on', () => {
    for (const low of ['01', 'ec']) expect(isStrictEd25519Nonce(bytes(`${low}${(low === '01' ? '00' : 'ff').repeat(30)}${low === '01' ? '80' : 'ff'}`))).toBe(false)
    for (let first = 0xed; first <= 0xff; first++) for (const last of ['7f', 'ff']) expect(isStrictEd25519Nonce(bytes(`${first.toString(16)}${'ff'.repeat(30)}${last}`))).toBe(false)
  })

  test('any other length', () => {
    for (const length of [0, 31, 33]) expect(isStrictEd25519Nonce(new Uint8Array(length).fill(9))).toBe(false)
  })

  test('what is a point is taken as the point is', () => {
    fc.assert(fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (seed) => {
      const point = Uint8Array.from(ed25519.getPublicKey(seed))
      expect(isStrictEd25519Nonce(point)).toBe(isStrictEd25519Point(point))
    }), { numRuns: 50 })
    fc.assert(fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (any) => !isStrictEd25519Point(any) || isStrictEd25519Nonce(any)))
  })
})
