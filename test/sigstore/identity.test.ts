import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { utf8Encode } from '../../src/base/bytes.ts'
import { writeDer } from '../../src/base/der.ts'
import * as TAG from '../../src/base/der-tags.ts'
import { EXTENSION_NAMES, matchesIdentity, matchesPattern, readIdentity, type IdentityFacts, type IdentityRequirement } from '../../src/sigstore/identity.ts'
import { parseCertificate } from '../../src/x509/certificate.ts'
import { keylessFixture } from '../x509/keyless-fixture.ts'
import { CODE_SIGNING, extendedKeyUsage, keyUsage, subjectAltName, type Extension } from './kit/certificate.ts'
import { writeUtf8 } from './kit/der.ts'
import { fulcioExtension, GITHUB_CLAIMS, IDENTITY, ISSUER, issueLeaf, makeAuthority, san, type LeafChoices } from './kit/fulcio.ts'
import { randomFrom } from './kit/random.ts'

const random = randomFrom('identity')
const fulcio = makeAuthority(random, { kind: 'P-256' })
const facts = (choices: LeafChoices = {}): IdentityFacts => readIdentity(parseCertificate(issueLeaf(fulcio, random, choices).der))
const withExtensions = (...extensions: readonly Extension[]): IdentityFacts => (
  facts({ fields: { extensions: [keyUsage('digitalSignature'), extendedKeyUsage([CODE_SIGNING]), subjectAltName([san.uri(IDENTITY)]), ...extensions] } })
)
const bad = expect.objectContaining({ code: 'bad-certificate' })

describe('readIdentity', () => {
  test.each([
    ['keyless-email', 'email', 'release@acme.example.com', 'https://accounts.example.com'],
    ['keyless-username', 'username', 'builder!machines.example.com', 'https://machines.example.com'],
    ['keyless-ci', 'uri', 'https://github.example.com/acme/web/.github/workflows/release.yml@refs/tags/v1.4.0', 'https://token.actions.example.com'],
  ])('%s', async (name, kind, identity, issuer) => {
    expect(readIdentity((await keylessFixture(name)).leaf)).toMatchObject({ kind, identity, issuer })
  })

  test('all that Fulcio writes of a workflow', async () => {
    const { leaf, extensions } = await keylessFixture('keyless-ci')
    const read = Object.fromEntries(readIdentity(leaf).extensions)
    expect(Object.values(read).sort()).toEqual(Object.values(extensions).sort())
    expect(new Set(Object.keys(read))).toEqual(EXTENSION_NAMES)
    expect(read).toMatchObject({
      issuer: 'https://token.actions.example.com', githubWorkflowTrigger: 'push', githubWorkflowName: 'Release', githubWorkflowRepository: 'acme/web', githubWorkflowRef: 'refs/tags/v1.4.0',
      runnerEnvironment: 'github-hosted', sourceRepositoryURI: 'https://github.example.com/acme/web', sourceRepositoryIdentifier: '4711', sourceRepositoryOwnerIdentifier: '42',
      runInvocationURI: 'https://github.example.com/acme/web/actions/runs/8675309/attempts/1', deploymentEnvironment: 'production', tokenSubject: 'repo:acme/web:ref:refs/tags/v1.4.0',
    })
  })

  test.each<[string, LeafChoices]>([
    ['two names', { names: [san.uri(IDENTITY), san.email('a@b.test')] }], ['a name of another kind', { names: [san.dns('b.test')] }], ['two names of one kind', { names: [san.email('a@b.test'), san.email('a@c.test')] }],
  ])('T37: refuses %s', (_, choices) => {
    expect(() => facts(choices)).toThrow(bad)
  })

  test('the issuer in either form; two that differ are none', () => {
    expect(withExtensions(fulcioExtension(1, ISSUER)).issuer).toBe(ISSUER)
    expect(withExtensions(fulcioExtension(8, ISSUER)).issuer).toBe(ISSUER)
    expect(() => withExtensions(fulcioExtension(1, ISSUER), fulcioExtension(8, `${ISSUER}/`))).toThrow(/two issuers/)
    expect(() => withExtensions()).toThrow(/no issuer/)
  })

  test.each<[string, Extension]>([
    ['raw text where DER belongs', { ...fulcioExtension(8, ISSUER), value: utf8Encode(ISSUER) }],
    ['another type', { ...fulcioExtension(8, ISSUER), value: writeDer(TAG.ia5String, utf8Encode(ISSUER)) }],
    ['bytes that are no UTF-8', { ...fulcioExtension(8, ISSUER), value: writeDer(TAG.utf8String, Uint8Array.of(0xc0, 0xaf)) }],
    ['bytes that are no UTF-8, raw', { ...fulcioExtension(1, ISSUER), value: Uint8Array.of(0xff) }],
  ])('refuses an extension with %s', (_, extension) => {
    expect(() => withExtensions(extension)).toThrow(bad)
  })

  test('T38: an OID that would be cut to that of the issuer is not it', () => {
    expect(() => withExtensions({ oid: `1.3.6.1.4.1.57264.1.${8 + 2 ** 32}`, critical: false, value: writeUtf8(ISSUER) })).toThrow(/no issuer/)
  })
})

describe('matchesIdentity', () => {
  const workflow = facts({ claims: GITHUB_CLAIMS })
  const matches = (requirement: Partial<IdentityRequirement>): boolean => matchesIdentity(workflow, { issuer: ISSUER, ...requirement })

  test('identity and issuer, exactly', () => {
    expect(matches({ identity: IDENTITY })).toBe(true)
    for (const identity of [IDENTITY.slice(0, -1), `${IDENTITY}x`, IDENTITY.toUpperCase(), IDENTITY.replace('release.yml', '*'), '']) expect(matches({ identity })).toBe(false)
    for (const issuer of [`${ISSUER}/`, ISSUER.slice(0, -1), ISSUER.toUpperCase(), '']) expect(matches({ identity: IDENTITY, issuer })).toBe(false)
  })

  test('extensions, exactly, and those that are not there', () => {
    const need = (name: Parameters<typeof workflow.extensions.get>[0], value: string): boolean => matches({ identity: IDENTITY, extensions: new Map([[name, value]]) })
    expect(need('githubWorkflowRepository', 'sealdex-test/demo')).toBe(true)
    expect(need('githubWorkflowRepository', 'sealdex-test/*')).toBe(false)
    expect(need('deploymentEnvironment', 'production')).toBe(false)
    expect(need('deploymentEnvironment', '')).toBe(false)
  })

  test('one of identity and pattern has to be named', () => {
    expect(() => matches({})).toThrow(expect.objectContaining({ code: 'bad-option' }))
    expect(() => matches({ identity: IDENTITY, identityPattern: IDENTITY })).toThrow(expect.objectContaining({ code: 'bad-option' }))
  })

  test('a pattern, with the issuer as before', () => {
    const identityPattern = 'https://github.com/sealdex-test/*/.github/workflows/release.yml@refs/heads/main'
    expect(matches({ identityPattern })).toBe(true)
    expect(matches({ identityPattern, issuer: 'https://else.test' })).toBe(false)
  })
})

describe('matchesPattern', () => {
  test.each([
    ['https://a.test/*/c', 'https://a.test/b/c'], ['*@a.test', 'me@a.test'], ['a*b*c', 'abc'], ['a*b*c', 'aXbYbZc'], ['*', ''], ['*', 'anything'], ['a**b', 'aXb'], ['*/*', 'a/b'], ['plain', 'plain'], ['ab*ba', 'abba'],
  ])('%s fits %s', (pattern, text) => {
    expect(matchesPattern(pattern, text)).toBe(true)
  })

  test.each([
    ['T37: a dot is a dot', 'https://a.test/x', 'https://aXtest/x'], ['T37: the whole text, at its end', 'https://a.test/*', 'https://a.test/b/c'], ['T37: the whole text, at its start', '*@a.test', 'https://evil/me@a.test'],
    ['T37: what follows', 'me@a.test', 'me@a.test.evil'], ['T37: what follows a star', '*@a.test', 'me@a.test.evil'], ['T37: one segment', 'https://github.com/*/.github/x', 'https://github.com/evil/evil/.github/x'], ['T37: a host', 'https://*/x', 'https://a/b/x'],
    ['other signs of expressions', 'a+|b?(c)[d]$', 'aab'], ['pieces that would share letters', 'ab*ba', 'aba'], ['pieces in another order', 'a*b*c', 'acb'], ['a piece that is missing', 'a*x*c', 'abc'], ['empty pattern', '', 'a'], ['empty text', 'a*', ''],
    ['a slash too many', '*', 'a/'], ['the end alone', '*b', 'ba'], ['the start alone', 'b*', 'ab'],
  ])('%s: %s does not fit %s', (_, pattern, text) => {
    expect(matchesPattern(pattern, text)).toBe(false)
  })

  test('is what the expression [^/]* would be', () => {
    const letters = fc.stringMatching(/^[ab/*]{0,12}$/)
    fc.assert(fc.property(letters, fc.stringMatching(/^[ab/]{0,12}$/), (pattern, text) => {
      expect(matchesPattern(pattern, text)).toBe(new RegExp(`^${pattern.replaceAll('*', '[^/]*')}$`).test(text))
    }), { numRuns: 3000 })
  })

  test('T58: stars without end do not backtrack', () => {
    expect(matchesPattern(`${'a*'.repeat(2_000)}b`, 'a'.repeat(200_000))).toBe(false)
  })
})
