import { decode, encode } from 'cborg'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hexDecode } from '../../src/base/bytes.ts'
import { CborTag, readCbor, writeCborList } from '../../src/base/cbor.ts'
import { SealdexError } from '../../src/base/errors.ts'

describe('CBOR', () => {
  it.each([
    ['00', 0], ['17', 23], ['1818', 24], ['1903e8', 1000], ['1a000f4240', 1_000_000], ['1b000000e8d4a51000', 1_000_000_000_000], ['20', -1], ['3903e7', -1000],
    ['f4', false], ['f5', true], ['f6', null], ['60', ''], ['62c3bc', 'ü'], ['63c3bc21', 'ü!'], ['80', []], ['83010203', [1, 2, 3]],
  ] as const)('reads %s (RFC 8949, appendix A)', (hex, value) => {
    expect(readCbor(hexDecode(hex), [])).toEqual(value)
  })

  it('reads maps, byte strings and the tags that are named', () => {
    expect(readCbor(hexDecode('a201020304'), [])).toEqual(new Map([[1, 2], [3, 4]]))
    expect(readCbor(hexDecode('4401020304'), [])).toEqual(Uint8Array.of(1, 2, 3, 4))
    expect(readCbor(hexDecode('c11a514b67b0'), [1])).toEqual(new CborTag(1, 1_363_896_240))
  })

  it.each([
    ['a number that is not in its shortest form', '1817'], ['the same for a length', '580100'], ['the same in two bytes', '1900ff'], ['in four', '1a0000ffff'], ['in eight', '1b00000000ffffffff'],
    ['a number past 2^53', '1b0020000000000000'], ['an indefinite list', '9f01ff'], ['an indefinite text', '7f6161ff'], ['a half float', 'f93c00'], ['a float', 'fa47c35000'], ['a double', 'fb3ff199999999999a'],
    ['undefined', 'f7'], ['another simple value', 'f0'], ['a label twice', 'a201010102'], ['a label that is a list', 'a18001'], ['a label that is bytes', 'a1410101'],
    ['a tag that is not named', 'c11a514b67b0'], ['an end too early', '820102'.slice(0, 4)], ['a text too short', '6261'], ['more after the end', '0000'], ['no bytes', ''], ['UTF-8 that is none', '61ff'],
    ['a list of more items than bytes', '9b001fffffffffffff'], ['levels without end', '81'.repeat(5_000)],
  ])('refuses %s', (_, hex) => {
    expect(() => readCbor(hexDecode(hex), [])).toThrow(SealdexError)
  })

  it('reads what another library writes, and never more than it reads', () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof({ maxDepth: 4 }, fc.maxSafeInteger(), fc.string(), fc.boolean(), fc.constant(null), fc.uint8Array({ maxLength: 40 }), fc.array(tie('any'), { maxLength: 4 }), fc.array(fc.tuple(fc.string(), tie('any')), { maxLength: 4 }).map((entries) => new Map(entries))),
    })).any
    fc.assert(fc.property(value, (one) => {
      expect(readCbor(Uint8Array.from(encode(one)), [])).toEqual(one)
    }), { numRuns: 200 })
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (array) => {
      const bytes = Uint8Array.from(array)
      let read
      try {
        read = readCbor(bytes, [])
      } catch (error) {
        expect(error).toBeInstanceOf(SealdexError)
        return
      }
      expect(decode(bytes, { useMaps: true, strict: true })).toEqual(read)
    }), { numRuns: 2_000 })
  })

  it('writes lists as the other library does', () => {
    fc.assert(fc.property(fc.array(fc.oneof(fc.string({ maxLength: 400 }), fc.uint8Array({ maxLength: 400 })), { maxLength: 30 }), (items) => {
      expect(writeCborList(items)).toEqual(Uint8Array.from(encode(items)))
    }), { numRuns: 60 })
    expect(writeCborList([new Uint8Array(70_000)])).toEqual(Uint8Array.from(encode([new Uint8Array(70_000)])))
  })
})
