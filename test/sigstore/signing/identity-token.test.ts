import { describe, expect, test } from 'vitest'
import { base64UrlEncode, utf8Encode } from '../../../src/base/bytes.ts'
import type { IdentityFacts } from '../../../src/sigstore/identity.ts'
import { readIdentityToken } from '../../../src/sigstore/signing/identity-token.ts'
import type { JsonFields } from '../kit/json.ts'
import { NOW } from '../kit/window.ts'
import { EMAIL_CLAIMS, tokenWith } from './services.ts'

const WORKFLOW = 'acme/app/.github/workflows/release.yml@refs/heads/main'
const GITHUB: JsonFields = { iss: 'https://token.actions.githubusercontent.com', sub: 'repo:acme/app:ref:refs/heads/main', job_workflow_ref: WORKFLOW }

function facts(identity: string, kind: IdentityFacts['kind'], issuer: string, tokenSubject?: string): IdentityFacts {
  return { identity, kind, issuer, extensions: new Map(tokenSubject === undefined ? [] : [['tokenSubject', tokenSubject]]) }
}

describe('what a token says', () => {
  test('the principal is the address, else the subject', () => {
    expect(readIdentityToken(` ${tokenWith(EMAIL_CLAIMS)}\n`, NOW).principal).toBe('ada@example.com')
    expect(readIdentityToken(tokenWith(GITHUB), NOW).principal).toBe('repo:acme/app:ref:refs/heads/main')
  })

  test('the token stands in nothing that is printed', () => {
    const token = readIdentityToken(tokenWith(EMAIL_CLAIMS), NOW)
    expect(JSON.stringify(token)).toBe('{"principal":"ada@example.com"}')
    expect(token.secret()).toBe(tokenWith(EMAIL_CLAIMS))
  })

  const [header = '', , signature = ''] = tokenWith(EMAIL_CLAIMS).split('.')
  const around = (payload: string): string => `${header}.${base64UrlEncode(utf8Encode(payload))}.${signature}`
  test.each<readonly [string, string]>([
    ['is no JWT', ''], ['is no JWT', 'secret'], ['is no JWT', `${tokenWith(EMAIL_CLAIMS)}.x`], ['is no JWT', tokenWith(EMAIL_CLAIMS).replace('.', '.=')],
    ['has more than', `${tokenWith(EMAIL_CLAIMS)}${'A'.repeat(20_000)}`],
    ['has no claims', around('nothing')], ['has no claims', around('[]')], ['has no claims', around('{"iss":"a","iss":"b"}')],
    ['does not say until when', tokenWith({ ...EMAIL_CLAIMS, exp: 'soon' })], ['does not say until when', tokenWith({ ...EMAIL_CLAIMS, exp: -1 })],
    ['expired', tokenWith(EMAIL_CLAIMS, NOW - 600)], ['no claim iss', tokenWith({ sub: 'a' })], ['no claim sub', tokenWith({ iss: 'https://a.example' })], ['no claim sub', tokenWith({ iss: 'https://a.example', sub: '' })],
    ['its issuer did not verify', tokenWith({ ...EMAIL_CLAIMS, email_verified: false })], ['its issuer did not verify', tokenWith({ iss: 'https://a.example', sub: 'a', email: 'a@example.com' })],
    ['a claim email that is no text', tokenWith({ ...EMAIL_CLAIMS, email: ['a@example.com'] })],
  ])('%s', (why, text) => {
    const read = (): unknown => readIdentityToken(text, NOW)
    expect(read).toThrow(why)
    expect(read).toThrow(expect.objectContaining({ code: 'bad-token' }) as Error)
    try {
      read()
    } catch (error) {
      // of the texts above the longest piece that a message may share is a word
      for (let at = 0; at + 12 <= text.length; at++) expect((error as Error).message).not.toContain(text.slice(at, at + 12))
    }
  })
})

describe('which certificates are about it', () => {
  const FEDERATED: JsonFields = { ...EMAIL_CLAIMS, iss: 'https://oauth2.example/auth', federated_claims: { connector_id: 'https://accounts.example.com', user_id: '1' } }
  const URI: JsonFields = { iss: 'https://kubernetes.example', sub: 'system:serviceaccount:ci:builder' }
  test.each<readonly [boolean, string, JsonFields, IdentityFacts]>([
    [true, 'the address', EMAIL_CLAIMS, facts('ada@example.com', 'email', 'https://accounts.example.com', '1017')],
    [true, 'the address, by the issuer behind the issuer', FEDERATED, facts('ada@example.com', 'email', 'https://accounts.example.com')],
    [false, 'another address', EMAIL_CLAIMS, facts('ada@example.org', 'email', 'https://accounts.example.com')],
    [false, 'the address as a URI', EMAIL_CLAIMS, facts('ada@example.com', 'uri', 'https://accounts.example.com')],
    [false, 'another issuer', EMAIL_CLAIMS, facts('ada@example.com', 'email', 'https://accounts.example.org')],
    [false, 'another subject', EMAIL_CLAIMS, facts('ada@example.com', 'email', 'https://accounts.example.com', '1018')],
    [true, 'the workflow', GITHUB, facts(`https://github.com/${WORKFLOW}`, 'uri', GITHUB['iss'] as string, GITHUB['sub'] as string)],
    [false, 'another workflow', GITHUB, facts(`https://github.com/acme/other/${WORKFLOW}`, 'uri', GITHUB['iss'] as string, GITHUB['sub'] as string)],
    [false, 'the workflow of a repository whose name ends the same', GITHUB, facts(`https://github.com/x/${WORKFLOW}`, 'uri', GITHUB['iss'] as string)],
    [true, 'GitLab\'s pipeline', { iss: 'https://gitlab.com', sub: 'project_path:a/b', ci_config_ref_uri: 'gitlab.com/a/b//.gitlab-ci.yml@refs/heads/main' }, facts('https://gitlab.com/a/b//.gitlab-ci.yml@refs/heads/main', 'uri', 'https://gitlab.com')],
    [true, 'a user name', { iss: 'https://login.example', sub: 'ada' }, facts('ada!example.com', 'username', 'https://login.example')],
    [false, 'another user name', { iss: 'https://login.example', sub: 'ada' }, facts('adam!example.com', 'username', 'https://login.example')],
    [true, 'the subject itself', { iss: 'https://spiffe.example', sub: 'spiffe://example/ci' }, facts('spiffe://example/ci', 'uri', 'https://spiffe.example')],
    [true, 'a name that the authority makes, with the subject repeated', URI, facts('https://kubernetes.io/namespaces/ci/serviceaccounts/builder', 'uri', URI['iss'] as string, URI['sub'] as string)],
    [false, 'a name that nothing in the token explains', URI, facts('https://kubernetes.io/namespaces/ci/serviceaccounts/builder', 'uri', URI['iss'] as string)],
    [false, 'an address where the token has none', URI, facts('ada@example.com', 'email', URI['iss'] as string, URI['sub'] as string)],
  ])('%s: %s', (expected, _, claims, certificate) => {
    expect(readIdentityToken(tokenWith(claims), NOW).isAbout(certificate)).toBe(expected)
  })
})
