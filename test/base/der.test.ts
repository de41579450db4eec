import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hexDecode, hexEncode } from '../../src/base/bytes.ts'
import {
  expectTag, isContext, oidHex, readBitString, readDer, readOctetString, readOid, readSequence, readUnsigned, writeBitString, writeDer, writeOctetString, writeOid,
  writeSequence, writeUnsigned, type DerNode,
} from '../../src/base/der.ts'
import * as TAG from '../../src/base/der-tags.ts'
import * as LIMITS from '../../src/base/limits.ts'

const der = (hex: string): DerNode => readDer(hexDecode(hex.replaceAll(' ', '')))
const malformed = expect.objectContaining({ code: 'malformed-der' })

describe('readDer', () => {
  test('gives elements with their bytes', () => {
    const node = der('30 08 02 01 05 a0 03 04 01 ff')
    expect(node.children.map((child) => hexEncode(child.bytes))).toEqual(['020105', 'a0030401ff'])
    expect(isContext(node.children[1], 0)).toBe(true)
    expect(hexEncode(readOctetString(node.children[1]?.children[0], 'it'))).toBe('ff')
    expect(der('a000').children).toEqual([])
  })

  test('high tag numbers', () => {
    expect(der('9f 1f 00')).toMatchObject({ class: 'context', tag: 31 })
    expect(der('bf 81 00 00')).toMatchObject({ class: 'context', tag: 128, constructed: true })
  })

  test.each([
    ['nothing', ''], ['a tag alone', '30'], ['a cut value', '04 02 00'], ['bytes behind', '05 00 00'], ['an indefinite length', '30 80 00 00'], ['an indefinite length that could be 128', `04 80 ${'00'.repeat(128)}`],
    ['a long length for a short one', '04 81 01 00'], ['a length with a leading zero', `04 82 00 80 ${'00'.repeat(128)}`], ['a length of five bytes', '04 85 00 00 00 00 00'],
    ['a huge length', '04 84 ff ff ff ff 00'], ['end of contents', '00 00'], ['a primitive sequence', '10 00'], ['a constructed octet string', '24 03 04 01 00'],
    ['a constructed integer', '22 03 02 01 00'], ['a high tag that is low', '9f 1e 00'], ['a high tag with a leading zero', '9f 80 7f 00'], ['a high tag of three bytes', '9f 81 80 00 00'],
    ['a child past its parent', '30 03 04 05 00'],
  ])('T38: refuses %s', (_, hex) => {
    expect(() => der(hex)).toThrow(malformed)
  })

  test('T38: depth is capped', () => {
    const nested = (depth: number): Uint8Array<ArrayBuffer> => (depth === 1 ? writeSequence() : writeSequence(nested(depth - 1)))
    expect(readDer(nested(LIMITS.derDepth)).tag).toBe(TAG.sequence)
    expect(() => readDer(nested(LIMITS.derDepth + 1))).toThrow(malformed)
  })
})

describe('values', () => {
  test.each([['00', '00'], ['7f', '7f'], ['0080', '80'], ['00ff01', 'ff01']])('integer %s', (content, value) => {
    expect(hexEncode(readUnsigned(readDer(writeDer(TAG.integer, hexDecode(content))), 'it'))).toBe(value)
  })

  test.each([['', 'empty'], ['80', 'negative'], ['ff', 'negative'], ['0000', 'padded'], ['007f', 'padded']])('T39: integer %j is %s', (content) => {
    expect(() => readUnsigned(readDer(writeDer(TAG.integer, hexDecode(content))), 'it')).toThrow(malformed)
  })

  test('integers round trip', () => {
    fc.assert(fc.property(fc.bigInt(0n, 2n ** 600n), (value) => {
      const hex = value.toString(16)
      const bytes = hexDecode(hex.length % 2 === 0 ? hex : `0${hex}`)
      expect(readUnsigned(readDer(writeUnsigned(bytes)), 'it')).toEqual(bytes)
      expect(writeUnsigned(Uint8Array.of(0, 0, ...bytes))).toEqual(writeUnsigned(bytes))
    }))
  })

  test('OIDs by their exact bytes', () => {
    expect(oidHex('1.2.840.10045.2.1')).toBe('2a8648ce3d0201')
    expect(oidHex('2.999.4294967296')).toBe('88379080808000')
    expect(readOid(readDer(writeOid('1.2.840.113549.1.1.1')), 'it')).toBe(oidHex('1.2.840.113549.1.1.1'))
    // 2^32 more in the last arc: equal to 1.2.840.10045.2.1 for a reader that cuts to 32 bits (CVE-2025-66030).
    const cut = readOid(der('06 0b 2a 86 48 ce 3d 02 90 80 80 80 01'), 'it')
    expect(cut).not.toBe(oidHex('1.2.840.10045.2.1'))
    for (const content of ['', '80', '2a80', '2a8001', '2a8648ce3d0281']) expect(() => readOid(readDer(writeDer(TAG.oid, hexDecode(content))), 'it')).toThrow(malformed)
  })

  test('bit strings of whole bytes', () => {
    expect(readBitString(readDer(writeBitString(Uint8Array.of(1, 2))), 'it')).toEqual(Uint8Array.of(1, 2))
    for (const hex of ['03 00', '03 02 01 fe', '03 01 08']) expect(() => readBitString(der(hex), 'it')).toThrow(malformed)
  })

  test('another type is refused', () => {
    expect(() => expectTag(der('80 01 00'), 0, 'it')).toThrow(malformed)
    expect(() => readSequence(der('05 00'), 'the key')).toThrow('the key has another type')
    expect(() => readSequence(undefined, 'the key')).toThrow(malformed)
    expect(() => readUnsigned(der('82 01 05'), 'it')).toThrow(malformed)
  })

  test('lengths are written in their shortest form', () => {
    for (const length of [0, 127, 128, 255, 256, 65_535, 65_536]) expect(readOctetString(readDer(writeOctetString(new Uint8Array(length))), 'it')).toHaveLength(length)
  })
})
