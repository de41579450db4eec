import { describe, expect, onTestFinished, test } from 'vitest'
import { parseReference } from '../../src/oci/reference.ts'
import { Guard } from '../../src/source/guarded.ts'
import { registry } from '../../src/source/registry.ts'
import { hostileRegistry, secretsIn } from '../hostile/registry/hostile.ts'
import * as lies from '../hostile/registry/lies.ts'
import { bearerRegistry, fakeFetch, outcome, seeded } from './registry-fixture.ts'

const ann = { username: 'ann', password: 'secret-of-ann' }
const credentials = async () => ann

async function askedRealm(host: string, realm: string, options: Parameters<typeof registry>[0] = {}): Promise<string> {
  const fetch = bearerRegistry(realm)
  const answer = outcome(await registry({ fetch, ...options }).resolve(parseReference(`${host}/a/b:v1`), new Guard()))
  const asked = fetch.log.find(({ url }) => url.startsWith(realm))
  return asked === undefined ? answer : `asked ${asked.authorization === null ? 'anonymously' : 'with credentials'}`
}

describe('T50: where a registry may send us for a token', () => {
  test.each([
    'http://169.254.169.254/latest', 'https://169.254.169.254/', 'https://10.0.0.1/', 'https://192.168.1.1/token', 'https://127.0.0.1/token', 'https://localhost/', 'https://[::1]/',
    'https://[fe80::1]/', 'https://[::ffff:169.254.169.254]/', 'https://metadata/', 'https://metadata.google.internal/', 'http://auth.example/token', 'ftp://auth.example/', 'file:///etc/passwd',
    'https://user:pass@auth.example/',
  ])('a public registry: not to %s', async (realm) => {
    expect(await askedRealm('registry.example', realm)).toBe('failed forbidden-address')
  })

  test('a private registry has its token server on a private address, but not on the link-local one', async () => {
    expect(await askedRealm('10.0.0.5', 'https://10.0.0.9/token')).toBe('asked anonymously')
    expect(await askedRealm('10.0.0.5', 'https://169.254.169.254/token')).toBe('failed forbidden-address')
    expect(await askedRealm('10.0.0.5', 'https://127.0.0.1/token')).toBe('failed forbidden-address')
  })

  test.each([
    ['docker.io', 'https://auth.docker.io/token', 'asked with credentials'],
    ['registry.gitlab.example.com', 'https://gitlab.example.com/jwt/auth', 'asked with credentials'],
    ['registry.example.com', 'https://registry.example.com:8443/token', 'asked with credentials'],
    ['registry.example.com', 'https://attacker.example/token', 'failed forbidden-address'],
    ['registry.victim.co.uk', 'https://attacker.co.uk/token', 'failed forbidden-address'],
    ['registry.example.com', 'https://notexample.com/token', 'failed forbidden-address'],
    ['10.0.0.5', 'https://10.0.0.6/token', 'failed forbidden-address'],
  ])('credentials for %s at realm %s: %s', async (host, realm, expected) => {
    expect(await askedRealm(host, realm, { credentials })).toBe(expected)
    expect(await askedRealm(host, realm)).toBe('asked anonymously')
  })

  test('tokenHosts lets a strange one have them', async () => {
    expect(await askedRealm('registry.example.com', 'https://api.vendor.example/token', { credentials, tokenHosts: ['api.vendor.example'] })).toBe('asked with credentials')
  })

  test('credentials go over plain HTTP only to the origin that was named so', async () => {
    expect(await askedRealm('registry.lan', 'http://registry.lan/token', { credentials, plainHttp: true })).toBe('asked with credentials')
    expect(await askedRealm('registry.example.com', 'http://auth.example.com/token', { credentials, plainHttp: true })).toBe('failed forbidden-address')
  })
})

describe('T53: redirects', () => {
  test('the secret stays at home, and the one we are sent to is believed for its bytes alone', async () => {
    const { server, image, index, reference } = await seeded({ auth: { scheme: 'basic', users: { ann: ann.password } } })
    const other = await hostileRegistry()
    onTestFinished(other.close)
    other.route(/./, { status: 200, headers: {}, body: image.index.bytes })
    server.put(index, lies.redirect(`${other.url}/storage`))
    server.put('v2', lies.redirect('/v2/demo/app/manifests/v1'))
    const source = registry({ credentials })
    // the challenge is learnt first, so that there is a secret to lose
    expect(outcome(await source.resolve(reference, new Guard()))).toBe('read')
    expect(outcome(await source.manifest(reference.repository, index, new Guard()))).toBe('read')
    expect(other.requests).toHaveLength(1)
    expect(secretsIn(other.requests, 'ann:secret-of-ann')).toEqual([])
    expect(outcome(await source.tagged(reference.repository, 'v2', new Guard()))).toBe('read')
  })

  test('a secret dropped stays dropped on the way back', async () => {
    const fetch = fakeFetch((url, headers) => {
      if (url.host === 'cdn.example') return new Response(null, { status: 307, headers: { location: 'https://registry.example/back' } })
      if (url.pathname === '/back') return new Response('{}')
      return headers.has('authorization') ? new Response(null, { status: 307, headers: { location: 'https://cdn.example/x' } }) : new Response(null, { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } })
    })
    expect(outcome(await registry({ fetch, credentials }).resolve(parseReference('registry.example/a/b'), new Guard()))).toBe('read')
    expect(fetch.log.map(({ authorization }) => authorization !== null)).toEqual([false, true, false, false])
  })

  test('a 401 or 404 of the one we were sent to is no challenge and no absence', async () => {
    const { server, reference } = await seeded()
    const other = await hostileRegistry()
    onTestFinished(other.close)
    server.put('v1', lies.redirect(`${other.url}/storage`))
    other.route(/./, lies.inTurn({ status: 401, headers: { 'www-authenticate': 'Basic realm="give"' }, body: '' }, lies.absent))
    const source = registry({ credentials })
    expect(outcome(await source.resolve(reference, new Guard()))).toBe('failed unauthorized')
    expect(outcome(await source.resolve(reference, new Guard()))).toBe('failed registry-error')
    expect(secretsIn(other.requests, 'ann:secret-of-ann')).toEqual([])
  })

  test.each([
    'http://cdn.example/', 'https://169.254.169.254/', 'https://10.1.2.3/', 'https://127.0.0.1/', 'ftp://cdn.example/', 'data:text/plain,x', 'https://u:p@cdn.example/', 'https://0x7f000001/', 'https://１２７.0.0.1/', 'https://localhost./',
  ])('T52: not to %s', async (location) => {
    const fetch = fakeFetch((url) => (url.host === 'registry.example' ? new Response(null, { status: 302, headers: [['location', encodeURI(location)]] }) : new Response('{}')))
    expect(outcome(await registry({ fetch }).resolve(parseReference('registry.example/a/b'), new Guard()))).toBe('failed forbidden-address')
    expect(fetch.log).toHaveLength(1)
  })

  test('loops end, each hop is paid for, and a redirect to nowhere or hidden by the runtime is told', async () => {
    const { server, reference } = await seeded()
    server.put('v1', lies.redirectLoop())
    server.put('v2', { status: 302, headers: {}, body: '' })
    const guard = new Guard()
    expect(outcome(await registry().resolve(reference, guard))).toBe('failed forbidden-address')
    expect(guard.requests).toBe(6)
    expect(outcome(await registry().tagged(reference.repository, 'v2', guard))).toBe('failed forbidden-address')
    const opaque = Object.defineProperties(new Response(), { type: { value: 'opaqueredirect' }, status: { value: 0 } })
    expect(outcome(await registry({ fetch: async () => opaque }).resolve(reference, guard))).toBe('failed forbidden-address')
  })

  test('allowAddress sees every hop and every realm', async () => {
    const asked: string[] = []
    const fetch = bearerRegistry('https://auth.registry.example/token')
    const allowAddress = (url: URL) => asked.push(url.host) > 0 && url.host === 'registry.example'
    expect(outcome(await registry({ fetch, allowAddress }).resolve(parseReference('registry.example/a/b'), new Guard()))).toBe('failed forbidden-address')
    expect(asked).toEqual(['registry.example', 'auth.registry.example'])
  })
})

describe('T54: a token is for one credential', () => {
  test('another caller of the same client gets a token of its own, or none', async () => {
    const users = { ann: ann.password, bob: 'secret-of-bob' }
    const { server, reference } = await seeded({ auth: { scheme: 'bearer', users } })
    let who: typeof ann | null = ann
    const source = registry({ credentials: async () => who })
    expect(outcome(await source.resolve(reference, new Guard()))).toBe('read')
    who = null
    expect(outcome(await source.resolve(reference, new Guard()))).toBe('failed unauthorized')
    who = { username: 'bob', password: users.bob }
    expect(outcome(await source.resolve(reference, new Guard()))).toBe('read')
    const asked = server.requests.filter(({ path }) => path.startsWith('/token')).map(({ headers }) => headers['authorization'])
    expect([...new Set(asked)]).toEqual([`Basic ${btoa('ann:secret-of-ann')}`, undefined, `Basic ${btoa('bob:secret-of-bob')}`])
  })
})

test('T59: a look-alike host is no reference; what a redirect names is shown in punycode', async () => {
  expect(() => parseReference('registry.еxample/a/b')).toThrow()
  const fetch = fakeFetch(() => new Response(null, { status: 302, headers: { location: 'http://xn--xample-2of.example/' } }))
  expect(await registry({ fetch }).resolve(parseReference('registry.example/a/b'), new Guard())).toMatchObject({ message: expect.stringContaining('xn--') })
})
