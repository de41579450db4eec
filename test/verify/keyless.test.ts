import { describe, expect, it } from 'vitest'
import { memoryFiles } from '../../src/oci/layout.ts'
import { parsePolicy } from '../../src/policy/parse.ts'
import { parseBundle } from '../../src/sigstore/bundle.ts'
import { loadTrustedRoot } from '../../src/sigstore/trusted-root.ts'
import { layoutSource } from '../../src/source/layout-source.ts'
import { inspect } from '../../src/verify/inspect.ts'
import type { TrustOptions } from '../../src/verify/trust.ts'
import type { Verdict } from '../../src/verify/verdict.ts'
import { verify } from '../../src/verify/verify.ts'
import { fixtureText, layoutOf, readCase } from '../fixtures.ts'
import { conforms } from '../schemas.ts'

const WORKFLOW = { identity: 'https://github.example.com/acme/web/.github/workflows/release.yml@refs/tags/v1.4.0', issuer: 'https://token.actions.example.com' }
const PERSON = { identity: 'release@acme.example.com', issuer: 'https://accounts.example.com' }
const AT = '2026-12-24T00:00:00Z'

interface Given extends TrustOptions {
  readonly signers: object
  readonly require?: object
  readonly deny?: object
  readonly at?: string
  readonly all?: boolean
}

async function judged(name: string, { signers, require = {}, deny, at = AT, all = false, ...trust }: Given): Promise<Verdict> {
  const policy = parsePolicy(JSON.stringify({ version: 1, ...(deny !== undefined && { deny }), policies: [{ name: 'p', scopes: ['*'], signers, require }] }))
  const source = await layoutSource(memoryFiles(layoutOf(name)))
  const verdict = await verify(readCase(name).reference, { source, policy, at: new Date(at), all, trustedRoot: loadTrustedRoot(fixtureText(name, 'trusted_root.json')), ...trust })
  conforms('verdict.v1', verdict)
  return verdict
}

const signaturesOf = ({ subjects }: Verdict): Verdict['subjects'][number]['signatures'] => subjects.flatMap(({ signatures }) => signatures)
const decisive = ({ reasons }: Verdict): string[] => reasons.filter(({ effect }) => effect === 'decides').map(({ code }) => code)

describe('keyless signers of a policy', () => {
  it('an identity with its issuer: the verdict says who, when, by which log and out of which workflow', async () => {
    const verdict = await judged('keyless-ci', { signers: { ci: WORKFLOW } })
    expect(verdict).toMatchObject({ outcome: 'allow', signers: [{ name: 'ci', kind: 'keyless', ...WORKFLOW, keyId: null }] })
    const { digest } = await loadTrustedRoot(fixtureText('keyless-ci', 'trusted_root.json'))
    expect(verdict.basis.trustRoot).toBe(digest)
    const [signature] = signaturesOf(verdict)
    expect(signature?.proof).toMatchObject({
      ...WORKFLOW,
      time: '2026-11-24T06:22:47Z',
      log: { name: 'https://log2026-1.rekor.example.com' },
      extensions: { sourceRepositoryURI: 'https://github.example.com/acme/web', sourceRepositoryRef: 'refs/tags/v1.4.0', buildTrigger: 'push' },
    })
  })

  it.each([
    [{ sourceRepositoryURI: 'https://github.example.com/acme/web', runnerEnvironment: 'github-hosted' }, 'allow'],
    [{ sourceRepositoryURI: 'https://github.example.com/acme/other' }, 'deny'],
    [{ sourceRepositoryVisibilityAtSigning: 'private' }, 'deny'],
  ] as const)('facts of the certificate as conditions: %j gives %s', async (extensions, outcome) => {
    expect((await judged('keyless-ci', { signers: { ci: { ...WORKFLOW, extensions } } })).outcome).toBe(outcome)
  })

  it.each([
    ['https://github.example.com/acme/web/.github/workflows/*', 'deny'],
    ['https://github.example.com/acme/web/.github/workflows/*/tags/*', 'allow'],
    ['https://github.example.com/*/.github/workflows/*/tags/*', 'deny'],
    ['https://github.example.com/acme/we?/.github/workflows/*/tags/*', 'deny'],
  ])('T37: the pattern %s, a star inside one segment only, gives %s', async (identityPattern, outcome) => {
    expect((await judged('keyless-ci', { signers: { ci: { identityPattern, issuer: WORKFLOW.issuer } } })).outcome).toBe(outcome)
  })

  it('R10: two identities are two signers, the same one twice is one', async () => {
    const signers = { person: PERSON, ci: WORKFLOW }
    expect(await judged('keyless-two-signers', { signers, require: { signatures: { threshold: 2 } } })).toMatchObject({ outcome: 'allow', signers: [{ name: 'ci' }, { name: 'person' }] })
    expect((await judged('keyless-ci', { signers, require: { signatures: { threshold: 2 } } })).outcome).toBe('deny')
  })

  it('a signer that needs no log is met without one, and the report says so', async () => {
    expect((await judged('keyless-no-log_fail', { signers: { person: PERSON } })).outcome).toBe('deny')
    const verdict = await judged('keyless-no-log_fail', { signers: { person: { ...PERSON, log: false } } })
    expect(verdict.outcome).toBe('allow')
    expect(signaturesOf(verdict)).toMatchObject([{ state: 'accepted', code: 'no-log-entry' }])
    expect((await judged('keyless-no-sct_fail', { signers: { person: { ...PERSON, log: false } } })).outcome).toBe('deny')
  })

  it('whom the relaxed demand of one signer lets in, it lets in as that signer only', async () => {
    const verdict = await judged('keyless-no-log_fail', { signers: { person: PERSON, other: { ...WORKFLOW, log: false } } })
    expect(verdict).toMatchObject({ outcome: 'deny', signers: [] })
  })

  it('a certificate whose key the policy revokes is denied', async () => {
    const bundle = [...layoutOf('keyless-ci').values()].find((bytes) => new TextDecoder().decode(bytes).includes('"verificationMaterial"'))
    const { signer } = parseBundle(bundle ?? new Uint8Array())
    const keys = [signer.kind === 'certificate' ? signer.leaf.publicKey.keyId : '']
    const verdict = await judged('keyless-ci', { signers: { ci: WORKFLOW }, deny: { keys } })
    expect(verdict.outcome).toBe('deny')
    expect(decisive(verdict)).toEqual(['revoked'])
  })
})

describe('the trusted root', () => {
  const unavailable = { code: 'trust-root-expired', message: 'Its time is over.' } as const

  it('one that could not be had: keyless is indeterminate, with the reason; a key decides all the same', async () => {
    const verdict = await judged('keyless-ci', { signers: { ci: WORKFLOW }, trustedRoot: unavailable })
    expect(verdict).toMatchObject({ outcome: 'indeterminate', basis: { trustRoot: null } })
    expect(decisive(verdict)).toContain('trust-root-expired')
    expect(signaturesOf(verdict)).toMatchObject([{ state: 'not-checked', code: 'trust-root-expired' }])
    const key = { keys: [{ key: fixtureText('keyless-and-key', 'keys/k1.pub') }] }
    expect((await judged('keyless-and-key', { signers: { person: PERSON, key }, trustedRoot: unavailable })).outcome).toBe('allow')
  })

  it('the built-in one where none is given: a private Sigstore is not in it, and its age is told', async () => {
    const policy = parsePolicy(JSON.stringify({ version: 1, policies: [{ name: 'p', scopes: ['*'], signers: { ci: WORKFLOW } }] }))
    const source = await layoutSource(memoryFiles(layoutOf('keyless-ci')))
    const verdict = await verify(readCase('keyless-ci').reference, { source, policy, at: new Date('2027-11-24T00:00:00Z') })
    expect(verdict.outcome).toBe('deny')
    expect(verdict.reasons).toContainEqual(expect.objectContaining({ code: 'trust-root-old', effect: 'warns' }))
  })

  it('none is needed for keys, and none stands in the verdict then', async () => {
    const policy = parsePolicy(JSON.stringify({ version: 1, policies: [{ name: 'p', scopes: ['*'], signers: { key: { keys: [{ key: fixtureText('key-log-timestamp', 'keys/k1.pub') }] } } }] }))
    const source = await layoutSource(memoryFiles(layoutOf('key-log-timestamp')))
    expect(await verify(readCase('key-log-timestamp').reference, { source, policy })).toMatchObject({ outcome: 'allow', basis: { trustRoot: null } })
  })
})

describe('keys with what others vouch for', () => {
  const key = { key: fixtureText('key-log-timestamp', 'keys/k1.pub') }

  it('"log": true demands an entry in a trusted log', async () => {
    expect((await judged('key-log-timestamp', { signers: { key: { keys: [key], log: true } } })).outcome).toBe('allow')
    const verdict = await judged('key-timestamp', { signers: { key: { keys: [key], log: true } } })
    expect(verdict.outcome).toBe('deny')
    expect(signaturesOf(verdict)).toMatchObject([{ state: 'untrusted', code: 'no-log-entry' }])
  })

  it('W5: the age, and the window of a key, go by the timestamp', async () => {
    const signers = { key: { keys: [{ ...key, notBefore: '2026-11-24T00:00:00Z', notAfter: '2026-11-25T00:00:00Z' }] } }
    expect((await judged('key-timestamp', { signers, require: { maxAge: '31d' } })).outcome).toBe('allow')
    expect((await judged('key-timestamp', { signers, require: { maxAge: '29d' } })).outcome).toBe('deny')
    expect((await judged('key-timestamp', { signers: { key: { keys: [{ ...key, notAfter: '2026-11-23T00:00:00Z' }] } } })).outcome).toBe('deny')
  })
})

describe('R10, R5: attestations', () => {
  it('are no signatures, and signed ones are told as that where everything is read', async () => {
    const only = await judged('keyless-attest-only', { signers: { ci: WORKFLOW }, all: true })
    expect(only).toMatchObject({ outcome: 'unsigned', signers: [] })
    expect(only.attachments).toMatchObject([{ type: 'https://slsa.dev/provenance/v1', standing: 'signed', by: 'statement' }])
    const stranger = await judged('keyless-attest-only', { signers: { person: PERSON }, all: true })
    expect(stranger.attachments).toMatchObject([{ standing: 'claimed', by: null }])
    const needed = await judged('keyless-attest', { signers: { ci: WORKFLOW } })
    expect(needed.outcome).toBe('allow')
    expect(needed.attachments.map(({ type }) => type).sort()).toEqual(['https://slsa.dev/provenance/v1', 'https://spdx.dev/Document'])
  })
})

describe('inspection', () => {
  it('says who signed as far as the root proves it, with nobody named', async () => {
    const source = await layoutSource(memoryFiles(layoutOf('keyless-ci')))
    const { root } = await inspect(readCase('keyless-ci').reference, { source, at: new Date(AT), trustedRoot: loadTrustedRoot(fixtureText('keyless-ci', 'trusted_root.json')) })
    expect(root?.signatures).toMatchObject([{ state: 'untrusted', code: 'no-trusted-identity', signer: null, certificate: true, proof: WORKFLOW }])
  })
})
