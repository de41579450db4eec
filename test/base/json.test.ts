import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { utf8Encode } from '../../src/base/bytes.ts'
import { isJsonObject, JsonNumber, parseJson, stringifyJson, type JsonValue } from '../../src/base/json.ts'
import * as LIMITS from '../../src/base/limits.ts'

const parse = (text: string): JsonValue => parseJson(utf8Encode(text))
const refused = expect.objectContaining({ code: 'malformed-json' })

/** What JSON.parse would give. */
function plain(value: JsonValue): unknown {
  if (value instanceof JsonNumber) return Number(value.text)
  if (isJsonObject(value)) return Object.fromEntries([...value].map(([name, member]) => [name, plain(member)]))
  return Array.isArray(value) ? value.map(plain) : value
}

describe('parseJson', () => {
  test('reads what JSON.parse reads', () => {
    fc.assert(fc.property(fc.json({ maxDepth: 6, stringUnit: 'grapheme' }), fc.constantFrom(undefined, 1, '\t'), (text, indent) => {
      const value: unknown = JSON.parse(text)
      expect(plain(parse(JSON.stringify(value, null, indent)))).toEqual(value)
    }))
  })

  test('a string of any length, whatever stands in it and where', () => {
    for (const length of [0, 1, 40, 45, 46, 47, 48, 49, 50, 300]) {
      for (const part of ['', 'é', '😀', '\u2028', '\\n', '\\"', '\\\\', '\\u0041', '\\ud83d\\ude00']) {
        for (const place of new Set([0, Math.floor(length / 2), length])) {
          const text = `["${'a'.repeat(place)}${part}${'b'.repeat(length - place)}","${part}"]`
          expect(parse(text), text).toEqual(JSON.parse(text))
        }
      }
      for (const [part, at] of [['\n', 0], ['\u0000', 0], ['\\x', 0], ['\\ud800', 0], ['\\u12', 0], ['"', 1]] as const) {
        const text = `["${'a'.repeat(length)}${part}","${'b'.repeat(length)}"]`
        // the place of what is wrong, or of what follows it
        expect(() => parse(text), text).toThrow(expect.objectContaining({ code: 'malformed-json', message: expect.stringContaining(`at character ${2 + length + at}:`) as string }))
      }
      expect(() => parse(`["${'a'.repeat(length)}`)).toThrow(refused)
    }
  })

  test('refuses what JSON.parse refuses', () => {
    const noise = fc.string({ unit: fc.constantFrom(...'{}[]",:\\u0018d-+.eE truefalsn\n'), maxLength: 12 })
    fc.assert(fc.property(noise, (text) => {
      let value: unknown
      try {
        value = JSON.parse(text)
      } catch {
        expect(() => parse(text)).toThrow(refused)
        return
      }
      expect(plain(parse(text))).toEqual(value)
    }), { numRuns: 5000 })
  })

  test('parsing and writing give the same text back, number text and order included', () => {
    const text = '{"b":1.0,"a":[-0,1E+2,12345678901234567890],"1":"\\n\\u0001é😀/","__proto__":{"toString":null},"":true}'
    expect(stringifyJson(parse(text))).toBe(text)
    fc.assert(fc.property(fc.json(), (json) => {
      const compact = JSON.stringify(JSON.parse(json))
      expect(stringifyJson(parse(compact))).toBe(compact)
    }))
  })

  test('escapes are read', () => {
    expect(parse('"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\ude00"')).toBe('"\\/\b\f\n\r\té😀')
  })

  test.each([['the same spelling', '{"a":1,"b":2,"a":1}'], ['an escape', '{"a":1,"\\u0061":2}'], ['deeper', '[{"x":{"a":1,"a":1}}]'], ['__proto__', '{"__proto__":1,"__proto__":1}']])(
    'T7: refuses a name that stands twice: %s', (_, text) => {
      expect(() => parse(text)).toThrow(refused)
      expect(() => parse(text)).toThrow(/twice/)
    })

  test('T8: __proto__ is a name like any other', () => {
    const value = parse('{"__proto__":{"admin":true}}')
    expect(isJsonObject(value) && [...value.keys()]).toEqual(['__proto__'])
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined()
  })

  test('T10: refuses bytes that are no UTF-8, and a BOM', () => {
    expect(() => parseJson(Uint8Array.of(0x22, 0xff, 0x22))).toThrow(refused)
    expect(() => parse('\ufeff{}')).toThrow(refused)
  })

  test.each(['"\\ud83d"', '"\\ude00"', '"\\ud83d\\ud83d"', '"\\ude00\\ud83d"', '"\\ud83dx\\ude00"', '"\\ud83d\\n"'])('refuses half of a surrogate pair: %s', (text) => {
    expect(() => parse(text)).toThrow(refused)
  })

  test('T11: depth is capped, and the cap costs nothing and no stack', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
    expect(stringifyJson(parse(nested(LIMITS.jsonDepth)))).toBe(nested(LIMITS.jsonDepth))
    expect(() => parse(nested(LIMITS.jsonDepth + 1))).toThrow(refused)
    expect(() => parse('['.repeat(4 * 1024 * 1024))).toThrow(/64 levels/)
    expect(() => parse('{"a":'.repeat(500_000))).toThrow(/64 levels/)
    expect(parse(`[${'[],'.repeat(100)}[]]`)).toHaveLength(101)
  })

  test('the message says where, and quotes nothing that could move a cursor', () => {
    expect(() => parse('{"a":tru}')).toThrow('at character 5: a value is expected')
    expect(() => parse('{"\u202e\\u001b[2J":1,"\u202e\\u001b[2J":1}')).toThrow('the name "\\u{202e}\\u{1b}[2J" stands twice')
  })
})

test('a JsonNumber holds a number only', () => {
  expect(new JsonNumber('1e400').text).toBe('1e400')
  for (const text of ['', '01', '1.', '.5', '+1', 'NaN', '1,2', ' 1', '1\n']) expect(() => new JsonNumber(text)).toThrow(expect.objectContaining({ code: 'malformed' }))
})

test('a lone surrogate is not written', () => {
  expect(() => stringifyJson(['\ud800'])).toThrow(expect.objectContaining({ code: 'malformed' }))
  expect(() => stringifyJson(new Map([['\ud800', null]]))).toThrow(expect.objectContaining({ code: 'malformed' }))
})
