import { describe, expect, test, vi } from 'vitest'
import { parseReference } from '../../src/oci/reference.ts'
import { Guard } from '../../src/source/guarded.ts'
import { registry } from '../../src/source/registry.ts'
import { secretsIn } from '../hostile/registry/hostile.ts'
import * as lies from '../hostile/registry/lies.ts'
import { bearerRegistry, fakeFetch, outcome, seeded } from './registry-fixture.ts'

const users = { ann: 'secret-of-ann', bob: 'secret-of-bob' }
const ann = { username: 'ann', password: users.ann }
const asAnn = async () => ann

describe('Basic', () => {
  test('answers the challenge, then is sent at once', async () => {
    const { server, reference } = await seeded({ auth: { scheme: 'basic', users } })
    const source = registry({ credentials: asAnn })
    const guard = new Guard()
    expect(outcome(await source.resolve(reference, guard))).toBe('read')
    expect(outcome(await source.resolve(reference, guard))).toBe('read')
    expect(server.requests.map(({ headers }) => headers['authorization'] !== undefined)).toEqual([false, true, true])
    expect(guard.requests).toBe(3)
  })

  test('without credentials, or with wrong ones: unauthorized, and no endless asking', async () => {
    const { server, reference } = await seeded({ auth: { scheme: 'basic', users } })
    expect(outcome(await registry().resolve(reference, new Guard()))).toBe('failed unauthorized')
    expect(outcome(await registry({ credentials: async () => ({ username: 'ann', password: 'wrong' }) }).resolve(reference, new Guard()))).toBe('failed unauthorized')
    expect(outcome(await registry({ credentials: async () => ({ token: 'identity' }) }).resolve(reference, new Guard()))).toBe('failed unauthorized')
    expect(server.requests).toHaveLength(4)
  })

  test('credentials that were refused are not sent twice for one question', async () => {
    const { server, reference } = await seeded({ auth: { scheme: 'basic', users } })
    const source = registry({ credentials: async () => ({ username: 'ann', password: 'wrong' }) })
    await source.resolve(reference, new Guard())
    const before = server.requests.length
    expect(outcome(await source.resolve(reference, new Guard()))).toBe('failed unauthorized')
    expect(server.requests.length - before).toBe(1)
  })

  test('credentials that can not be had are unauthorized, in words of our own', async () => {
    const { reference } = await seeded({ auth: { scheme: 'basic', users } })
    const source = registry({ credentials: () => Promise.reject(new Error('helper says \x1b[2J')) })
    expect(await source.resolve(reference, new Guard())).toMatchObject({ code: 'unauthorized', message: expect.not.stringContaining('helper') })
  })
})

describe('Bearer', () => {
  test.each([['token'], ['access_token']] as const)('a token in %s, kept for the repository, counted apart', async (field) => {
    const { server, reference, index } = await seeded({ auth: { scheme: 'bearer', users, tokenFields: [field] } })
    const source = registry({ credentials: asAnn })
    const guard = new Guard()
    expect(outcome(await source.resolve(reference, guard))).toBe('read')
    expect(outcome(await source.manifest(reference.repository, index, guard))).toBe('read')
    expect(server.requests.map(({ path }) => path.split('?')[0])).toEqual(['/v2/demo/app/manifests/v1', '/token', '/v2/demo/app/manifests/v1', `/v2/demo/app/manifests/${index}`])
    expect(server.requests[1]?.path).toContain('scope=repository%3Ademo%2Fapp%3Apull')
    expect([guard.requests, guard.tokenRequests]).toEqual([3, 1])
    expect(secretsIn(server.requests, 'ann:secret-of-ann').map(({ path }) => path.split('?')[0])).toEqual(['/token'])
  })

  test('an anonymous token for public images', async () => {
    const { reference } = await seeded({ auth: { scheme: 'bearer', users: {}, anonymousPull: true } })
    expect(outcome(await registry().resolve(reference, new Guard()))).toBe('read')
  })

  test('the scope is our own, whatever the challenge names', async () => {
    const { server, reference } = await seeded({ auth: { scheme: 'bearer', users, anonymousPull: true } })
    server.put('v1', lies.inTurn(lies.challenge(`${server.url}/token`, { scope: 'repository:other/secret:pull,push' }), lies.honest))
    await registry().resolve(reference, new Guard())
    expect(server.requests.find(({ path }) => path.startsWith('/token'))?.path).not.toContain('secret')
  })

  test('one token for many requests at once', async () => {
    const { server, reference } = await seeded({ auth: { scheme: 'bearer', users, anonymousPull: true } })
    const source = registry()
    const reads = await Promise.all(Array.from({ length: 8 }, () => source.resolve(reference, new Guard())))
    expect(reads.map(outcome)).toEqual(Array(8).fill('read'))
    expect(server.requests.filter(({ path }) => path.startsWith('/token'))).toHaveLength(1)
  })

  test('a token that is over is renewed before it is sent (expires_in)', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      const { server, reference } = await seeded({ auth: { scheme: 'bearer', users, anonymousPull: true, tokenSeconds: 100 } })
      const source = registry()
      const ask = async () => outcome(await source.resolve(reference, new Guard({ timeoutMs: 1e9 })))
      await ask()
      vi.setSystemTime(Date.now() + 80_000)
      await ask()
      expect(server.requests.filter(({ path }) => path.startsWith('/token'))).toHaveLength(1)
      vi.setSystemTime(Date.now() + 15_000)
      expect(await ask()).toBe('read')
      expect(server.requests.filter(({ path }) => path.startsWith('/token'))).toHaveLength(2)
      expect(server.requests).toHaveLength(6)
    } finally {
      vi.useRealTimers()
    }
  })

  test('a stale token is renewed once after 401', async () => {
    let token = 0
    const fetch = fakeFetch((url, headers) => {
      if (url.pathname === '/token') return Response.json({ token: `t${++token}` })
      return headers.get('authorization') === 'Bearer t2' ? new Response('{}') : new Response(null, { status: 401, headers: { 'www-authenticate': 'Bearer realm="https://registry.example/token"' } })
    })
    const source = registry({ fetch })
    const reference = parseReference('registry.example/a/b:v1')
    expect(outcome(await source.resolve(reference, new Guard()))).toBe('failed unauthorized')
    expect(outcome(await source.resolve(reference, new Guard()))).toBe('read')
    expect(fetch.log.map(({ url, authorization }) => `${new URL(url).pathname} ${authorization}`)).toEqual([
      '/v2/a/b/manifests/v1 null', '/token null', '/v2/a/b/manifests/v1 Bearer t1',
      '/v2/a/b/manifests/v1 Bearer t1', '/token null', '/v2/a/b/manifests/v1 Bearer t2',
    ])
  })

  test('an identity token is exchanged by POST', async () => {
    const fetch = bearerRegistry('https://registry.example/token')
    await registry({ fetch, credentials: async () => ({ token: 'identity' }) }).resolve(parseReference('registry.example/a/b'), new Guard())
    expect(fetch.log[1]).toMatchObject({ method: 'POST', url: 'https://registry.example/token', authorization: null })
    expect(Object.fromEntries(new URLSearchParams(String(fetch.log[1]?.body)))).toEqual({
      grant_type: 'refresh_token', client_id: 'sealdex', refresh_token: 'identity', service: 'svc', scope: 'repository:a/b:pull',
    })
  })

  test.each([
    ['401', lies.failure(401, 'UNAUTHORIZED'), 'failed unauthorized'],
    ['503', lies.serverError(503), 'failed registry-error'],
    ['404', lies.absent, 'failed registry-error'],
    ['a redirect', lies.redirect('https://elsewhere.example/'), 'failed registry-error'],
    ['no token', lies.document({ refresh_token: 'x' }), 'failed registry-error'],
    ['a token with a line break', lies.document({ token: 'a\r\nx: y' }), 'failed registry-error'],
    ['HTML', lies.serverError(200), 'failed registry-error'],
    ['an endless body', lies.endless(), 'failed too-large'],
    ['a reset', lies.reset, 'failed unreachable'],
  ])('a token server that answers with %s fails the read, and is never absence', async (_, lie, expected) => {
    const { server, reference } = await seeded({ auth: { scheme: 'bearer', users, anonymousPull: true } })
    server.token(lie)
    expect(outcome(await registry().resolve(reference, new Guard()))).toBe(expected)
  })

  test.each([
    ['no challenge', {}, 'failed unauthorized'],
    ['an unknown scheme', { 'www-authenticate': 'Negotiate abc==' }, 'failed unauthorized'],
    ['a broken challenge', { 'www-authenticate': 'Bearer realm="https://a' }, 'failed registry-error'],
    ['two realms', { 'www-authenticate': 'Bearer realm="https://a/",realm="https://b/"' }, 'failed registry-error'],
    ['a realm that is no URL', { 'www-authenticate': 'Bearer realm="/token"' }, 'failed registry-error'],
  ])('401 with %s', async (_, headers, expected) => {
    const { server, reference } = await seeded()
    server.put('v1', { status: 401, headers, body: '' })
    expect(outcome(await registry({ credentials: asAnn }).resolve(reference, new Guard()))).toBe(expected)
  })

  test('one caller that runs out of time does not fail the one who waits with it for the same token', async () => {
    const { server, reference } = await seeded({ auth: { scheme: 'bearer', users, anonymousPull: true } })
    server.token(lies.inTurn(lies.hang, lies.honest))
    const source = registry()
    const hasty = source.resolve(reference, new Guard({ timeoutMs: 300 }))
    const patient = source.resolve(reference, new Guard())
    expect((await Promise.all([hasty, patient])).map(outcome)).toEqual(['failed timeout', 'read'])
  })
})
