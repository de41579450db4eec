import { describe, expect, it } from 'vitest'
import { patternOf, signerOfIdentity } from '../../src/policy/import-identity.ts'
import { matchesPattern } from '../../src/sigstore/identity.ts'

describe('T37: regular expressions of others become patterns only where both mean the same', () => {
  it.each([
    ['^https://github\\.com/acme/app/\\.github/workflows/release\\.yml@refs/tags/[^/]*$', 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/*'],
    ['^a@b\\.example$', 'a@b.example'],
    ['^https://x/[^/]*/y-[^/]*$', 'https://x/*/y-*'],
    ['^a\\+b$', 'a+b'],
  ])('%s', (expression, pattern) => {
    expect(patternOf('It', expression)).toBe(pattern)
    const meant = new RegExp(expression)
    for (const text of [pattern.replaceAll('*', ''), pattern.replaceAll('*', 'v1.2-x'), pattern.replaceAll('*', 'a/b'), pattern.replaceAll('.', 'x').replaceAll('*', 'v1'), `${pattern.replaceAll('*', 'v')}/more`, `x${pattern}`]) {
      expect(matchesPattern(pattern, text), text).toBe(meant.test(text))
    }
  })

  it.each([
    ['not anchored', 'https://x/y'], ['anchored at the front alone', '^https://x/y'], ['anchored at the end alone', 'https://x/y$'], ['an end that is a dollar', '^x\\$'],
    ['a loose dot', '^https://github.com/x$'], ['anything', '^https://x/.*$'], ['one or more', '^https://x/[^/]+$'], ['lazy', '^https://x/[^/]*?$'], ['a choice', '^(a|b)$'], ['a choice without brackets', '^a$|^b$'], ['optional', '^https?://x$'],
    ['a class', '^[ab]$'], ['a class of names', '^\\w$'], ['a count', '^a{2}$'], ['flags', '^(?i)a$'], ['a star that is one', '^a\\*$'], ['a quoted span', '^\\Qa\\E$'], ['an anchor within', '^a^b$'], ['a boundary', '^\\ba$'],
  ])('%s is refused by name', (_, expression) => {
    expect(() => patternOf('It', expression)).toThrow(expect.objectContaining({ code: 'bad-policy', message: expect.stringContaining('regular expression "') as string }) as Error)
  })

  it('issuers are exact, and one of each is named', () => {
    expect(signerOfIdentity('It', { issuerRegExp: '^https://i\\.example$', subject: 'a' })).toEqual({ identity: 'a', issuer: 'https://i.example' })
    expect(signerOfIdentity('It', { issuer: 'i', subjectRegExp: '^a/[^/]*$' })).toEqual({ identityPattern: 'a/*', issuer: 'i' })
    for (const [given, where] of [[{ issuer: 'i' }, 'subject'], [{ subject: 's' }, 'issuer'], [{ issuer: 'i', issuerRegExp: 'i', subject: 's' }, 'exactly one of "issuer"'], [{ issuerRegExp: '^https://[^/]*$', subject: 's' }, 'an issuer is always exact'], [{ issuer: 'i', subject: '*@acme.example' }, 'wildcard']] as const) {
      expect(() => signerOfIdentity('It', given)).toThrow(where)
    }
  })
})
