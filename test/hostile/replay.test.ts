import { describe, expect, test } from 'vitest'
import { parsePolicy, type Policy } from '../../src/index.ts'
import * as lies from './registry/lies.ts'
import { alice, AT, detached, flat, flatEntries, indexOf, judge, mallory, put, REPOSITORY, signed, payloadOf, listed, world, type World } from './support.ts'

const FACTS = 'dev.sealdex/'

/** Alice's (and mallory's) signatures with further demands. */
function demanding(require: object, signers: readonly ('alice' | 'mallory')[] = ['alice']): Promise<Policy> {
  const keys = { alice: { keys: [{ key: alice.publicPem }] }, mallory: { keys: [{ key: mallory.publicPem }] } }
  return parsePolicy(JSON.stringify({ version: 1, policies: [{ name: 'p', scopes: ['*'], signers: Object.fromEntries(signers.map((name) => [name, keys[name]])), require }] }))
}

const signedAs = async (on: World, facts: Record<string, string>): Promise<void> => void (await flat(on, { optional: Object.fromEntries(Object.entries(facts).map(([name, value]) => [`${FACTS}${name}`, value])) }))

describe('T24: signed under another repository or tag', () => {
  test('T24: the verdict says what is bound; a policy that demands the repository stops it', async () => {
    const on = await world()
    await signedAs(on, { repository: 'registry.example/acme/app' })
    const without = await judge(on)
    expect(without.outcome).toBe('allow')
    expect(without.verdict.subjects[1]?.signatures[0]?.signed).toMatchObject({ repository: 'registry.example/acme/app', tag: null })
    const { outcome, codes, text } = await judge(on, { policy: demanding({ repository: true }) })
    expect([outcome, codes.includes('repository-not-met')]).toEqual(['deny', true])
    expect(text).toContain('The signature by "alice" does not count: it does not say the repository')
    expect((await judge(on, { policy: demanding({ repository: ['registry.example/acme/app'] }) })).outcome).toBe('allow')
    await signedAs(on, { repository: on.name })
    expect((await judge(on, { policy: demanding({ repository: true }) })).outcome).toBe('allow')
  })

  test('T24: cosign\'s docker-reference is the repository where no other is signed', async () => {
    const on = await world()
    const entries = await Promise.all(on.image.manifests.map(async (manifest) => listed(manifest, { platform: manifest.platform, annotations: await signed(alice, payloadOf(manifest.digest, 'registry.example/other')) })))
    await put(on, 'v1', indexOf(entries))
    expect((await judge(on, { policy: demanding({ repository: true }) })).codes).toContain('repository-not-met')
    await flat(on)
    expect((await judge(on, { policy: demanding({ repository: true }) })).outcome).toBe('allow')
  })

  test('T24: an index signed as v1 put under v2', async () => {
    const on = await world()
    await signedAs(on, { tag: 'v1' })
    const policy = demanding({ tag: true })
    expect((await judge(on, { policy })).outcome).toBe('allow')
    on.server.store.tag(REPOSITORY, 'v2', on.server.store.manifest(REPOSITORY, 'v1')?.digest ?? '')
    const moved = await judge(`${on.name}:v2`, { policy })
    expect([moved.outcome, moved.codes.includes('tag-not-met')]).toEqual(['deny', true])
    expect(moved.text).toContain('it does not say the tag that was asked for')
    const { digest } = moved.verdict
    expect((await judge(`${on.name}@${digest ?? ''}`, { policy })).codes).toContain('tag-not-met')
    expect((await judge(`${on.name}:v1@${digest ?? ''}`, { policy })).outcome).toBe('allow')
  })
})

describe('T25: old and frozen', () => {
  test.each([
    ['fresh', '2026-11-24T11:00:00Z', 'allow'], ['of the last second', '2026-11-23T12:00:00Z', 'allow'], ['one second too old', '2026-11-23T11:59:59Z', 'deny'], ['within the skew of clocks', '2026-11-24T12:05:00Z', 'allow'], ['from the future', '2026-11-24T12:05:01Z', 'deny'],
  ])('T25: a signature that is %s under maxAge 1d', async (_, signedAt, expected) => {
    const on = await world()
    await signedAs(on, { signedAt })
    const { outcome, codes } = await judge(on, { policy: demanding({ maxAge: '1d' }) })
    expect([outcome, codes.includes('too-old')]).toEqual([expected, expected === 'deny'])
  })

  test('T25: without a time, or with one that is not signed', async () => {
    const on = await world()
    const entries = (await flatEntries(on)).map((entry) => ({ ...entry, annotations: { ...entry.annotations, [`${FACTS}signedAt`]: '2026-11-24T11:00:00Z' } }))
    await put(on, 'v1', indexOf(entries))
    expect((await judge(on)).outcome).toBe('allow')
    const { outcome, text } = await judge(on, { policy: demanding({ maxAge: '1d' }) })
    expect(outcome).toBe('deny')
    expect(text).toContain('older than the policy allows, or does not say when it was made')
  })

  test('T25: an old signed index put back under the tag', async () => {
    const on = await world()
    await signedAs(on, { signedAt: '2026-11-24T11:00:00Z', tag: 'v1' })
    const policy = demanding({ maxAge: '7d', tag: true })
    expect((await judge(on, { policy })).outcome).toBe('allow')
    const now = on.server.store.manifest(REPOSITORY, 'v1')?.digest ?? ''
    await signedAs(on, { signedAt: '2026-01-01T00:00:00Z', tag: 'v1' })
    const old = on.server.store.manifest(REPOSITORY, 'v1')
    on.server.store.tag(REPOSITORY, 'v1', now)
    on.server.put('v1', { status: 200, headers: { 'content-type': old?.mediaType ?? '', 'docker-content-digest': now }, body: old?.bytes ?? '' })
    const { outcome, codes, verdict } = await judge(on, { policy })
    expect([outcome, codes.includes('too-old'), verdict.digest]).toEqual(['deny', true, old?.digest])
    expect((await judge(on, { policy, at: new Date('2026-01-02T00:00:00Z') })).outcome).toBe('allow')
  })

  test('T25: past its own expiry', async () => {
    const on = await world()
    await signedAs(on, { expiresAt: '2026-11-24T11:59:59Z' })
    const { outcome, signatures } = await judge(on)
    expect([outcome, [...new Set(signatures)]]).toEqual(['deny', ['expired expired']])
    expect((await judge(on, { at: new Date(AT.getTime() - 1_000) })).outcome).toBe('allow')
  })

  test('T25: a key out of its window, and a signature that hides its time from one', async () => {
    const on = await world()
    const window = parsePolicy(JSON.stringify({ version: 1, policies: [{ name: 'p', scopes: ['*'], signers: { alice: { keys: [{ key: alice.publicPem, notAfter: '2026-06-01T00:00:00Z' }] } } }] }))
    await signedAs(on, { signedAt: '2026-05-31T00:00:00Z' })
    expect((await judge(on, { policy: window })).outcome).toBe('allow')
    await signedAs(on, { signedAt: '2026-06-02T00:00:00Z' })
    expect((await judge(on, { policy: window })).signatures).toContain('untrusted outside-key-window')
    await flat(on)
    expect((await judge(on, { policy: window })).signatures).toContain('untrusted no-signature-time')
  })

  test('the demands are met by one signature, not by two that have half each', async () => {
    const on = await world()
    const half = await flatEntries(on, [alice], { [`${FACTS}tag`]: 'v1' })
    const other = await flatEntries(on, [alice], { [`${FACTS}signedAt`]: '2026-11-24T11:00:00Z' })
    await put(on, 'v1', indexOf(half.map((entry, i) => ({ ...entry, annotations: { ...entry.annotations, ...other[i]?.annotations } }))))
    expect((await judge(on, { policy: demanding({ tag: true }) })).outcome).toBe('allow')
    expect((await judge(on, { policy: demanding({ maxAge: '1d' }) })).outcome).toBe('allow')
    expect((await judge(on, { policy: demanding({ tag: true, maxAge: '1d' }) })).outcome).toBe('deny')
  })
})

describe('T26: the strong signature stripped, the weak one left', () => {
  test('T26: the verdict says who signed what; a threshold is not met by the one that is left', async () => {
    const on = await world()
    const both = demanding({ signatures: { threshold: 2 } }, ['alice', 'mallory'])
    await flat(on, { keys: [alice, mallory] })
    const whole = await judge(on, { policy: both })
    expect([whole.outcome, whole.verdict.signers.map(({ name }) => name)]).toEqual(['allow', ['alice', 'mallory']])
    await flat(on, { keys: [mallory] })
    const { outcome, codes, text, verdict } = await judge(on, { policy: both })
    expect([outcome, codes]).toEqual(['deny', ['threshold-not-met', 'threshold-not-met']])
    expect(text).toContain('is vouched for by 1 of 2 signers')
    expect(verdict.signers.map(({ name }) => name)).toEqual(['mallory'])
    expect(verdict.subjects[1]?.signatures[0]).toMatchObject({ state: 'accepted', signer: 'mallory' })
  })

  test('T26: a signer whom the policy knows but does not count', async () => {
    const on = await world()
    await flat(on, { keys: [mallory] })
    const { outcome } = await judge(on, { policy: demanding({ signatures: { from: ['alice'] } }, ['alice', 'mallory']) })
    expect(outcome).toBe('deny')
  })

  test('T26: each half of the threshold on another platform', async () => {
    const on = await world()
    const [first] = await flatEntries(on, [alice])
    const [, second] = await flatEntries(on, [mallory])
    await put(on, 'v1', indexOf([first, second]))
    expect((await judge(on, { policy: demanding({ signatures: { threshold: 2 } }, ['alice', 'mallory']) })).outcome).toBe('deny')
    expect((await judge(on, { policy: demanding({}, ['alice', 'mallory']) })).outcome).toBe('allow')
  })

  test('T26: the registry hides the place where the signature stands: nothing that is left is an allow', async () => {
    const on = await world({ referrersApi: false })
    await detached(on)
    expect((await judge(on)).outcome).toBe('allow')
    on.server.put(on.image.index.digest.replace(':', '-'), lies.absent)
    expect((await judge(on)).outcome).toBe('unsigned')
  })
})
