import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSquare, power } from '../../src/crypto/modular.ts'

describe('isSquare', () => {
  it('is right for every number below small primes, and past them', () => {
    const primes = [3n, 5n, 7n, 11n, 13n, 17n, 19n, 23n, 29n, 31n, 97n, 193n]
    for (const prime of primes) {
      const squares = new Set(Array.from({ length: Number(prime) - 1 }, (_, i) => (BigInt(i + 1) ** 2n) % prime))
      for (let value = 0n; value < 3n * prime; value++) expect([prime, value, isSquare(value, prime)]).toEqual([prime, value, squares.has(value % prime)])
    }
  })

  it('agrees with Euler\'s criterion for large ones, with long runs of zeros too', () => {
    const prime = fc.constantFrom((1n << 255n) - 19n, (1n << 384n) - (1n << 128n) - (1n << 96n) + (1n << 32n) - 1n, (1n << 521n) - 1n)
    fc.assert(fc.property(prime, fc.bigInt({ min: 0n, max: 1n << 260n }), fc.integer({ min: 0, max: 200 }), (p, digits, zeros) => {
      const value = digits << BigInt(zeros)
      expect(isSquare(value, p)).toBe(power(value % p, (p - 1n) / 2n, p) === 1n)
    }), { numRuns: 300 })
  })
})
