import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseChallenges } from '../../src/source/challenge.ts'
import { parseNextLink } from '../../src/source/link.ts'

function plain(header: string): unknown {
  return parseChallenges(header)?.map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]) ?? null
}

test('what registries send', () => {
  expect(plain('Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"')).toEqual([
    ['bearer', { realm: 'https://auth.docker.io/token', service: 'registry.docker.io', scope: 'repository:a/b:pull,push' }],
  ])
  expect(plain('Basic realm="Registry Realm"')).toEqual([['basic', { realm: 'Registry Realm' }]])
  expect(plain('BASIC Realm=x , Bearer realm="a\\"b" ;'.replace(' ;', ''))).toEqual([['basic', { realm: 'x' }], ['bearer', { realm: 'a"b' }]])
  expect(plain('Negotiate, Bearer realm = "x", , service=y')).toEqual([['negotiate', {}], ['bearer', { realm: 'x', service: 'y' }]])
  expect(plain('Negotiate YWJj==, Basic realm="x"')).toEqual([['negotiate', {}], ['basic', { realm: 'x' }]])
  // by the grammar this is a token68, not a realm
  expect(plain('Bearer realm=')).toEqual([['bearer', {}]])
  expect(plain('')).toEqual([])
})

test.each(['Bearer realm="x', 'Bearer realm="a",realm="b"', 'Bearer realm="a" service="b"', 'Bearer =x', '"Bearer" x', 'Bearer realm="a",=b', `Bearer realm="${'x'.repeat(5_000)}"`, 'Bearer realm="\u0000"', 'Bearer\u00a0realm="x"'])('refused: %j', (header) => {
  expect(parseChallenges(header)).toBeNull()
})

test('next links', () => {
  const base = new URL('https://a.example/v2/x/referrers/y')
  const next = (header: string | null): unknown => {
    const link = parseNextLink(header, base)
    return link instanceof URL ? link.href : link
  }
  expect(next(null)).toBeNull()
  expect(next('<?last=1&n=2>; rel="next"')).toBe('https://a.example/v2/x/referrers/y?last=1&n=2')
  expect(next('<https://b.example/>; rel=prev, </z>; type="a,b"; REL=next')).toBe('https://a.example/z')
  expect(next('</z>; rel="prev next"')).toBe('https://a.example/z')
  expect(next('</z>; rel="nextish"')).toBeNull()
  expect(next('</z>; title="rel=next"')).toBeNull()
  for (const broken of ['x', '<a', '</a>; rel="next', '</a>; rel=next junk', '</a>; rel=next, </b>; rel=next', '<http://[>; rel=next', 'x'.repeat(9_000)]) expect(next(broken)).toBe('broken')
})

test('no header makes the parsers throw or hang', () => {
  const piece = fc.oneof(fc.constantFrom('Bearer ', 'realm="', '"', ',', '=', ' ', '<', '>', ';', 'rel=next', '\\', 'a', '=='), fc.string({ maxLength: 4 }))
  fc.assert(fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
    parseChallenges(pieces.join(''))
    parseNextLink(pieces.join(''), new URL('https://a.example/'))
  }))
})
