import { describe, expect, test } from 'vitest'
import { utf8Encode } from '../../src/base/bytes.ts'
import { parseStatement, type Statement } from '../../src/envelope/statement.ts'

const V1 = { _type: 'https://in-toto.io/Statement/v1', subject: [{ digest: { sha256: 'ab' } }], predicateType: 'https://example.com/p', predicate: { a: 1 } }
const read = (statement: object): Statement => parseStatement(utf8Encode(JSON.stringify(statement)))

describe('in-toto statements', () => {
  test.each(['https://in-toto.io/Statement/v0.1', 'https://in-toto.io/Statement/v1'])('%s', (_type) => {
    const { subjects, predicateType } = read({ ...V1, _type, subject: [{ name: 'a', digest: { sha256: 'ab', gitCommit: 'cd' } }, { digest: { sha512: 'ef' }, annotations: { x: true } }], more: 1 })
    expect(predicateType).toBe('https://example.com/p')
    expect(subjects.map(({ name, digest }) => [name, ...digest])).toEqual([['a', ['sha256', 'ab'], ['gitCommit', 'cd']], [null, ['sha512', 'ef']]])
  })

  test('an absent predicate is null', () => {
    expect(read({ ...V1, predicate: undefined }).predicate).toBeNull()
  })

  test.each([
    ['T28: another type', { ...V1, _type: 'https://in-toto.io/Statement/v2' }], ['T28: no type', { ...V1, _type: undefined }], ['T28: no predicate type', { ...V1, predicateType: '' }],
    ['T28: no subject', { ...V1, subject: [] }], ['a subject without a digest', { ...V1, subject: [{ name: 'a' }] }], ['a digest that is a number', { ...V1, subject: [{ digest: { sha256: 1 } }] }],
    ['T6: a name in two spellings', { ...V1, Subject: V1.subject }], ['T49: 1,025 subjects', { ...V1, subject: Array.from({ length: 1_025 }, () => V1.subject[0]) }],
  ])('%s', (_, statement) => {
    expect(() => read(statement)).toThrow(expect.objectContaining({ code: 'malformed' }) as Error)
  })

  test('T49: 1,024 subjects', () => {
    expect(read({ ...V1, subject: Array.from({ length: 1_024 }, () => V1.subject[0]) }).subjects).toHaveLength(1_024)
  })

  test('T28: what does not parse', () => {
    expect(() => parseStatement(utf8Encode('{"_type":'))).toThrow(expect.objectContaining({ code: 'malformed-json' }) as Error)
  })
})
