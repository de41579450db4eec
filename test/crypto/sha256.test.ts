import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hexEncode, utf8Encode } from '../../src/base/bytes.ts'
import * as LIMITS from '../../src/base/limits.ts'
import { digestOf } from '../../src/crypto/digest.ts'
import { sha256 } from '../../src/crypto/sha256.ts'

const reference = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

describe('SHA-256 at once', () => {
  // FIPS 180-4 and NIST's examples for it
  it.each([
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    ['abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq', '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1'],
    ['a'.repeat(1_000_000), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
  ])('of NIST\'s examples (%#)', (text, hash) => {
    expect(hexEncode(sha256(utf8Encode(text)))).toBe(hash)
  })

  it('of every length around whole blocks', () => {
    for (let length = 0; length <= 260; length++) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 167 + length) & 255)
      expect(hexEncode(sha256(bytes)), String(length)).toBe(reference(bytes))
    }
  })

  it('of anything, also where it is a part of a larger buffer, which it leaves as it is', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 700 }), fc.nat(64), (bytes, from) => {
      const before = hexEncode(bytes)
      const part = bytes.subarray(from)
      expect(hexEncode(sha256(part))).toBe(reference(part))
      expect(hexEncode(bytes)).toBe(before)
    }))
  })

  it('is what a digest is made of, up to a length and beyond', async () => {
    for (const length of [1, 1_000, LIMITS.hashedAtOnceBytes, LIMITS.hashedAtOnceBytes + 1, 65_000]) {
      const bytes = crypto.getRandomValues(new Uint8Array(length))
      expect(await digestOf(bytes), String(length)).toBe(`sha256:${reference(bytes)}`)
      expect(await digestOf(bytes, 'sha512'), String(length)).toBe(`sha512:${createHash('sha512').update(bytes).digest('hex')}`)
    }
  })
})
