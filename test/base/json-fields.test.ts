import { describe, expect, test } from 'vitest'
import { utf8Encode } from '../../src/base/bytes.ts'
import { parseJson, type JsonObject, type JsonValue } from '../../src/base/json.ts'
import { arrayField, fixedObject, foldCase, optionalArray, optionalString, sizeField, stringField, stringMap } from '../../src/base/json-fields.ts'

const parse = (text: string): JsonValue => parseJson(utf8Encode(text))
const object = (text: string): JsonObject => fixedObject(parse(text), [], 'it')
const malformed = expect.objectContaining({ code: 'malformed' })

describe('fixedObject', () => {
  test('unknown names are kept', () => {
    expect([...fixedObject(parse('{"size":1,"x":2}'), ['size'], 'it').keys()]).toEqual(['size', 'x'])
  })

  test.each([
    ['a known name in other case', '{"Manifests":[]}'],
    ['a known name in both cases', '{"manifests":[],"MANIFESTS":[]}'],
    ['the same, the other first', '{"MANIFESTS":[],"manifests":[]}'],
    ['U+017F for s', '{"manife\u017fts":[]}'],
    ['U+212A for k', '{"to\u212Aen":1}'],
    ['two unknown names', '{"x":1,"X":1}'],
    ['two unknown names, not ASCII', '{"é":1,"É":1}'],
  ])('T6: refuses %s', (_, text) => {
    expect(() => fixedObject(parse(text), ['manifests', 'token'], 'it')).toThrow(malformed)
  })

  test.each(['null', '[]', '"x"', '1', 'true'])('refuses %s', (text) => {
    expect(() => fixedObject(parse(text), [], 'config')).toThrow(/^config is .*, not an object\.$/)
  })

  test('refuses what is missing', () => {
    expect(() => fixedObject(undefined, [], 'config')).toThrow('config is missing, not an object.')
  })
})

test('T6: folding is Unicode simple case folding, as Go has it', () => {
  // JavaScript's /iu compares by the same folding, so it is the judge, for each ASCII letter against every code point.
  for (let point = 0; point <= 0x1ffff; point++) {
    if (point >= 0xd800 && point <= 0xdfff) continue
    const char = String.fromCodePoint(point)
    const folded = foldCase(char)
    const judged = /^[a-z]$/iu.test(char)
    if (judged !== /^[a-z]$/.test(folded)) expect.fail(`U+${point.toString(16)} folds to ${folded}`)
    if (folded !== char && !new RegExp(`^\\u{${folded.codePointAt(0)?.toString(16)}}$`, 'iu').test(char)) expect.fail(`U+${point.toString(16)} must not fold to ${folded}`)
  }
  expect(foldCase('ΣΑΣ')).toBe(foldCase('σας'))
  expect(foldCase('ß')).not.toBe('ss')
})

describe('fields', () => {
  const it = object('{"s":"text","n":null,"list":[1],"number":5,"o":{}}')

  test('strings', () => {
    expect(stringField(it, 's', 'it')).toBe('text')
    expect(() => stringField(it, 'number', 'it')).toThrow('it.number is the number "5", not a string.')
    expect(() => stringField(it, 'none', 'manifests[3]')).toThrow('manifests[3].none is missing, not a string.')
    expect([optionalString(it, 's', 'it'), optionalString(it, 'n', 'it'), optionalString(it, 'none', 'it')]).toEqual(['text', null, null])
    expect(() => optionalString(it, 'list', 'it')).toThrow(malformed)
  })

  test('T15: lists; null or missing is refused where one is needed', () => {
    expect(arrayField(it, 'list', 'it')).toHaveLength(1)
    for (const name of ['n', 'none', 's', 'o']) expect(() => arrayField(it, name, 'it')).toThrow(malformed)
    expect([optionalArray(it, 'n', 'it'), optionalArray(it, 'none', 'it')]).toEqual([null, null])
    expect(() => optionalArray(it, 'o', 'it')).toThrow(malformed)
  })

  test.each(['0', '1', '4096', '9007199254740991'])('T9: size %s', (text) => {
    expect(sizeField(object(`{"size":${text}}`), 'size', 'it')).toBe(Number(text))
  })

  test.each(['-1', '-0', '1e2', '1.0', '0.5', '9007199254740992', '9007199254740993', '1e400', '99999999999999999999999', '"1"', 'null', '[1]'])('T9: size %s is refused', (text) => {
    expect(() => sizeField(object(`{"size":${text}}`), 'size', 'it')).toThrow(malformed)
  })

  test('T10: a map of strings', () => {
    expect([...stringMap(parse('{"a":"1","A":"2","__proto__":"3"}'), 'annotations')]).toEqual([['a', '1'], ['A', '2'], ['__proto__', '3']])
    expect(stringMap(undefined, 'it').size + stringMap(null, 'it').size).toBe(0)
    for (const text of ['{"a":1}', '{"a":null}', '{"a":"x","b":["y"]}', '[]', '"x"']) expect(() => stringMap(parse(text), 'it')).toThrow(malformed)
  })

  test('T60: what is quoted is cut short and escaped', () => {
    const long = `\u001b[2J\n${'x'.repeat(500)}`
    let message = ''
    try {
      sizeField(new Map([['size', long]]), 'size', 'it')
    } catch (error) {
      message = String(error)
    }
    expect(message).toMatch(/^[\x20-\x7e…]{50,250}$/)
  })
})
