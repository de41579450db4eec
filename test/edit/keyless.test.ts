import { describe, expect, test } from 'vitest'
import { utf8Encode } from '../../src/base/bytes.ts'
import type { Layout } from '../../src/edit/sign.ts'
import { policyFromOptions } from '../../src/policy/from-options.ts'
import { parsePolicy } from '../../src/policy/parse.ts'
import type { KeylessSigner } from '../../src/sigstore/signing/keyless.ts'
import { verifyBundle } from '../../src/sigstore/verify-bundle.ts'
import { collectEvidence, openEvidence } from '../../src/verify/evidence.ts'
import type { Source } from '../../src/source/source.ts'
import type { Verdict } from '../../src/verify/verdict.ts'
import { verify } from '../../src/verify/verify.ts'
import { rootOf, signerAt, type SignerChoices } from '../sigstore/signing/keyless.ts'
import { signingDoubles, type Services } from '../sigstore/signing/services.ts'
import { NOW } from '../sigstore/kit/window.ts'
import { bench, REPOSITORY, signer, type Bench } from './fixture.ts'

const REFERENCE = `${REPOSITORY}:v1`
const ADA = { identity: 'ada@example.com', issuer: 'https://accounts.example.com' }
const LAYOUTS: readonly Layout[] = ['detached', 'flat', 'nested']
const REGISTRIES = [{}, { referrersApi: false }] as const
const EVERY = REGISTRIES.flatMap((server) => LAYOUTS.map((layout) => [layout, server] as const))
const AT = new Date((NOW + 3_600) * 1000)

async function judged(source: Source, services: Services, identity = ADA): Promise<Verdict> {
  return verify(REFERENCE, { source, policy: await policyFromOptions({ identity }), trustedRoot: await rootOf(services), at: AT })
}

async function signedBy(at: Bench, keyless: KeylessSigner, options: Parameters<Bench['sign']>[1] = {}): ReturnType<Bench['sign']> {
  return at.sign(keyless, { at: NOW, ...options })
}

describe('signed without a key, read back and allowed', () => {
  test.each(EVERY)('%s on %o: by the identity, live and from recorded evidence, and not by another', async (layout, server) => {
    const [at, services] = [await bench(server), signingDoubles('layouts')]
    await signedBy(at, await signerAt(services), { layout, annotations: { env: 'prod' } })
    const live = await judged(at.source, services)
    expect(live).toMatchObject({ outcome: 'allow', signers: [{ kind: 'keyless', ...ADA }] })
    const { files } = await collectEvidence(REFERENCE, { source: at.source, at: AT })
    expect(await judged(await openEvidence(files), services)).toMatchObject({ outcome: 'allow', signers: [{ kind: 'keyless', ...ADA }] })
    expect(await judged(at.source, services, { ...ADA, identity: 'mallory@example.com' })).toMatchObject({ outcome: 'deny' })
  })

  test.each<readonly [string, SignerChoices, boolean]>([['Rekor v1', { rekor: [1], tsa: false }, true], ['Rekor v1 with a timestamp', { rekor: [1] }, true], ['a timestamp alone', { rekor: [] }, false]])('%s', async (_, choices, log) => {
    const [at, services] = [await bench(), signingDoubles('kinds')]
    await signedBy(at, await signerAt(services, choices))
    const policy = await parsePolicy(utf8Encode(JSON.stringify({ version: 1, policies: [{ name: 'p', scopes: ['*'], signers: { ci: { ...ADA, log } }, require: { repository: true, tag: true, maxAge: '1d' } }] })))
    expect(await verify(REFERENCE, { source: at.source, policy, trustedRoot: await rootOf(services), at: AT })).toMatchObject({ outcome: 'allow' })
  })

  test('W1: certificate, log bundle and timestamp stand beside the signature, with its suffix', async () => {
    const [at, services] = [await bench(), signingDoubles('W1')]
    const { after } = await signedBy(at, await signerAt(services), { layout: 'flat' })
    const names = at.index(after).manifests.map(({ annotations }) => [...annotations.keys()])
    const [, suffix = ''] = /(\.[0-9a-f]{16})$/.exec(names[0]?.[0] ?? '') ?? []
    expect(names[0]?.toSorted()).toEqual([
      'dev.cosignproject.cosign/signature', 'dev.sealdex/key', 'dev.sealdex/payload', 'dev.sigstore.cosign/bundle', 'dev.sigstore.cosign/certificate', 'dev.sigstore.cosign/rfc3161timestamp',
    ].map((name) => `${name}${suffix}`))
  })
})

describe('W1: the same identity over the same facts', () => {
  test.each(EVERY)('%s on %o: is not signed again by another run, and asks no service', async (layout, server) => {
    const [at, services] = [await bench(server), signingDoubles('again')]
    await signedBy(at, await signerAt(services), { layout })
    const asked = services.posted.length
    expect((await signedBy(at, await signerAt(services), { layout, force: true })).subjects.map(({ state }) => state)).toEqual(layout === 'flat' ? ['already-signed', 'already-signed'] : ['already-signed'])
    expect(services.posted).toHaveLength(asked)
  })

  test('is signed again with renew, and by another identity', async () => {
    const [at, services] = [await bench(), signingDoubles('renew')]
    await signedBy(at, await signerAt(services))
    expect((await signedBy(at, await signerAt(services), { renew: true })).subjects[0]?.state).toBe('renewed')
    const grace = { iss: ADA.issuer, sub: '1018', email: 'grace@example.com', email_verified: true }
    expect((await signedBy(at, await signerAt(services, { claims: grace }))).subjects[0]?.state).toBe('signed')
    expect(await judged(at.source, services, { ...ADA, identity: grace.email })).toMatchObject({ outcome: 'allow' })
  })
})

describe('nothing is written that does not hold', () => {
  test.each(EVERY)('%s on %o', async (layout, server) => {
    const [at, services] = [await bench(server), signingDoubles('liar', { timestamp: { imprint: new Uint8Array(32) } })]
    await expect(signedBy(at, await signerAt(services), { layout })).rejects.toMatchObject({ code: 'bad-timestamp' })
    expect(at.requests.filter((request) => /^(?:PUT|POST) /.test(request))).toEqual([])
    expect(await judged(at.source, services)).toMatchObject({ outcome: 'unsigned' })
  })
})

describe('a bundle beside it', () => {
  test.each(LAYOUTS)('%s: about the subjects that were signed, with the signed facts', async (layout) => {
    const [at, services] = [await bench(), signingDoubles('bundle')]
    const { bundle = '', subjects } = await signedBy(at, await signerAt(services), { layout, bundle: true, annotations: { env: 'prod' } })
    for (const { digest } of subjects) {
      const { statement } = await verifyBundle(utf8Encode(bundle), digest, await rootOf(services), { at: AT, identities: [ADA] })
      const facts = statement?.subjects.map(({ annotations }) => annotations instanceof Map && annotations.get('env'))
      expect(statement).toMatchObject({ predicateType: 'https://sigstore.dev/cosign/sign/v1', type: 'https://in-toto.io/Statement/v1' })
      expect(new Set(facts)).toEqual(new Set(['prod']))
    }
    await expect(verifyBundle(utf8Encode(bundle), `sha256:${'0'.repeat(64)}`, await rootOf(services), { at: AT, identities: [ADA] })).rejects.toMatchObject({ code: 'other-digest' })
  })

  test('by a key too', async () => {
    const [at, key, services] = [await bench(), await signer(), signingDoubles('key')]
    const { bundle = '', subjects } = await at.sign(key, { bundle: true })
    expect((await verifyBundle(utf8Encode(bundle), subjects[0]?.digest ?? '', await rootOf(services), { at: AT, key: key.publicKey })).signer.kind).toBe('key')
  })
})
