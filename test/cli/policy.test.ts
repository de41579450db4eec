import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { FIXTURES, fixtureText } from '../fixtures.ts'
import { conforms } from '../schemas.ts'
import { command, folder, fromCase } from './command.ts'

const KEY = fixtureText('cosign-sig-index', 'keys/k1.pub')
const signers = { release: { keys: [{ key: KEY }] }, ci: { identityPattern: 'https://x/*', issuer: 'https://i', sct: false } }
const POLICY = {
  version: 1, deny: { keys: ['b'.repeat(64)] },
  policies: [
    { name: 'production', scopes: ['registry.example/acme/*'], signers, require: { signatures: { threshold: 2 }, maxAge: '30d', tag: true, attestations: [{ predicateType: 'https://slsa.dev/provenance/v1', from: ['ci'], where: [{ path: '/a', in: ['x', 1] }] }] } },
    { name: 'rest', scopes: ['*'], reject: true },
  ],
}

function file(content: object | string, name = 'policy.json'): string {
  const path = join(folder(), name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

test('check says what a policy demands, and what is wrong with one', async () => {
  const path = file(POLICY)
  const { status, out, err } = await command(['policy', 'check', path])
  expect([status, err]).toEqual([0, ''])
  for (const words of ['Valid: 2 policies', 'Revoked whatever else stands there: 0 digests, 1 key', 'all below registry.example/acme/', 'signatures by all 2 of "release", "ci"', 'not older than 30 days', 'an attestation SLSA provenance 1 by "ci"', 'with x or 1 at /a', 'anybody like https://x/*', 'without a certificate timestamp', 'everything is rejected']) expect(out.replace(/\s+/g, ' ')).toContain(words)
  conforms('policy-check.v1', JSON.parse((await command(['policy', 'check', path, '--output', 'json'])).out))
  expect(await command(['policy', 'check', file({ ...POLICY, extra: 1 })])).toMatchObject({ status: 2, out: '', err: expect.stringMatching(/unknown field "extra".*\[bad-policy\]/) as string })
  expect(await command(['policy', 'check', join(folder(), 'none.json')])).toMatchObject({ status: 2, err: expect.stringContaining('is not there') as string })
})

test('explain says which scope decides, without asking a registry', async () => {
  const path = file(POLICY)
  const explain = (reference: string, ...more: readonly string[]): ReturnType<typeof command> => command(['policy', 'explain', reference, '--policy', path, ...more])
  const { status, out } = await explain('Registry.Example:443/acme/app')
  expect([status, out.replace(/\s+/g, ' ')]).toEqual([0, expect.stringContaining('"production" decides by registry.example/acme/*: the most specific scope that matches; less specific, and so not asked: * of "rest".')])
  expect((await explain('other.example/x')).out).toContain('"rest" decides by *: the only scope that matches.')
  const json = JSON.parse((await explain('registry.example/acme/app:1', '--output', 'json')).out) as object
  conforms('policy-explain.v1', json)
  expect(json).toEqual({ version: 1, reference: 'registry.example/acme/app:1', policy: 'production', scope: 'registry.example/acme/*', others: [{ policy: 'rest', scope: '*' }] })
  expect((await command(['policy', 'explain', 'a.example/b', '--policy', file({ ...POLICY, policies: POLICY.policies.slice(0, 1) })])).out).toContain('No scope of the policy matches it')
})

test('import prints a policy by which verify decides, notes on stderr, files beside the policy read', async () => {
  const path = file({ default: [{ type: 'reject' }], transports: { docker: { 'registry.example.com': [{ type: 'sigstoreSigned', keyPath: 'k1.pub', signedIdentity: { type: 'matchRepository' } }] } } })
  writeFileSync(join(path, '..', 'k1.pub'), KEY)
  const { status, out, err } = await command(['policy', 'import', path])
  expect([status, err]).toEqual([0, expect.stringContaining('"coverage" is "each"')])
  conforms('policy.v1', JSON.parse(out))
  const ours = file(out)
  expect((await command(['verify', ...fromCase('cosign-sig-recursive').slice(0, 3), '--policy', ours])).out).toMatch(/^ALLOW/)
  // podman wants each platform signed
  expect((await command(['verify', ...fromCase('cosign-sig-index').slice(0, 3), '--policy', ours])).out).toMatch(/^DENY/)
  expect((await command(['policy', 'import', file({ default: [{ type: 'insecureAcceptAnything' }] })]))).toMatchObject({ status: 2, out: '', err: expect.stringMatching(/insecureAcceptAnything.*nothing was imported\. \[bad-policy\]/) as string })
})

test('import takes notation\'s trust policy with the stores beside it', async () => {
  const { status, out } = await command(['policy', 'import', join(FIXTURES, 'notation-two-signers', 'trust', 'trustpolicy.json')])
  expect(status).toBe(0)
  conforms('policy.v1', JSON.parse(out))
  expect((await command(['verify', ...fromCase('notation-two-signers').slice(0, 3), '--policy', file(out)])).out).toMatch(/^ALLOW/)
})

test('wrong use', async () => {
  for (const [args, says] of [
    [['lint', 'x'], '"lint" is none of them'], [['check'], 'needs check|explain|import'], [['explain', 'a.example/b'], 'needs --policy FILE'], [['check', 'x', '--policy', 'y'], '--policy is for "sealdex policy explain"'],
    [['import', file('{}'), '--kind', 'x'], '--kind is one of'], [['explain', 'x', '--kind', 'notation', '--policy', 'y'], '--kind is for'], [['explain', 'https://x', '--policy', file(POLICY)], 'is a URL'], [['check', 'x', '--output', 'yaml'], '--output is'],
  ] as const) expect(await command(['policy', ...args]), args.join(' ')).toMatchObject({ status: 2, err: expect.stringContaining(says) as string })
})
