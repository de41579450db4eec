import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { base64Decode, base64Encode, base64UrlDecode, base64UrlEncode, concatBytes, equalBytes, hexDecode, hexEncode, utf8Decode, utf8Encode } from '../../src/base/bytes.ts'

const code = (expected: string): unknown => expect.objectContaining({ code: expected })

describe('base64', () => {
  test('round trip, as Node writes it', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => {
      expect(base64Encode(bytes)).toBe(Buffer.from(bytes).toString('base64'))
      expect(base64UrlEncode(bytes)).toBe(Buffer.from(bytes).toString('base64url'))
      expect(base64Decode(base64Encode(bytes))).toEqual(Uint8Array.from(bytes))
      expect(base64UrlDecode(base64UrlEncode(bytes))).toEqual(Uint8Array.from(bytes))
    }))
  })

  test('T48: of any length, and what was decoded before leaves nothing', () => {
    for (const length of [16_376, 16_380, 16_383, 16_384, 16_385, 16_388, 40_000]) {
      const text = 'A'.repeat(length)
      if (length % 4 === 0) expect(base64Decode(text).length, String(length)).toBe((length / 4) * 3)
      expect(base64UrlDecode(text.slice(0, length - (length % 4))).every((byte) => byte === 0)).toBe(true)
      for (const last of ['é', '€', '\ud800', '😀']) {
        const broken = text.slice(0, length - last.length) + last
        expect(() => base64Decode(broken), `${length} ${last}`).toThrow(code('malformed-base64'))
        expect(() => base64UrlDecode(broken), `${length} ${last}`).toThrow(code('malformed-base64'))
        base64UrlDecode('A'.repeat(16_384))
      }
    }
  })

  test('T48: a text that decodes is the one that encoding gives back', () => {
    const texts = fc.string({ unit: fc.constantFrom('A', 'Q', 'g', 'w', '/', '+', '-', '_', '=', ' ', '\n', 'é'), maxLength: 9 })
    fc.assert(fc.property(texts, (text) => {
      for (const [decode, encode] of [[base64Decode, base64Encode], [base64UrlDecode, base64UrlEncode]] as const) {
        try {
          expect(encode(decode(text))).toBe(text)
        } catch (error) {
          expect(error).toEqual(code('malformed-base64'))
        }
      }
    }), { numRuns: 2000 })
  })

  test.each([
    ['white space', 'QUJD RA=='], ['a line break', 'QUJD\n'], ['no padding', 'QUI'], ['too much padding', 'QUJD===='], ['loose bits', 'QUJ='], ['loose bits', 'QR=='],
    ['padding inside', 'QQ==QUJD'], ['the URL-safe alphabet', '-_-_'], ['not ASCII', 'QUJé'], ['a lone character', 'A==='], ['padding alone', '===='],
  ])('T48: standard refuses %s', (_, text) => {
    expect(() => base64Decode(text)).toThrow(code('malformed-base64'))
  })

  test.each([['padding', 'QQ=='], ['the standard alphabet', '+/+/'], ['loose bits', 'QR'], ['a lone character', 'QUJDA'], ['white space', 'QUJD ']])('T48: URL-safe refuses %s', (_, text) => {
    expect(() => base64UrlDecode(text)).toThrow(code('malformed-base64'))
  })
})

describe('hex', () => {
  test('round trip', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => {
      expect(hexEncode(bytes)).toBe(Buffer.from(bytes).toString('hex'))
      expect(hexDecode(hexEncode(bytes))).toEqual(Uint8Array.from(bytes))
    }))
  })

  test.each(['A0', 'a', 'zz', ' 00', '0x00'])('refuses %j', (text) => {
    expect(() => hexDecode(text)).toThrow(code('malformed'))
  })
})

describe('utf-8', () => {
  test('keeps a BOM', () => {
    expect(utf8Decode(Uint8Array.of(0xef, 0xbb, 0xbf, 0x41))).toBe('\ufeffA')
  })

  test.each([['a lone continuation byte', [0x80]], ['an overlong form', [0xc0, 0xaf]], ['a surrogate', [0xed, 0xa0, 0x80]], ['a cut character', [0xe2, 0x82]], ['past U+10FFFF', [0xf4, 0x90, 0x80, 0x80]]])(
    'T10: refuses %s', (_, bytes) => {
      expect(() => utf8Decode(Uint8Array.from(bytes))).toThrow(code('malformed'))
    })

  test('round trip', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(utf8Decode(utf8Encode(text))).toBe(text)
    }))
  })
})

test('bytes are joined and compared', () => {
  expect(concatBytes(Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3))).toEqual(Uint8Array.of(1, 2, 3))
  expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true)
  expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false)
  expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 3))).toBe(false)
})
