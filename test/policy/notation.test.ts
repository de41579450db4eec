import { describe, expect, it } from 'vitest'
import { utf8Encode } from '../../src/base/bytes.ts'
import { parseReference } from '../../src/oci/reference.ts'
import { policyFromNotation } from '../../src/policy/notation.ts'
import { parsePolicy } from '../../src/policy/parse.ts'
import { entryFor } from '../../src/policy/policy.ts'
import { makeParty, makeRoot } from '../notation/kit.ts'
import { pem } from '../sigstore/kit/keys.ts'
import { conforms } from '../schemas.ts'

const root = pem('CERTIFICATE', makeRoot('one').der)
const other = makeRoot('two').der
const stores = { 'ca:one': [root], 'ca:two': [other], 'tsa:clock': [root], 'signingAuthority:service': [root] }
const SUBJECT = 'x509.subject: C=US, ST=WA, O=Vendor'
const statement = { name: 'images', registryScopes: ['registry.example/acme/app'], signatureVerification: { level: 'strict' }, trustStores: ['ca:one'], trustedIdentities: [SUBJECT] }
const document = (...changes: readonly object[]): string => JSON.stringify({ version: '1.0', trustPolicies: changes.map((change) => ({ ...statement, ...change })) })
const read = (...changes: readonly object[]): ReturnType<typeof policyFromNotation> => policyFromNotation({ trustPolicy: document(...changes), stores })

describe('notation\'s trust policy', () => {
  it('becomes a policy of ours, and the same as a file', async () => {
    const { policy, file } = await read({ trustStores: ['ca:one', 'ca:two', 'tsa:clock', 'signingAuthority:service'], trustedIdentities: [SUBJECT, 'x509.subject: CN=b,O=B,ST=BE,C=DE'], signatureVerification: { level: 'strict', verifyTimestamp: 'afterCertExpiry' } })
    const [entry] = policy.entries
    expect([...(entry?.signers.keys() ?? [])]).toEqual(['C=US,O=Vendor,ST=WA', 'C=DE,CN=b,O=B,ST=BE'])
    expect(entry?.require).toMatchObject({ threshold: 1, coverage: 'all', from: ['C=US,O=Vendor,ST=WA', 'C=DE,CN=b,O=B,ST=BE'] })
    const [signer] = entry?.signers.values() ?? []
    expect(signer?.kind === 'x509' && [signer.roots.length, signer.signingAuthorities.length, signer.tsa.length, signer.verifyTimestamp]).toEqual([2, 1, 1, 'afterCertExpiry'])
    conforms('policy.v1', file)
    expect((await parsePolicy(JSON.stringify(file))).digest).toBe(policy.digest)
  })

  it('decides by the exact scope, then by *, else not at all', async () => {
    const { policy } = await read({ name: 'app' }, { name: 'rest', registryScopes: ['*'], trustedIdentities: ['*'] })
    const nameFor = (reference: string, of: typeof policy): string | undefined => entryFor(of, parseReference(reference).repository)?.name
    expect(nameFor('registry.example/acme/app:1', policy)).toBe('app')
    expect(nameFor('registry.example/acme/app2:1', policy)).toBe('rest')
    expect(nameFor('registry.example/acme/app/x:1', policy)).toBe('rest')
    expect(nameFor('registry.example/acme/other:1', (await read({})).policy)).toBe(undefined)
  })

  it('takes every certificate of the authorities for *, and says so in the file', async () => {
    const { file } = await read({ trustedIdentities: ['*'] })
    expect(file.policies[0]?.signers).toEqual({ '*': { x509: { roots: [root], anySubject: true } } })
  })

  it('reads stores in DER and PEM, and one authority in two stores', async () => {
    const { policy } = await policyFromNotation({ trustPolicy: utf8Encode(document({ trustStores: ['ca:one', 'ca:two'] })), stores: { 'ca:one': [utf8Encode(root), other], 'ca:two': [other] } })
    const [signer] = policy.entries[0]?.signers.values() ?? []
    expect(signer?.kind === 'x509' && signer.roots.map(({ der }) => der.length)).toHaveLength(3)
  })

  it('is judged as strict at other levels, and says what those would tolerate', async () => {
    const notesFor = async (signatureVerification: object): Promise<readonly string[]> => (await read({ signatureVerification })).notes
    expect(await notesFor({ level: 'strict' })).toEqual([expect.stringContaining('Revocation')])
    expect((await notesFor({ level: 'permissive' }))[1]).toMatch(/"images".*permissive.*authenticTimestamp, expiry and go on; here it is enforced/)
    expect((await notesFor({ level: 'audit' }))[1]).toContain('authenticity, authenticTimestamp, expiry')
    expect((await notesFor({ level: 'audit', override: { authenticity: 'enforce', expiry: 'enforce' } }))[1]).toContain('check of authenticTimestamp and')
    expect((await notesFor({ level: 'strict', override: { expiry: 'log', revocation: 'skip' } }))[1]).toContain('check of expiry and')
    const [strict, audit] = [await read({}), await read({ signatureVerification: { level: 'audit' } })]
    expect(audit.policy.digest).toBe(strict.policy.digest)
  })

  it.each<readonly [string, object, string]>([
    ['the level skip', { signatureVerification: { level: 'skip' }, trustStores: [], trustedIdentities: [] }, '"skip"'],
    ['a level that nobody knows', { signatureVerification: { level: 'lax' } }, 'signatureVerification.level'],
    ['no level', { signatureVerification: {} }, 'signatureVerification.level'],
    ['an unknown field', { scopes: ['x'] }, '"scopes"'],
    ['an unknown field in signatureVerification', { signatureVerification: { level: 'strict', revocation: 'skip' } }, '"revocation"'],
    ['an override of integrity', { signatureVerification: { level: 'strict', override: { integrity: 'log' } } }, '"integrity"'],
    ['a check that is skipped', { signatureVerification: { level: 'strict', override: { expiry: 'skip' } } }, 'skips "expiry"'],
    ['no stores', { trustStores: [] }, 'no trustStores'],
    ['no identities', { trustedIdentities: undefined }, 'no trustedIdentities'],
    ['a store that is empty', { trustStores: ['ca:three'] }, '"ca:three"'],
    ['a store of another kind', { trustStores: ['ca:one', 'pgp:x'] }, '"pgp:x"'],
    ['a store outside of its folder', { trustStores: ['ca:one', 'ca:../x'] }, '"ca:../x"'],
    ['timestamps alone', { trustStores: ['tsa:clock'] }, 'without one of type ca'],
    ['verifyTimestamp without timestamps', { signatureVerification: { level: 'strict', verifyTimestamp: 'always' } }, 'verifyTimestamp'],
    ['other identities beside *', { trustedIdentities: ['*', SUBJECT] }, 'beside *'],
    ['an identity of a plugin', { trustedIdentities: ['acme.id: x'] }, '"acme.id: x"'],
    ['a subject without C, ST and O', { trustedIdentities: ['x509.subject: C=US, O=Vendor'] }, 'without ST'],
    ['a subject that is none', { trustedIdentities: ['x509.subject: C=US, ST=WA, O=*'] }, 'identity that is not read'],
    ['other scopes beside *', { registryScopes: ['*', 'registry.example/a'] }, 'beside *'],
    ['a pattern of scopes', { registryScopes: ['registry.example/*'] }, 'registry scope'],
    ['a scope without its registry', { registryScopes: ['acme/app'] }, 'registry scope'],
    ['a scope with a tag', { registryScopes: ['registry.example/app:1'] }, 'scope'],
  ])('refuses %s', async (_, change, where) => {
    await expect(read(change)).rejects.toMatchObject({ code: 'bad-policy', message: expect.stringContaining(where) as string })
  })

  it('refuses a document of another form', async () => {
    const of = (trustPolicy: string): ReturnType<typeof policyFromNotation> => policyFromNotation({ trustPolicy, stores })
    for (const text of ['{', '{"version":"1.0","version":"1.0","trustPolicies":[]}', '{"version":"2.0","trustPolicies":[]}', document(), document({}).replace('{', '{"x":1,')]) await expect(of(text)).rejects.toMatchObject({ code: 'bad-policy' })
    await expect(read({}, { registryScopes: ['*'] })).rejects.toThrow('stands twice')
    await expect(read({}, { name: 'again' })).rejects.toThrow('stands twice')
  })
})

describe('an x509 signer of a policy', () => {
  const of = (...signers: readonly object[]): Promise<unknown> => parsePolicy(JSON.stringify({ version: 1, policies: [{ name: 'p', scopes: ['*'], signers: Object.fromEntries(signers.map((signer, i) => [`s${i}`, signer])) }] }))
  const vendor = { roots: [root], subject: 'C=US, O=Vendor' }

  it.each<readonly [string, readonly object[], string]>([
    ['* as its subject', [{ x509: { ...vendor, subject: '*' } }], '"anySubject"'],
    ['* as an attribute', [{ x509: { ...vendor, subject: 'C=US, O=*' } }], 'every value is exact'],
    ['no subject', [{ x509: { roots: [root] } }], 'exactly one of "subject" and "anySubject"'],
    ['both', [{ x509: { ...vendor, anySubject: true } }], 'exactly one of'],
    ['no roots', [{ x509: { subject: 'C=US' } }], 'names no "roots"'],
    ['an empty list of roots', [{ x509: { ...vendor, roots: [] } }], 'roots'],
    ['a root that is none', [{ x509: { ...vendor, roots: ['x'] } }], 'no PEM certificate'],
    ['a root that is broken', [{ x509: { ...vendor, roots: [root.replace('M', 'A')] } }], 'cannot be used'],
    ['a leaf as its root', [{ x509: { ...vendor, roots: [pem('CERTIFICATE', makeParty('one').leaf.der)] } }], 'neither an authority'],
    ['a log', [{ x509: vendor, log: true }], '"log": true'],
    ['an issuer beside it', [{ x509: vendor, issuer: 'x' }], '"issuer"'],
    ['keys beside it', [{ x509: vendor, keys: [{ key: 'x' }] }], 'exactly one of'],
    ['one root with one subject twice', [{ x509: vendor }, { x509: { roots: [pem('CERTIFICATE', other), root], subject: 'O=Vendor,C=US' } }], 'names one root with one subject twice, for "s0" and "s1"'],
    ['an unknown field', [{ x509: { ...vendor, crl: true } }], '"crl"'],
  ])('is refused with %s', async (_, signers, where) => {
    await expect(of(...signers)).rejects.toMatchObject({ code: 'bad-policy', message: expect.stringContaining(where) as string })
  })

  it('may share a root or a subject with another', async () => {
    await of({ x509: vendor }, { x509: { ...vendor, subject: 'C=US, O=Other' } }, { x509: { ...vendor, roots: [pem('CERTIFICATE', other)] } })
  })
})
