import { describe, expect, it } from 'vitest'
import { base64Encode, hexDecode, utf8Encode } from '../../src/base/bytes.ts'
import * as LIMITS from '../../src/base/limits.ts'
import { generateKey, type Signer } from '../../src/crypto/private-key.ts'
import { writeSimpleSigning } from '../../src/envelope/simple-signing.ts'
import { policyFromKeys } from '../../src/policy/from-options.ts'
import { parsePolicy } from '../../src/policy/parse.ts'
import { memorySource } from '../../src/source/memory.ts'
import { identifyBytes } from '../../src/crypto/digest.ts'
import type { Verdict } from '../../src/verify/verdict.ts'
import { verify, type VerifyOptions } from '../../src/verify/verify.ts'
import { d } from './model.ts'

type Annotations = Record<string, string>

async function judged(entries: readonly { name: string; annotations: Annotations }[], options: Omit<VerifyOptions, 'source'>, byDigest = false): Promise<Verdict> {
  const manifests = entries.map(({ name, annotations }, i) => ({
    mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: d(name), size: 400, platform: { os: 'linux', architecture: `arch${i}` }, annotations,
  }))
  const index = utf8Encode(JSON.stringify({ schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests }))
  const { digest } = await identifyBytes(index)
  const source = await memorySource({ manifests: [index], tags: { '1': digest } })
  return verify(`registry.example/app${byDigest ? `@${digest}` : ':1'}`, { ...options, source })
}

async function signedBy(signer: Signer, name: string, suffix: string, hint: boolean): Promise<Annotations> {
  const payload = writeSimpleSigning(d(name), 'registry.example/app')
  return {
    [`dev.cosignproject.cosign/signature${suffix}`]: base64Encode(await signer.sign(payload)),
    [`dev.sealdex/payload${suffix}`]: base64Encode(payload),
    ...(hint ? { [`dev.sealdex/key${suffix}`]: base64Encode(hexDecode(signer.publicKey.keyId)) } : {}),
  }
}

describe('R11: signatures tried', () => {
  it('have an end in one verification, in the order of finding, and the rest is told', async () => {
    const { publicPem } = await generateKey()
    const junk = (n: number): Annotations => Object.fromEntries(Array.from({ length: 64 }, (_, i) => [`dev.cosignproject.cosign/signature.${i}`, base64Encode(utf8Encode(`no signature ${n} ${i}`))]))
    const entries = Array.from({ length: 40 }, (_, n) => ({ name: `m${n}`, annotations: junk(n) }))
    // without a tag one payload is rebuilt for each, so that this bound is met before the one of verifications
    const verdict = await judged(entries, { policy: policyFromKeys([publicPem]) }, true)
    const left = verdict.subjects.map(({ signatures }) => signatures.filter(({ state }) => state === 'not-checked').length)
    expect(left.reduce((a, b) => a + b)).toBe(40 * 64 - LIMITS.signaturesTriedInAll)
    expect(left.slice(1, 33)).toEqual(Array.from({ length: 32 }, () => 0))
    expect(verdict.outcome).toBe('indeterminate')
    expect(verdict.reasons[0]?.code).toBe('too-many-signatures')
  })
})

describe('R11: verifications of one verdict', () => {
  const junk = (n: number, count: number): Annotations => Object.fromEntries(Array.from({ length: count }, (_, i) => [`dev.cosignproject.cosign/signature.${i}`, base64Encode(utf8Encode(`no signature ${n} ${i}`))]))

  it('are bounded, whatever stands in the index and in the policy: keys, algorithms and payloads multiply', async () => {
    const keys = await Promise.all(Array.from({ length: 16 }, () => generateKey('ec-p384')))
    const entries = Array.from({ length: 8 }, (_, n) => ({ name: `m${n}`, annotations: junk(n, 64) }))
    const policy = policyFromKeys(keys.map(({ publicPem }) => publicPem))
    // twice at one time, which stands in the verdict
    const at = new Date(0)
    const verdict = await judged(entries, { policy, at })
    expect(verdict.outcome).toBe('indeterminate')
    expect(verdict.reasons[0]?.code).toBe('too-many-signatures')
    const tried = verdict.subjects.flatMap(({ signatures }) => signatures).filter(({ state }) => state !== 'not-checked').length
    // two algorithms of P-384 with 16 keys, for each of the two names that may have been signed
    expect(tried).toBe(LIMITS.attempts / (16 * 2 * 2))
    expect(await judged(entries, { policy, at })).toEqual(verdict)
  })

  it('leave enough for a signature that names its key, behind all the others', async () => {
    const keys = await Promise.all(Array.from({ length: 16 }, () => generateKey('ec-p384')))
    const [release] = keys as [Awaited<ReturnType<typeof generateKey>>]
    const entries = await Promise.all(Array.from({ length: 8 }, async (_, n) => ({ name: `m${n}`, annotations: { ...junk(n, 63), ...(await signedBy(release.signer, `m${n}`, '.zz', true)) } })))
    expect((await judged(entries, { policy: policyFromKeys(keys.map(({ publicPem }) => publicPem)) })).outcome).toBe('allow')
  })

  it('end with the deadline: what is left then is not checked, and nothing is decided', async () => {
    const { signer, publicPem } = await generateKey()
    const annotations = await signedBy(signer, 'a', '.1', true)
    const policy = policyFromKeys([publicPem])
    const late = await judged([{ name: 'a', annotations }], { policy, timeoutMs: 0 })
    expect(late).toMatchObject({ outcome: 'indeterminate', reasons: [{ code: 'timeout' }, {}], subjects: [{ signatures: [] }, { signatures: [{ state: 'not-checked', code: 'timeout' }] }] })
  })
})

describe('R9, 1: a revoked key decides first', () => {
  it('also beside a signature that would suffice by itself', async () => {
    const [good, revoked] = [await generateKey(), await generateKey()]
    const annotations = { ...(await signedBy(good.signer, 'a', '.1', true)), ...(await signedBy(revoked.signer, 'a', '.2', false)) }
    const file = { version: 1, policies: [{ name: 'p', scopes: ['*'], signers: { good: { keys: [{ key: good.publicPem }] } } }] }
    expect((await judged([{ name: 'a', annotations }], { policy: parsePolicy(JSON.stringify(file)) })).outcome).toBe('allow')
    const verdict = await judged([{ name: 'a', annotations }], { policy: parsePolicy(JSON.stringify({ ...file, deny: { keys: [revoked.publicPem] } })) })
    expect(verdict).toMatchObject({ outcome: 'deny', reasons: [{ code: 'revoked' }, {}] })
  })
})

describe('what stands beside a signature by key', () => {
  it('and can not be read is told, and changes nothing', async () => {
    const { signer, publicPem } = await generateKey()
    const annotations = { ...(await signedBy(signer, 'a', '.0', false)), 'dev.sigstore.cosign/bundle.0': '{' }
    const verdict = await judged([{ name: 'a', annotations }], { policy: policyFromKeys([publicPem]) })
    expect(verdict.outcome).toBe('allow')
    expect(verdict.subjects.flatMap(({ signatures }) => signatures)).toMatchObject([{ state: 'accepted', code: 'malformed' }])
  })
})
