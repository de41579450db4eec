import { describe, expect, onTestFinished, test } from 'vitest'
import { registry, type Credential, type RegistryOptions } from '../../src/index.ts'
import { hostileRegistry, secretsIn, type Answer } from './registry/hostile.ts'
import * as lies from './registry/lies.ts'
import { asked, detached, flat, INDEX, judge, REPOSITORY, world } from './support.ts'

const ann: Credential = { username: 'ann', password: 'secret-of-ann' }
const BEARER = { auth: { scheme: 'bearer' as const, users: { ann: 'secret-of-ann' } } }

const withAnn = (options: RegistryOptions = {}) => registry({ credentials: async () => ann, ...options })

/** Nothing but loopback is really asked. */
const loopbackOnly: RegistryOptions = { allowAddress: ({ hostname }) => hostname === '127.0.0.1' }

describe('T50: a realm that nobody may be sent to', () => {
  test.each(['http://169.254.169.254/token', 'http://10.0.0.1/token', 'http://[fe80::1]/token', 'http://192.168.0.1/token', 'http://metadata.google.internal/token', 'ftp://127.0.0.1/token'])('T50: %s', async (realm) => {
    const on = await world(BEARER)
    await flat(on)
    expect((await judge(on, { source: withAnn() })).outcome).toBe('allow')
    on.server.put('v1', lies.challenge(realm))
    const { outcome, codes, text } = await judge(on, { source: withAnn() })
    expect([outcome, codes]).toEqual(['indeterminate', ['forbidden-address']])
    expect(text).toContain(`sends to ${new URL(realm).host} for a token, which may not be asked on its behalf`)
  })

  test('T50: a public host may be asked, but does not get the registry\'s credentials', async () => {
    const on = await world(BEARER)
    on.server.put('v1', lies.challenge('http://attacker.example/token'))
    const { outcome, codes, text } = await judge(on, { source: withAnn(loopbackOnly) })
    expect([outcome, codes]).toEqual(['indeterminate', ['forbidden-address']])
    expect(text).toContain('attacker.example for a token, which must not receive its credentials')
    expect(secretsIn(on.server.requests, 'ann:secret-of-ann')).toEqual([])
  })

  test('T50: a challenge that breaks the grammar is a broken answer', async () => {
    const on = await world(BEARER)
    on.server.put('v1', lies.failure(401, 'UNAUTHORIZED', { 'WWW-Authenticate': 'Bearer realm="a",realm="b"' }))
    expect((await judge(on, { source: withAnn() })).codes).toEqual(['registry-error'])
  })
})

describe('T53: redirects', () => {
  test('T53: to another origin: the secret stays, and the bytes speak for themselves', async () => {
    const on = await world({ auth: { scheme: 'basic', users: { ann: 'secret-of-ann' } } })
    const root = await flat(on)
    const other = await hostileRegistry()
    onTestFinished(other.close)
    await other.store.putManifest(REPOSITORY, 'v1', root.bytes, INDEX)
    // first the challenge, so that there is a secret to carry along
    const elsewhere: Answer = ({ headers }, honest) => (headers['authorization'] === undefined ? honest() : lies.redirect(`${other.url}/v2/${REPOSITORY}/manifests/v1`))
    on.server.put('v1', elsewhere)
    on.server.put(root.digest, elsewhere)
    for (const reference of [on.reference, `${on.name}@${root.digest}`]) expect((await judge(reference, { source: withAnn() })).outcome).toBe('allow')
    expect(secretsIn(other.requests, 'ann:secret-of-ann')).toEqual([])
    expect(secretsIn(on.server.requests, 'ann:secret-of-ann').length).toBeGreaterThan(0)
    other.put('v1', lies.flippedBit(30))
    expect((await judge(`${on.name}@${root.digest}`, { source: withAnn() })).codes).toEqual(['digest-mismatch'])
    other.put('v1', lies.absent)
    expect((await judge(`${on.name}@${root.digest}`, { source: withAnn() })).outcome).toBe('indeterminate')
  })

  test.each(['http://169.254.169.254/latest', 'http://10.1.2.3/x', 'file:///etc/passwd', 'http://user:pass@127.0.0.1/x'])('T53: to %s', async (target) => {
    const on = await world()
    await flat(on)
    on.server.put('v1', lies.redirect(target))
    const { outcome, codes, text } = await judge(on)
    expect([outcome, codes]).toEqual(['indeterminate', ['forbidden-address']])
    expect(text).toContain('which may not be asked on its behalf')
    expect(text).not.toContain('pass')
  })

  test('T53: in a circle, at the cost of a few requests', async () => {
    const on = await world()
    on.server.put('v1', lies.redirectLoop())
    expect((await judge(on)).codes).toEqual(['forbidden-address'])
    expect(asked(on).length).toBeLessThan(10)
  })
})

test('T54: one client, two callers: the second does not ride on the first one\'s token', async () => {
  const on = await world(BEARER)
  await flat(on)
  let credential: Credential | null = ann
  const source = registry({ credentials: async () => credential })
  expect((await judge(on, { source })).outcome).toBe('allow')
  credential = null
  const { outcome, codes } = await judge(on, { source })
  expect([outcome, codes]).toEqual(['indeterminate', ['unauthorized']])
})

describe('T55: bodies that take for ever', () => {
  test.each<[string, Answer]>([['drips', lies.drip(5)], ['stops in the middle', lies.stall], ['never begins', lies.hang]])('T55: one that %s: one deadline for the whole', async (_, lie) => {
    const on = await world({ referrersApi: false })
    await detached(on)
    expect((await judge(on)).outcome).toBe('allow')
    on.server.put(on.image.index.digest.replace(':', '-'), lie)
    const { outcome, places } = await judge(on, { timeoutMs: 250 })
    expect(outcome).toBe('indeterminate')
    expect(places).toContain('digest-tag failed timeout')
    on.server.put('v1', lie)
    expect((await judge(on, { timeoutMs: 250 })).codes).toEqual(['timeout'])
  })
})
