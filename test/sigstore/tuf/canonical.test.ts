import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { utf8Decode, utf8Encode } from '../../../src/base/bytes.ts'
import { parseJson } from '../../../src/base/json.ts'
import { tufCanonicalBytes } from '../../../src/sigstore/tuf/canonical.ts'

const canonical = (json: string): string => utf8Decode(tufCanonicalBytes(parseJson(utf8Encode(json))))

describe('canonical JSON of TUF', () => {
  it.each([
    ['white space goes, names are sorted', '{ "b": [1, true, null], "a": "x" }', '{"a":"x","b":[1,true,null]}'],
    ['only quotes and backslashes are escaped', '"a\\"b\\\\c\\nd\\u0001\\/\\u00e9"', '"a\\"b\\\\c\nd\u0001/é"'],
    ['names go by code point, not by UTF-16', '{"\\ud83d\\ude00":1,"\\uffee":2,"a":3,"":4,"ab":5}', '{"":4,"a":3,"ab":5,"\uffee":2,"\u{1f600}":1}'],
    ['whole numbers stay as they are', '[0,-1,12345678901234567890]', '[0,-1,12345678901234567890]'],
  ])('%s', (_, json, expected) => expect(canonical(json)).toBe(expected))

  it.each(['1.5', '1e3', '1.0', '-0'])('refuses the number %s', (number) => expect(() => canonical(`[${number}]`)).toThrow(/whole/))

  it('is the same for the same values, in whatever order they stand', () => {
    fc.assert(fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }).filter((name) => name.isWellFormed()), fc.integer()), (members) => {
      const entries = Object.entries(members)
      expect(canonical(JSON.stringify(Object.fromEntries(entries.toReversed())))).toBe(canonical(JSON.stringify(members)))
      const names = entries.map(([name]) => name).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      expect(canonical(JSON.stringify(members))).toBe(`{${names.map((name) => `"${name.replace(/["\\]/g, '\\$&')}":${members[name]}`).join(',')}}`)
    }))
  })
})
