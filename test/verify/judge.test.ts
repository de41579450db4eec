import { describe, expect, it } from 'vitest'
import { judge } from '../../src/verify/judge.ts'
import { AT, d, factsOf, graphOf, policyOf, signed, type FactsOptions } from './model.ts'
import { parsePolicy } from '../../src/policy/parse.ts'

async function decide(options: FactsOptions, require: object = {}): Promise<{ outcome: string; codes: string[]; warns: string[] }> {
  const { outcome, reasons } = judge(factsOf(options), await policyOf(require))
  return { outcome, codes: reasons.filter((r) => r.effect === 'decides').map((r) => r.code), warns: reasons.filter((r) => r.effect === 'warns').map((r) => r.code) }
}

const FLAT = ['amd64 linux/amd64', 'arm64 linux/arm64']
const both = [signed('a', 'amd64'), signed('a', 'arm64')]

describe('R6: coverage', () => {
  it('all: every leaf by itself or through a signed index', async () => {
    expect(await decide({ checked: both })).toMatchObject({ outcome: 'allow', codes: ['requirements-met'] })
    expect(await decide({ checked: [signed('a', 'root')] })).toMatchObject({ outcome: 'allow' })
    expect(await decide({ checked: [signed('a', 'amd64')] })).toMatchObject({ outcome: 'deny', codes: ['not-covered'] })
  })

  it('says set-unsigned even on allow when nobody vouches for the set', async () => {
    expect((await decide({ checked: both })).warns).toContain('set-unsigned')
    expect((await decide({ checked: [signed('a', 'root')] })).warns).not.toContain('set-unsigned')
    const graph = graphOf([...FLAT, 'inner nested'], { inner: FLAT })
    expect((await decide({ graph, checked: [signed('a', 'inner')] })).warns).not.toContain('set-unsigned')
  })

  it('each: the index does not cover its leaves', async () => {
    expect(await decide({ checked: [signed('a', 'root')] }, { coverage: 'each' })).toMatchObject({ outcome: 'deny' })
    expect(await decide({ checked: both }, { coverage: 'each' })).toMatchObject({ outcome: 'allow' })
  })

  it('index: the set itself is signed, or a nested index that lists exactly its siblings', async () => {
    const index = { coverage: 'index' }
    expect(await decide({ checked: both }, index)).toMatchObject({ outcome: 'deny', codes: ['index-not-signed'] })
    expect(await decide({ checked: [signed('a', 'root')] }, index)).toMatchObject({ outcome: 'allow' })
    const exact = graphOf([...FLAT, 'inner nested', 'sbom artifact'], { inner: FLAT })
    expect(await decide({ graph: exact, checked: [signed('a', 'inner')] }, index)).toMatchObject({ outcome: 'allow' })
    const more = graphOf([...FLAT, 's390x linux/s390x', 'inner nested'], { inner: FLAT })
    expect((await decide({ graph: more, checked: [signed('a', 'inner'), signed('a', 's390x')] }, index)).outcome).toBe('deny')
    const fewer = graphOf(['amd64 linux/amd64', 'inner nested'], { inner: FLAT })
    expect((await decide({ graph: fewer, checked: [signed('a', 'inner')] }, index)).outcome).toBe('deny')
    const other = graphOf(['amd64 linux/arm64', 'inner nested'], { inner: ['amd64 linux/amd64'] })
    expect((await decide({ graph: other, checked: [signed('a', 'inner')] }, index)).outcome).toBe('deny')
  })

  it('a platform narrows which leaves are judged, never the mode', async () => {
    const platform = 'linux/amd64'
    expect(await decide({ platform, checked: [signed('a', 'amd64')] })).toMatchObject({ outcome: 'allow' })
    expect(await decide({ platform, checked: [signed('a', 'arm64')] })).toMatchObject({ outcome: 'unsigned' })
    expect(await decide({ platform: 'linux/s390x', checked: both })).toMatchObject({ outcome: 'deny', codes: ['no-such-platform'] })
    const variants = graphOf(['v6 linux/arm/v6', 'v7 linux/arm/v7'])
    expect((await decide({ graph: variants, platform: 'linux/arm', checked: [signed('a', 'v7')] })).outcome).toBe('deny')
    expect((await decide({ graph: variants, platform: 'linux/arm/v7', checked: [signed('a', 'v7')] })).outcome).toBe('allow')
  })

  it('nothing runnable: the index is signed itself, or it is a deny', async () => {
    const graph = graphOf(['sbom artifact'])
    expect(await decide({ graph })).toMatchObject({ outcome: 'deny', codes: ['nothing-runnable'] })
    expect(await decide({ graph, checked: [signed('a', 'root')] })).toMatchObject({ outcome: 'allow' })
    expect(await decide({ graph: graphOf([]) })).toMatchObject({ outcome: 'deny', codes: ['nothing-runnable'] })
  })

  it('coverage never flows from an index that was merely found beside the image', async () => {
    expect((await decide({ checked: [signed('a', 'elsewhere', { place: 'digest-tag' })] })).outcome).toBe('unsigned')
  })

  it('a repeated nested index covers through each of its listings', async () => {
    const graph = graphOf(['inner nested'], { inner: ['deep nested'], deep: FLAT })
    expect((await decide({ graph, checked: [signed('a', 'deep')] })).outcome).toBe('allow')
    expect((await decide({ graph, checked: [signed('a', 'inner')] })).outcome).toBe('allow')
  })
})

describe('R10: distinct signers are counted, for each leaf, on it and on what covers it', () => {
  it('threshold', async () => {
    const two = { signatures: { threshold: 2 } }
    expect(await decide({ checked: [...both, signed('a', 'amd64')] }, two)).toMatchObject({ outcome: 'deny', codes: ['threshold-not-met', 'threshold-not-met'] })
    expect((await decide({ checked: [...both, signed('b', 'root')] }, two)).outcome).toBe('allow')
    expect((await decide({ checked: [...both, signed('b', 'amd64')] }, two)).outcome).toBe('deny')
    expect((await decide({ checked: both }, { signatures: { from: ['b'] } })).outcome).toBe('deny')
  })
})

describe('R8: a list signature never gives coverage', () => {
  it('role list', async () => {
    expect((await decide({ checked: [signed('a', 'root', { facts: { role: 'list' } })] })).outcome).toBe('deny')
  })
})

describe('R9: four outcomes, in their order', () => {
  const rejecting = (extra: object): Promise<Awaited<ReturnType<typeof parsePolicy>>> => policyOf({}, extra)

  it('1: no scope, rejected, revoked digest, revoked key, malformed', async () => {
    const scoped = await parsePolicy(JSON.stringify({ version: 1, policies: [{ name: 'p', scopes: ['other.example/*'], reject: true }] }))
    expect(judge(factsOf({ checked: both }), scoped).reasons[0]?.code).toBe('no-scope')
    const reject = await parsePolicy(JSON.stringify({ version: 1, policies: [{ name: 'p', scopes: ['registry.example/*'], reject: true }] }))
    expect(judge(factsOf({ checked: both }), reject)).toMatchObject({ outcome: 'deny', reasons: [{ code: 'rejected' }, { code: 'recorders-word' }] })
    expect(judge(factsOf({ checked: both }), await rejecting({ deny: { digests: [d('arm64')] } }))).toMatchObject({ outcome: 'deny', reasons: [{ code: 'revoked' }, { code: 'recorders-word' }] })
    expect((await decide({ checked: [...both, signed('a', 'amd64', { revoked: true })] })).codes).toContain('revoked')
    const malformed = { ...graphOf(FLAT), problems: [{ code: 'malformed' as const, message: 'x', subject: d('amd64') }] }
    expect(await decide({ graph: malformed, checked: both, failed: ['root'] })).toMatchObject({ outcome: 'deny', codes: ['malformed'] })
  })

  it('2: allow although a place failed, and names it', async () => {
    expect(await decide({ checked: both, failed: ['root'] })).toMatchObject({ outcome: 'allow', warns: ['set-unsigned', 'place-failed', 'recorders-word'] })
  })

  it('3: a needed place failed, a limit was hit, the reference is not there', async () => {
    expect(await decide({ checked: [signed('a', 'amd64')], failed: ['arm64'] })).toMatchObject({ outcome: 'indeterminate', codes: ['place-failed'] })
    expect(await decide({ failed: ['arm64'] })).toMatchObject({ outcome: 'indeterminate' })
    expect(await decide({ left: new Map([[d('amd64'), 36]]) })).toMatchObject({ outcome: 'indeterminate', codes: ['too-many-signatures'] })
    expect(await decide({ graph: null, unread: { code: 'reference-not-found', message: 'x', final: false } })).toMatchObject({ outcome: 'indeterminate', codes: ['reference-not-found'] })
  })

  it('4: any signature on or beside a judged subject, whatever its state', async () => {
    for (const state of ['untrusted', 'invalid', 'mismatch', 'expired', 'unsupported', 'not-checked'] as const) {
      expect((await decide({ checked: [signed('a', 'arm64', { state })] })).outcome, state).toBe('deny')
    }
    expect((await decide({ platform: 'linux/amd64', checked: [signed('a', 'arm64', { state: 'untrusted' })] })).outcome).toBe('unsigned')
  })

  it('5: unsigned', async () => {
    expect(await decide({})).toMatchObject({ outcome: 'unsigned', codes: ['no-signature'] })
  })
})

describe('W5: demands are met by the very signatures that meet the threshold', () => {
  const at = (seconds: number): object => ({ signedAt: AT + seconds })
  const root = (facts: object): FactsOptions => ({ checked: [signed('a', 'root', { facts })] })

  it('repository', async () => {
    expect((await decide(root({ repository: 'registry.example/app' }), { repository: true })).outcome).toBe('allow')
    expect(await decide(root({ repository: 'registry.example/other' }), { repository: true })).toMatchObject({ outcome: 'deny', codes: ['not-covered', 'not-covered', 'repository-not-met'] })
    expect((await decide(root({ repository: null }), { repository: true })).outcome).toBe('deny')
    expect((await decide(root({ repository: 'registry.example/other' }), { repository: ['registry.example/other'] })).outcome).toBe('allow')
    const mixed = { checked: [signed('a', 'root', { facts: { repository: 'x.example/y' } }), signed('b', 'root')] }
    expect((await decide(mixed, { repository: true, signatures: { threshold: 2 } })).outcome).toBe('deny')
  })

  it('tag, and a reference without one', async () => {
    expect((await decide(root({ tag: '1' }), { tag: true })).outcome).toBe('allow')
    expect((await decide(root({ tag: '0.9' }), { tag: true })).outcome).toBe('deny')
    expect((await decide({ ...root({ tag: '1' }), reference: `registry.example/app@${d('root')}` }, { tag: true })).outcome).toBe('deny')
  })

  it('maxAge: none, too old, or more than five minutes ahead are not met', async () => {
    expect((await decide(root(at(-86_400)), { maxAge: '1d' })).outcome).toBe('allow')
    expect((await decide(root(at(-86_401)), { maxAge: '1d' })).codes).toContain('too-old')
    expect((await decide(root(at(300)), { maxAge: '1d' })).outcome).toBe('allow')
    expect((await decide(root(at(301)), { maxAge: '1d' })).outcome).toBe('deny')
    expect((await decide(root({ signedAt: null }), { maxAge: '1d' })).outcome).toBe('deny')
  })

  it('annotations by equal text only', async () => {
    expect((await decide(root({ annotations: new Map([['env', 'prod']]) }), { annotations: { env: 'prod' } })).outcome).toBe('allow')
    expect((await decide(root({ annotations: new Map([['env', 'prof']]) }), { annotations: { env: 'prod' } })).codes).toContain('annotation-not-met')
    expect((await decide(root({}), { annotations: { env: 'prod' } })).outcome).toBe('deny')
  })
})
