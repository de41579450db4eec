import { describe, expect, it } from 'vitest'
import { parseRepository } from '../../src/oci/reference.ts'
import { parsePolicy } from '../../src/policy/parse.ts'
import { entryFor } from '../../src/policy/policy.ts'
import { KEYS } from '../verify/model.ts'

const [A = '', B = ''] = KEYS
const signers = { a: { keys: [{ key: A }] } }
const file = (entry: object, top: object = {}): string => JSON.stringify({ version: 1, ...top, policies: [{ name: 'p', scopes: ['*'], signers, ...entry }] })

describe('a policy file that is not valid is an error that names the place', () => {
  const wrong: readonly [string, string, string][] = [
    ['no JSON', '{', 'strict JSON'],
    ['a name twice', '{"version":1,"version":1,"policies":[]}', 'strict JSON'],
    ['a comment', '{"version":1, // one\n"policies":[]}', 'strict JSON'],
    ['another version', '{"version":2,"policies":[]}', 'version'],
    ['no policies', '{"version":1,"policies":[]}', 'policies'],
    ['an unknown field', file({ extra: 1 }), '"extra"'],
    ['an unknown field in require', file({ require: { treshold: 2 } }), '"treshold"'],
    ['no signers', JSON.stringify({ version: 1, policies: [{ name: 'p', scopes: ['*'] }] }), 'names no signers'],
    ['reject with signers', file({ reject: true }), '"reject"'],
    ['reject: false', file({ reject: false }), 'policies.0.reject'],
    ['a key that is none', file({ signers: { a: { keys: [{ key: 'x' }] } } }), 'signer "a"'],
    ['no keys', file({ signers: { a: { keys: [] } } }), 'signers.a.keys'],
    ['keys and ssh', file({ signers: { a: { keys: [{ key: A }], ssh: { key: A, namespaces: ['n'] } } } }), 'exactly one of'],
    ['a namespace pattern', file({ signers: { a: { ssh: { key: A, namespaces: ['n*'] } } } }), 'namespace pattern "n*"'],
    ['one key under two names', file({ signers: { a: { keys: [{ key: A }] }, b: { keys: [{ key: A }] } } }), 'one key twice, for "a" and "b"'],
    ['one key in two spellings under two names', file({ signers: { a: { keys: [{ key: A }] }, b: { keys: [{ key: `${A} comment` }] } } }), 'one key twice'],
    ['a time that is none', file({ signers: { a: { keys: [{ key: A, notAfter: '2026-02-30T00:00:00Z' }] } } }), '2026-02-30'],
    ['an identity without its issuer', file({ signers: { a: { identity: 'x' } } }), 'names no "issuer"'],
    ['a star in an exact identity', file({ signers: { a: { identity: 'https://x/*', issuer: 'y' } } }), '"identityPattern"'],
    ['an identity and a pattern', file({ signers: { a: { identity: 'x', identityPattern: 'x*', issuer: 'y' } } }), 'exactly one of'],
    ['a pattern that is all stars', file({ signers: { a: { identityPattern: '*/*', issuer: 'y' } } }), 'almost everybody'],
    ['a fact that no certificate has', file({ signers: { a: { identity: 'x', issuer: 'y', extensions: { sourceRepositoryUri: 'z' } } } }), '"sourceRepositoryUri"'],
    ['an issuer for a key', file({ signers: { a: { keys: [{ key: A }], issuer: 'y' } } }), '"issuer"'],
    ['one identity under two names', file({ signers: { a: { identity: 'x', issuer: 'y' }, b: { identity: 'x', issuer: 'y', sct: false } } }), 'one identity twice, for "a" and "b"'],
    ['a log for an SSH key', file({ signers: { a: { ssh: { key: A, namespaces: ['n'] }, log: true } } }), '"log": true'],
    ['no attestations', file({ require: { attestations: [] } }), 'require.attestations'],
    ['an attestation by the short name of a tool', file({ require: { attestations: [{ predicateType: 'slsaprovenance' }] } }), '"slsaprovenance"; write the whole'],
    ['a signature as an attestation', file({ require: { attestations: [{ predicateType: 'https://sigstore.dev/cosign/sign/v1' }] } }), 'which is a signature'],
    ['an attestation from nobody of it', file({ require: { attestations: [{ predicateType: 'https://t', from: ['b'] }] } }), 'from "b"'],
    ['an attestation from one twice', file({ require: { attestations: [{ predicateType: 'https://t', from: ['a', 'a'] }] } }), 'twice'],
    ['a path that is no pointer', file({ require: { attestations: [{ predicateType: 'https://t', where: [{ path: 'a.b', in: [1] }] }] } }), '"a.b"'],
    ['a pointer with a loose tilde', file({ require: { attestations: [{ predicateType: 'https://t', where: [{ path: '/a~2', in: [1] }] }] } }), '"/a~2"'],
    ['nothing that may stand there', file({ require: { attestations: [{ predicateType: 'https://t', where: [{ path: '/a', in: [] }] }] } }), 'where.0.in'],
    ['null that may stand there', file({ require: { attestations: [{ predicateType: 'https://t', where: [{ path: '/a', in: [null] }] }] } }), 'where.0.in.0'],
    ['a fraction that may stand there', file({ require: { attestations: [{ predicateType: 'https://t', where: [{ path: '/a', in: [1.5] }] }] } }), 'where.0.in.0'],
    ['an unknown condition', file({ require: { attestations: [{ predicateType: 'https://t', where: [{ path: '/a', in: [1], not: [2] }] }] } }), '"not"'],
    ['completeness that is not demanded', file({ require: { complete: false } }), 'complete'],
    ['a threshold of none', file({ require: { signatures: { threshold: 0 } } }), 'threshold'],
    ['a threshold that can never be met', file({ require: { signatures: { threshold: 2 } } }), 'never be met'],
    ['a signer that is none', file({ require: { signatures: { from: ['b'] } } }), '"b"'],
    ['a signer named twice', file({ require: { signatures: { from: ['a', 'a'] } } }), 'twice'],
    ['an age that is none', file({ require: { maxAge: '30 days' } }), '30 days'],
    ['a repository that is none', file({ require: { repository: ['UPPER/x:1'] } }), 'no repository'],
    ['a scope that is none', file({ scopes: ['reg*/x'] }), 'scope "reg*/x"'],
    ['a scope with a tag', file({ scopes: ['registry.example/app:1'] }), 'scope'],
    ['two equal scopes', file({ scopes: ['registry.example/a', 'REGISTRY.example:443/a'] }), 'stands twice'],
    ['a revoked digest that is none', file({}, { deny: { digests: ['sha256:x'] } }), 'deny.digests'],
    ['a revoked key that is none', file({}, { deny: { keys: ['x'] } }), 'deny.keys'],
  ]
  it.each(wrong)('%s', async (_, text, where) => {
    await expect(parsePolicy(text)).rejects.toMatchObject({ code: 'bad-policy', message: expect.stringContaining(where) as string })
  })
})

describe('scopes', () => {
  const scoped = (...scopes: string[]): string => JSON.stringify({ version: 1, policies: scopes.map((scope) => ({ name: scope, scopes: [scope], signers })) })
  const decides = async (repository: string, ...scopes: string[]): Promise<string | null> => entryFor(await parsePolicy(scoped(...scopes)), parseRepository(repository))?.name ?? null

  it('the most specific decides: exact, then the longest prefix of whole components, then *', async () => {
    const all = ['*', 'registry.example/*', 'registry.example/acme/*', 'registry.example/acme/app']
    expect(await decides('registry.example/acme/app', ...all)).toBe('registry.example/acme/app')
    expect(await decides('registry.example/acme/other', ...all)).toBe('registry.example/acme/*')
    expect(await decides('registry.example/acmex/app', ...all)).toBe('registry.example/*')
    expect(await decides('other.example/acme/app', ...all)).toBe('*')
    expect(await decides('registry.example/acme', 'registry.example/acme/*')).toBeNull()
  })

  it('are made canonical as references are', async () => {
    expect(await decides('alpine', 'docker.io/library/alpine')).toBe('docker.io/library/alpine')
    expect(await decides('docker.io/acme/app', 'index.docker.io/acme/*')).toBe('index.docker.io/acme/*')
    expect(await decides('alpine', 'docker.io/*')).toBe('docker.io/*')
    expect(await decides('registry.example/app', 'Registry.Example:443/app')).toBe('Registry.Example:443/app')
  })
})

describe('basis.policy', () => {
  it('is the same for the same meaning: defaults filled in, keys in one spelling', async () => {
    const short = await parsePolicy(file({}))
    const long = await parsePolicy(file({ signers: { a: { keys: [{ key: `${A} me@host` }] } }, require: { signatures: { from: ['a'], threshold: 1 }, coverage: 'all', annotations: {} } }))
    expect(long.digest).toBe(short.digest)
    expect((await parsePolicy(file({ signers: { a: { keys: [{ key: B }] } } }))).digest).not.toBe(short.digest)
    expect((await parsePolicy(file({ require: { tag: true } }))).digest).not.toBe(short.digest)
    const demand = { predicateType: 'https://t', where: [{ path: '/a', in: ['x', 1, true] }] }
    const demanding = await parsePolicy(file({ require: { attestations: [demand] } }))
    expect(demanding.digest).not.toBe(short.digest)
    expect((await parsePolicy(file({ require: { attestations: [{ ...demand, from: ['a'] }] } }))).digest).toBe(demanding.digest)
  })
})
