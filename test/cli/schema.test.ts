import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { buildImage, seedImage } from '../../demo/images.ts'
import { serveRegistry } from '../../demo/registry/serve.ts'
import { parsePolicy } from '../../src/index.ts'
import { caseNames, FIXTURES, fixtureText, readCase } from '../fixtures.ts'
import { conforms as check } from '../schemas.ts'
import { command, folder, fromCase, keyFile, servedCase } from './command.ts'

const ANY_KEY = keyFile('cosign-sig-index', 'keys/k1.pub')

/** Options of a case, with some key where it has none of its own. */
function judged(name: string): string[] {
  const { allowedSigners } = readCase(name)
  const options = fromCase(name)
  if (options.includes('--key')) return options
  return allowedSigners === undefined ? [...options, '--key', ANY_KEY] : [...options, '--allowed-signers', join(FIXTURES, name, allowedSigners)]
}

describe('every case of the fixtures', () => {
  test.each(caseNames())('%s', async (name) => {
    for (const more of [[], ['--all'], ['--platform', 'linux/arm64']]) {
      const { out, err } = await command(['verify', ...judged(name), '--output', 'json', ...more])
      expect(err).toBe('')
      check('verdict.v1', JSON.parse(out))
    }
    for (const name2 of ['who', 'tree']) check(`${name2}.v1`, JSON.parse((await command([name2, ...judged(name), '--output', 'json'])).out))
  })
})

describe('every command', () => {
  test('a verdict where nothing was read', async () => {
    const { registry } = await servedCase('unsigned')
    check('verdict.v1', JSON.parse((await command(['verify', `${registry.host}/demo/app:none`, '--key', ANY_KEY, '--output', 'json'])).out))
    check('who.v1', JSON.parse((await command(['who', `${registry.host}/demo/app:none`, '--output', 'json'])).out))
  })

  test('keygen, sign, resolve, evidence', async () => {
    const served = await serveRegistry()
    onTestFinished(() => served.close())
    await seedImage(served.store, 'demo/app', '1.0', await buildImage())
    const [prefix, reference] = [join(folder(), 'k'), `${served.host}/demo/app:1.0`]
    check('keygen.v1', JSON.parse((await command(['keygen', '--output-key-prefix', prefix, '--output', 'json'])).out))
    for (const layout of ['detached', 'flat']) check('sign.v1', JSON.parse((await command(['sign', reference, '--key', `${prefix}.key`, '--layout', layout, '--force', '--output', 'json'])).out))
    check('resolve.v1', JSON.parse((await command(['resolve', reference, '--output', 'json'])).out))
    check('evidence.v1', JSON.parse((await command(['evidence', reference, '-o', `${prefix}.tar`, '--output', 'json'])).out))
  })
})

describe('the policy', () => {
  const key = readFileSync(ANY_KEY, 'utf8')
  const root = fixtureText('notation-two-signers', 'trust/truststore/x509/ca/p256/root.crt')
  const entry = { name: 'p', scopes: ['registry.example/acme/*'], signers: { release: { keys: [{ key, notBefore: '2026-01-01T00:00:00Z' }] } } }
  const good: readonly object[] = [
    { version: 1, policies: [entry] },
    { version: 1, deny: { digests: [`sha256:${'a'.repeat(64)}`], keys: ['b'.repeat(64)] }, policies: [{ ...entry, require: { signatures: { from: ['release'], threshold: 1 }, coverage: 'each', annotations: { env: 'prod' }, repository: true, tag: true, maxAge: '30d' } }] },
    { version: 1, policies: [{ ...entry, signers: { ci: { identity: 'a@b.example', issuer: 'https://i', extensions: { sourceRepositoryURI: 'https://r' } }, any: { identityPattern: 'https://x/*', issuer: 'https://i', log: false, sct: false } } }] },
    { version: 1, policies: [{ ...entry, signers: { vendor: { x509: { roots: [root], subject: 'C=US, O=Vendor', tsa: [root], verifyTimestamp: 'afterCertExpiry' } }, service: { x509: { signingAuthorities: [root], anySubject: true } } } }] },
    { version: 1, policies: [{ ...entry, require: { attestations: [{ predicateType: 'https://slsa.dev/provenance/v1', from: ['release'], where: [{ path: '/buildDefinition/buildType', in: ['https://x', 1, true] }] }] } }] },
    { version: 1, policies: [{ name: 'no', scopes: ['*'], reject: true }, { ...entry, require: { repository: ['other.example/acme/app'] } }] },
  ]
  const bad: readonly object[] = [
    {},
    { version: 2, policies: [entry] },
    { version: 1, policies: [] },
    { version: 1, policies: [entry], extra: 1 },
    { version: 1, policies: [{ ...entry, require: { treshold: 2 } }] },
    { version: 1, policies: [{ ...entry, reject: true }] },
    { version: 1, policies: [{ ...entry, signers: {} }] },
    { version: 1, policies: [{ ...entry, signers: { x: { keys: [] } } }] },
    { version: 1, policies: [{ ...entry, signers: { x: { keys: [{ key }], ssh: { key, namespaces: ['a'] } } } }] },
    { version: 1, policies: [{ ...entry, signers: { x: { identity: 'a*', issuer: 'b' } } }] },
    { version: 1, policies: [{ ...entry, signers: { x: { identity: 'a' } } }] },
    { version: 1, policies: [{ ...entry, signers: { x: { x509: { subject: 'C=US' } } } }] },
    { version: 1, policies: [{ ...entry, signers: { x: { x509: { roots: [root] } } } }] },
    { version: 1, policies: [{ ...entry, signers: { x: { x509: { roots: [root], subject: '*' } } } }] },
    { version: 1, policies: [{ ...entry, signers: { x: { x509: { roots: [root], subject: 'C=US', anySubject: true } } } }] },
    { version: 1, policies: [{ ...entry, signers: { x: { x509: { roots: [root], subject: 'C=US', verifyTimestamp: 'always' } } } }] },
    { version: 1, policies: [{ ...entry, signers: { x: { x509: { signingAuthorities: [root], subject: 'C=US', tsa: [root] } } } }] },
    { version: 1, policies: [{ ...entry, require: { maxAge: 'soon' } }] },
    { version: 1, policies: [{ ...entry, require: { attestations: [] } }] },
    { version: 1, policies: [{ ...entry, require: { attestations: [{ predicateType: 'vuln' }] } }] },
    { version: 1, policies: [{ ...entry, require: { attestations: [{ predicateType: 'https://sigstore.dev/cosign/sign/v1' }] } }] },
    { version: 1, policies: [{ ...entry, require: { attestations: [{ predicateType: 'https://x', where: [{ path: 'x', in: [1] }] }] } }] },
    { version: 1, policies: [{ ...entry, require: { attestations: [{ predicateType: 'https://x', where: [{ path: '/x', in: [1.5] }] }] } }] },
    { version: 1, policies: [{ ...entry, require: { signatures: { threshold: 0 } } }] },
    { version: 1, policies: [{ ...entry, require: { tag: false } }] },
  ]

  test.each(good)('both take %j', async (policy) => {
    check('policy.v1', policy)
    await parsePolicy(JSON.stringify(policy))
  })

  test.each(bad)('neither takes %j', async (policy) => {
    expect(() => check('policy.v1', policy)).toThrow('policy.v1')
    await expect(parsePolicy(JSON.stringify(policy))).rejects.toMatchObject({ code: 'bad-policy' })
  })
})
