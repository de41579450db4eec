import { describe, expect, it } from 'vitest'
import { stringifyJson, type JsonValue } from '../../src/base/json.ts'
import { utf8Encode } from '../../src/base/bytes.ts'
import { parseYaml } from '../../src/base/yaml.ts'

const read = (text: string): unknown[] => parseYaml(utf8Encode(text)).map((value: JsonValue) => JSON.parse(stringifyJson(value)) as unknown)

describe('the part of YAML that manifests are written in', () => {
  it('reads mappings, lists, texts and numbers', () => {
    expect(read([
      '# a comment', 'apiVersion: v1', 'metadata:', '  name: "a b" # more', '  labels: {a: b, "c d": \'it\'\'s\', n: 1}', 'spec:', '  list:', '  - a: 1', '    b: [x, "y, z", -2.5e3]', '  -', '    c: true', '  - - deep', '    - er',
      '  - plain: http://x/y#z', '  none:', '  empty: []', '  tilde: ~', '  glob: "**"', '  version: 1.2.3', '  -dash: x',
    ].join('\n'))).toEqual([{
      apiVersion: 'v1', metadata: { name: 'a b', labels: { a: 'b', 'c d': "it's", n: 1 } },
      spec: { list: [{ a: 1, b: ['x', 'y, z', -2500] }, { c: true }, ['deep', 'er'], { plain: 'http://x/y#z' }], none: null, empty: [], tilde: null, glob: '**', version: '1.2.3', '-dash': 'x' },
    }])
  })

  it('reads blocks of text', () => {
    expect(read('a: |\n  one\n    two\n\n  three\n\nb: |-\n  x\nc: >-\n  x\n  y\nd:\n- |\n  k\n- z\ne: |+\n  x\n\n')).toEqual([{ a: 'one\n  two\n\nthree\n', b: 'x', c: 'x y', d: ['k\n', 'z'], e: 'x\n\n\n' }])
  })

  it('reads several documents, and JSON', () => {
    expect(read('---\na: 1\n---\n# nothing\n---\n- b\n...\n')).toEqual([{ a: 1 }, ['b']])
    expect(read('{"a": ["b", {"c": null}]}')).toEqual([{ a: ['b', { c: null }] }])
  })

  it.each([
    ['an anchor', 'a: &x 1'], ['an alias', 'a: *x'], ['a star that is no text', 'a: *'], ['a tag', 'a: !!str 1'], ['a merge key', 'a:\n  <<: b'], ['a directive', '%YAML 1.2\n---\na: 1'], ['a tab', 'a:\n\tb: 1'],
    ['a name twice', 'a: 1\na: 2'], ['a name twice in braces', '{a: 1, a: 2}'], ['yes', 'a: yes'], ['Off', 'a: Off'], ['octal', 'a: 0123'], ['hexadecimal', 'a: 0x1f'], ['a number with _', 'a: 1_000'], ['a time', 'a: 12:30:00'],
    ['a date', 'a: 2026-01-01'], ['infinity', 'a: .inf'], ['+1', 'a: +1'], ['a text over lines', 'a: b\n  c'], ['a quoted text over lines', 'a: "b\n  c"'], ['a list over lines', 'a: [b,\n  c]'], ['a colon in a text', 'a: b: c'],
    ['something behind a text', 'a: "b" c'], ['an indentation of its own', 'a:\n    b: 1\n  c: 2'], ['a complex key', '? a\n: b'], ['a bare word after a mapping', 'a: 1\nb'], ['an indentation indicator', 'a: |2\n  x'], ['a joined text with a gap', 'a: >\n  x\n\n  y'],
    ['an escape that is not read', 'a: "\\x41"'], ['a document behind its mark', '--- a: 1\n'], ['a reserved sign', 'a: @x'], ['a name that is a number', '1: a'], ['a name that is null', 'null: a'], ['a gap in a list', '[, a]'], ['a block of text alone', '|\n  a'], ['an empty line that goes in further', 'a: |\n    \n  b'], ['depth', `${'['.repeat(70)}${']'.repeat(70)}`], ['depth of lists', '- '.repeat(70)],
  ])('refuses %s', (_, text) => {
    expect(() => parseYaml(utf8Encode(text))).toThrow(expect.objectContaining({ code: 'malformed' }) as Error)
  })
})
