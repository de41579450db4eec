import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hexDecode, utf8Encode } from '../../src/base/bytes.ts'
import { canonicalJson, canonicalJsonOf } from '../../src/base/canonical-json.ts'
import { parseJson } from '../../src/base/json.ts'

const malformed = expect.objectContaining({ code: 'malformed' })

test('RFC 8785, 3.2.2 and 3.2.4: the sample and its bytes', () => {
  const text = '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}'
  const bytes = '7b226c69746572616c73223a5b6e756c6c2c747275652c66616c73655d2c226e756d62657273223a5b3333333333333333332e333333333333332c'
    + '31652b33302c342e352c302e3030322c31652d32375d2c22737472696e67223a22e282ac245c75303030665c6e4127425c225c5c5c5c5c222f227d'
  expect(utf8Encode(canonicalJsonOf(parseJson(utf8Encode(text))))).toEqual(hexDecode(bytes))
  expect(utf8Encode(canonicalJson(JSON.parse(text)))).toEqual(hexDecode(bytes))
})

test('RFC 8785, 3.2.3: names in the order of UTF-16 code units', () => {
  const text = '{"\\u20ac":"Euro Sign","\\r":"Carriage Return","\\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\\ud83d\\ude00":"Emoji: Grinning Face","\\u0080":"Control","\\u00f6":"Latin Small Letter O With Diaeresis"}'
  const order = ['Carriage Return', 'One', 'Control', 'Latin Small Letter O With Diaeresis', 'Euro Sign', 'Emoji: Grinning Face', 'Hebrew Letter Dalet With Dagesh']
  const found = [...canonicalJsonOf(parseJson(utf8Encode(text))).matchAll(/:"([^"]*)"/g)].map((match) => match[1])
  expect(found).toEqual(order)
  expect(canonicalJson(JSON.parse(text))).toBe(canonicalJsonOf(parseJson(utf8Encode(text))))
})

test.each([
  ['0000000000000000', '0'], ['8000000000000000', '0'], ['0000000000000001', '5e-324'], ['8000000000000001', '-5e-324'], ['7fefffffffffffff', '1.7976931348623157e+308'],
  ['4340000000000000', '9007199254740992'], ['c340000000000000', '-9007199254740992'], ['4430000000000000', '295147905179352830000'], ['44b52d02c7e14af5', '9.999999999999997e+22'],
  ['44b52d02c7e14af6', '1e+23'], ['444b1ae4d6e2ef4e', '999999999999999700000'], ['444b1ae4d6e2ef50', '1e+21'], ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'], ['3eb0c6f7a0b5ed8d', '0.000001'],
  ['41b3de4355555553', '333333333.3333332'], ['becbf647612f3696', '-0.0000033333333333333333'],
])('RFC 8785, appendix B: %s is %s', (bits, text) => {
  const value = new DataView(hexDecode(bits).buffer).getFloat64(0)
  expect(canonicalJson(value)).toBe(text)
  expect(canonicalJsonOf(parseJson(utf8Encode(text)))).toBe(text)
})

test('what has no JSON form is refused', () => {
  for (const value of [undefined, Number.NaN, Infinity, '\ud800', { '\udc00': 1 }, { a: undefined }, [undefined], new Map(), new Date(0), 1n, () => 1, Symbol('x'), new Uint8Array(1)]) {
    expect(() => canonicalJson(value)).toThrow(malformed)
  }
  expect(() => canonicalJson(Array.from({ length: 2 }))).toThrow(malformed)
  expect(() => canonicalJsonOf(parseJson(utf8Encode('1e400')))).toThrow(malformed)
})

test('canonical text is a fixed point', () => {
  fc.assert(fc.property(fc.json(), (json) => {
    const canonical = canonicalJson(JSON.parse(json))
    expect(canonicalJson(JSON.parse(canonical))).toBe(canonical)
    expect(canonicalJsonOf(parseJson(utf8Encode(canonical)))).toBe(canonical)
  }))
})
