import { describe, expect, it } from 'vitest'
import { importPolicy, loadTrustedRoot, parsePolicy, type ImportedPolicy } from '../../src/index.ts'
import { fixtureText } from '../fixtures.ts'
import { conforms } from '../schemas.ts'
import { pem } from '../sigstore/kit/keys.ts'
import { validCases } from '../sigstore/kit/valid.ts'

const KEY = fixtureText('cosign-att-spdx', 'keys/k1.pub')
const OTHER = fixtureText('cosign-att-spdx', 'keys/other.pub')
const data = (text: string): string => Buffer.from(text).toString('base64')
const signed = { type: 'sigstoreSigned', keyData: data(KEY), signedIdentity: { type: 'matchRepository' } }
const SCOPE = 'registry.example/acme'

const read = (docker: object, rest: object = { default: [{ type: 'reject' }] }): Promise<ImportedPolicy> => importPolicy(JSON.stringify({ ...rest, transports: { docker } }), { readFile: (path) => (path === 'k1.pub' ? KEY : OTHER) })
const entry = async (...requirements: readonly object[]): Promise<unknown> => (await read({ [SCOPE]: requirements })).file.policies[0]

describe('containers-policy.json', () => {
  it('becomes a policy of ours: a scope is a repository and all below it', async () => {
    const { file, kind, notes, policy } = await read({ [SCOPE]: [signed], 'other.example': [{ type: 'reject' }] })
    expect([kind, file.policies]).toEqual(['containers-policy', [
      { name: SCOPE, scopes: [SCOPE, `${SCOPE}/*`], signers: { 'signer-1': { keys: [{ key: KEY }] } }, require: { coverage: 'each', repository: true } },
      { name: 'other.example', scopes: ['other.example/*'], reject: true },
      { name: 'default', scopes: ['*'], reject: true },
    ]])
    expect(notes).toEqual([expect.stringContaining('"coverage" is "each"')])
    conforms('policy.v1', file)
    expect((await parsePolicy(JSON.stringify(file))).digest).toBe(policy.digest)
  })

  it('reads keys from files and data, several of which are one signer', async () => {
    const keys = { 'signer-1': { keys: [{ key: KEY }, { key: OTHER }] } }
    for (const given of [{ keyDatas: [data(KEY), data(OTHER)] }, { keyPaths: ['k1.pub', 'other.pub'] }]) expect(await entry({ ...signed, keyData: undefined, ...given })).toMatchObject({ signers: keys })
    expect(await entry({ ...signed, keyData: undefined, keyPath: 'k1.pub' })).toMatchObject({ signers: { 'signer-1': { keys: [{ key: KEY }] } } })
  })

  it('several requirements have to be met all, and reject beside others rejects', async () => {
    expect(await entry(signed, { ...signed, keyData: data(OTHER) })).toMatchObject({ require: { signatures: { threshold: 2 } }, signers: { 'signer-1': {}, 'signer-2': {} } })
    expect(await entry(signed, { type: 'reject' })).toEqual({ name: SCOPE, scopes: [SCOPE, `${SCOPE}/*`], reject: true })
  })

  it('says each kind of signed identity that has an equal, or one that is stricter', async () => {
    const required = async (signedIdentity: object | undefined): Promise<unknown> => ((await entry({ ...signed, signedIdentity })) as { require: object }).require
    expect(await required({ type: 'matchExact' })).toEqual({ coverage: 'each', repository: true, tag: true })
    expect(await required(undefined)).toEqual({ coverage: 'each', repository: true, tag: true })
    expect((await read({ [SCOPE]: [{ ...signed, signedIdentity: undefined }] })).notes.join()).toContain('stricter than podman')
    expect(await required({ type: 'exactRepository', dockerRepository: 'a.example/b' })).toEqual({ coverage: 'each', repository: ['a.example/b'] })
    const remapped = await read({ [`${SCOPE}/app`]: [{ ...signed, signedIdentity: { type: 'remapIdentity', prefix: SCOPE, signedPrefix: 'vendor.example/x' } }] })
    expect(remapped.file.policies.slice(0, 2)).toMatchObject([{ scopes: [`${SCOPE}/app`], require: { repository: ['vendor.example/x/app'], tag: true } }, { scopes: [`${SCOPE}/app/*`], reject: true }])
  })

  it('the default of "docker" goes before the other, and local stores are left out, which is said', async () => {
    const { file, notes } = await importPolicy(JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }], transports: { 'docker': { '': [{ type: 'reject' }] }, 'docker-daemon': { '': [{ type: 'insecureAcceptAnything' }] } } }))
    expect(file.policies).toEqual([{ name: 'default', scopes: ['*'], reject: true }])
    expect(notes).toEqual([expect.stringContaining('"docker-daemon" were left out'), expect.stringContaining('"default" was left out')])
  })

  it.each<readonly [string, readonly object[], string]>([
    ['accepting anything', [{ type: 'insecureAcceptAnything' }], '"insecureAcceptAnything"'],
    ['PGP', [{ type: 'signedBy', keyType: 'GPGKeys', keyPath: 'x' }], '"signedBy"'],
    ['PGP beside another', [signed, { type: 'signedBy' }], '"signedBy"'],
    ['an unknown type', [{ type: 'signedByMagic' }], '"signedByMagic"'],
    ['no type', [{}], 'does not say'],
    ['an unknown field', [{ ...signed, keyId: 'x' }], '"keyId"'],
    ['no key', [{ type: 'sigstoreSigned' }], 'exactly one of keyPath'],
    ['two ways to a key', [{ ...signed, keyPath: 'k1.pub' }], 'exactly one of keyPath'],
    ['a broken key', [{ ...signed, keyData: data('x') }], 'signer-1'],
    ['data that are no base64', [{ ...signed, keyData: '!' }], 'no base64'],
    ['a key infrastructure', [{ ...signed, keyData: undefined, pki: {} }], '"pki"'],
    ['one exact reference', [{ ...signed, signedIdentity: { type: 'exactReference', dockerReference: 'a/b:1' } }], '"exactReference"'],
    ['an unknown identity', [{ ...signed, signedIdentity: { type: 'any' } }], '"any"'],
    ['identities that differ', [signed, { ...signed, keyData: data(OTHER), signedIdentity: { type: 'matchExact' } }], 'different identities'],
    ['a prefix that is none of it', [{ ...signed, signedIdentity: { type: 'remapIdentity', prefix: 'elsewhere.example', signedPrefix: 'x.example' } }], '"remapIdentity"'],
    ['a log that the root does not have', [{ ...signed, rekorPublicKeyData: data(OTHER) }], 'names a log whose key is not in the trusted root'],
    ['identities without a log', [{ type: 'sigstoreSigned', fulcio: { caData: data('x'), oidcIssuer: 'https://i', subjectEmail: 'a@b' } }], 'without the key of a log'],
  ])('refuses %s by name', async (_, requirements, where) => {
    await expect(read({ [SCOPE]: requirements })).rejects.toMatchObject({ code: 'bad-policy', message: expect.stringContaining(where) as string })
  })

  it('names the logs and authorities of the root, all of them: others would count as well', async () => {
    interface Root {
      readonly tlogs: readonly { readonly publicKey: { readonly rawBytes: string } }[]
      readonly certificateAuthorities: readonly { readonly certChain: { readonly certificates: readonly { readonly rawBytes: string }[] } }[]
    }
    const [mine, strangers] = ['mine', 'strangers'].map((seed) => validCases(seed)[0]?.trust as unknown as Root)
    if (mine === undefined || strangers === undefined) throw new Error('the kit has cases')
    const [log, secondLog] = mine.tlogs.map(({ publicKey }) => pem('PUBLIC KEY', Buffer.from(publicKey.rawBytes, 'base64')))
    const ca = (root: Root): string => pem('CERTIFICATE', Buffer.from(root.certificateAuthorities[0]?.certChain.certificates.at(-1)?.rawBytes ?? '', 'base64'))
    const identity = { type: 'sigstoreSigned', fulcio: { caData: data(ca(mine)), oidcIssuer: 'https://issuer.example', subjectEmail: 'ada@example.com' }, signedIdentity: { type: 'matchRepository' } }
    const by = async (root: Root, requirement: object): Promise<unknown> => {
      const { file } = await importPolicy(JSON.stringify({ default: [requirement] }), { trustedRoot: await loadTrustedRoot(JSON.stringify(root)) })
      return file.policies[0]?.signers
    }
    const both = { rekorPublicKeyDatas: [data(log ?? ''), data(secondLog ?? '')] }
    expect(await by(mine, { ...identity, ...both })).toEqual({ 'signer-1': { identity: 'ada@example.com', issuer: 'https://issuer.example' } })
    expect(await by(mine, { ...signed, ...both })).toEqual({ 'signer-1': { keys: [{ key: KEY }], log: true } })
    const one = { rekorPublicKeyData: data(log ?? '') }
    await expect(by(mine, { ...signed, ...one })).rejects.toThrow('names its logs, and the trusted root has others, which would count too (https://log2026-1.rekor.test)')
    expect(await by({ ...mine, tlogs: mine.tlogs.slice(0, 1) }, { ...signed, ...one })).toEqual({ 'signer-1': { keys: [{ key: KEY }], log: true } })
    const more = { ...mine, certificateAuthorities: [...mine.certificateAuthorities, ...strangers.certificateAuthorities] }
    await expect(by(more, { ...identity, ...both })).rejects.toThrow('names its certificate authorities, and the trusted root has others')
    await expect(by({ ...mine, certificateAuthorities: strangers.certificateAuthorities }, { ...identity, ...both })).rejects.toThrow('names a certificate authority that is not in the trusted root')
  })

  it('refuses scopes, transports and documents that have no equal', async () => {
    for (const [scope, where] of [['*.example.com', 'all hosts'], ['a.example/b:1', 'one tag'], [`a.example/b@sha256:${'a'.repeat(64)}`, 'one tag or digest']] as const) await expect(read({ [scope]: [signed] })).rejects.toThrow(where)
    expect((await read({ 'a.example:5000/b': [signed] })).file.policies[0]?.scopes).toEqual(['a.example:5000/b', 'a.example:5000/b/*'])
    await expect(importPolicy('{"default":[{"type":"reject"}],"transports":{"oci":{"":[{"type":"reject"}]}}}')).rejects.toThrow('transport "oci"')
    await expect(importPolicy('{"default":[{"type":"insecureAcceptAnything"}]}')).rejects.toThrow('"insecureAcceptAnything"')
    await expect(importPolicy('{"default":[]}')).rejects.toThrow('default')
    await expect(importPolicy('{"default":[{"type":"reject"}],"extra":1}')).rejects.toThrow('"extra"')
    await expect(importPolicy(JSON.stringify({ default: [{ ...signed, keyData: undefined, keyPath: '/etc/k.pub' }] }))).rejects.toThrow('"/etc/k.pub"')
    await expect(importPolicy('{"x":1}')).rejects.toThrow('Nothing is known')
    await expect(importPolicy('{"default":[],"default":[]}')).rejects.toThrow('not read')
  })
})
