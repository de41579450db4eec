import { describe, expect, test } from 'vitest'
import { addressRules } from '../../worker/addresses.ts'
import { connectionsBy } from '../../worker/connections.ts'
import { judgedFetch } from '../../worker/judged-fetch.ts'
import { alice, world } from '../hostile/support.ts'
import * as lies from '../hostile/registry/lies.ts'
import { nodeHttp, type Lookup } from '../../src/cli/node-http.ts'
import { appFor, url } from './support.ts'

const PRIVATE = [
  '10.0.0.1', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0', '224.0.0.1', '255.255.255.255', '198.18.0.1', '127.0.0.1', '127.1.2.3', 'localhost', 'x.localhost',
  '[::1]', '[::]', '[fe80::1]', '[fc00::1]', '[fd12:3456::1]', '[ff02::1]', '[::ffff:10.0.0.1]', '[::ffff:a9fe:a9fe]', '[64:ff9b::a00:1]', '[2002:a00:1::]',
  '0x7f.1', '0x7f000001', '2130706433', '017700000001', '0177.0.0.1', '127.1', '10.1', '0xa9fea9fe', 'metadata.google.internal', 'metadata:80', 'printer.local',
]

describe('T52: an address in any spelling', () => {
  test.each(PRIVATE)('%s is not asked, for no route, whatever the list of registries lets in', async (host) => {
    const app = await appFor({ keys: [alice.publicPem], env: { ALLOWED_REGISTRIES: '* *.localhost *.internal *.local' }, surroundings: { loopback: false }, settings: { source: () => {
      throw new Error('nobody may be asked')
    } } })
    // a bare number or word is a name on docker.io unless a port stands behind it
    const registry = host.includes(':') || host.includes('.') || host === 'localhost' ? (host.startsWith('[') ? `${host}:5000` : host) : `${host}:5000`
    for (const route of ['verify', 'gate', 'resolve', 'evidence']) {
      const { status, json } = await app.ask(url(`/v1/${route}`, { ref: `${registry}/demo/app:v1` }))
      expect([status, json?.['code']], `${route} ${JSON.stringify(json)}`).toSatisfy(([given, code]) => (given === 403 && code === 'forbidden-address') || (given === 400 && code === 'bad-reference'))
    }
    expect(await app.ask('/v1/verify', { method: 'POST', body: JSON.stringify({ reference: `${registry}/demo/app:v1` }), headers: { 'content-type': 'application/json' } })).toSatisfy(({ status }: { status: number }) => status === 403 || status === 400)
  })

  test.each(['127.0.0.1.', '１２７.0.0.1', 'user@127.0.0.1', 'user:pass@registry.example', 'registry.example.', 'registry.example%2f@127.0.0.1', 'ghcr.іo', '127。0。0。1', 'http://127.0.0.1'])('T52, T59: %s is no registry', async (host) => {
    const app = await appFor({ keys: [alice.publicPem] })
    expect((await app.ask(url('/v1/verify', { ref: `${host}/demo/app:v1` }))).json).toMatchObject({ code: 'bad-reference' })
  })
})

describe('the list of registries', () => {
  const refusal = (registries: string, registry: string, loopback = false): string | null => addressRules({ registries: registries.split(' ').filter(Boolean), loopback }).refusal(registry)

  test.each<[string, string, string | null]>([
    ['', 'ghcr.io', 'registry-not-allowed'], ['*', 'ghcr.io', null], ['*', 'ghcr.io:5000', null], ['ghcr.io', 'ghcr.io', null], ['GHCR.io', 'ghcr.io', null], ['ghcr.io', 'ghcr.io:5000', 'registry-not-allowed'],
    ['ghcr.io:5000', 'ghcr.io:5000', null], ['ghcr.io:*', 'ghcr.io:5000', null], ['ghcr.io', 'evilghcr.io', 'registry-not-allowed'], ['ghcr.io', 'a.ghcr.io', 'registry-not-allowed'],
    ['*.ghcr.io', 'a.b.ghcr.io', null], ['*.ghcr.io', 'ghcr.io', 'registry-not-allowed'], ['*.ghcr.io', 'evil-ghcr.io', 'registry-not-allowed'], ['index.docker.io', 'docker.io', null], ['docker.io', 'docker.io', null],
    ['10.0.0.1', '10.0.0.1', null], ['10.0.0.1', '10.0.0.2', 'forbidden-address'], ['registry:5000', 'registry:5000', null], ['registry:5000', 'registry:6000', 'forbidden-address'], ['[fd00::1]:5000', '[fd00::1]:5000', null],
    ['localhost:*', 'localhost:5000', null], ['*.internal', 'a.internal', 'forbidden-address'],
  ])('"%s" and %s: %s', (registries, registry, expected) => {
    expect(refusal(registries, registry)).toBe(expected)
  })

  test('loopback, where the operator lets it in, is loopback only', () => {
    for (const registry of ['127.0.0.1:5000', 'localhost:5000', '[::1]:5000']) expect(refusal('', registry, true)).toBe(null)
    for (const registry of ['10.0.0.1', 'metadata.google.internal', '169.254.169.254']) expect(refusal('*', registry, true)).toBe('forbidden-address')
  })

  test.each(['http://ghcr.io', 'ghcr.io/x', 'a b', '*.', '**', ':5000', 'ghcr.io:port', 'ɢhcr.io'])('%s is no entry', (entry) => {
    expect(() => addressRules({ registries: [entry] })).toThrow(/list of registries/)
  })

  test('a registry that is not in it, and no request', async () => {
    const on = await world()
    const app = await appFor({ keys: [alice.publicPem], env: { ALLOWED_REGISTRIES: 'ghcr.io' }, surroundings: { loopback: false } })
    expect(await app.ask(url('/v1/verify', { ref: 'quay.io/a/b:c' }))).toMatchObject({ status: 403, json: { code: 'registry-not-allowed' } })
    expect(await app.ask(url('/v1/verify', { ref: on.reference }))).toMatchObject({ status: 403, json: { code: 'forbidden-address' } })
    expect(on.server.requests).toEqual([])
  })
})

describe('where a registry points', () => {
  // named, so it may be asked; what it points to is another address of the same kind, which is not
  const listed = async () => {
    const [on, victim] = [await world(), await world()]
    const app = await appFor({ keys: [alice.publicPem], env: { ALLOWED_REGISTRIES: on.server.host }, surroundings: { loopback: false } })
    return { on, victim, app }
  }

  test('T50: a token realm that the operator did not name', async () => {
    const { on, victim, app } = await listed()
    on.server.put('v1', lies.challenge(`${victim.server.url}/token`))
    expect((await app.ask(url('/v1/verify', { ref: on.reference }))).json).toMatchObject({ outcome: 'indeterminate', reasons: [{ code: 'forbidden-address' }, {}] })
    expect(victim.server.requests).toEqual([])
  })

  test('T53: a redirect to what the operator did not name', async () => {
    const { on, victim, app } = await listed()
    on.server.put('v1', lies.redirect(`${victim.server.url}/v2/demo/app/manifests/v1`))
    expect((await app.ask(url('/v1/resolve', { ref: on.reference }))).json).toMatchObject({ status: 403, code: 'forbidden-address' })
    expect(victim.server.requests).toEqual([])
  })

  test.each(['http://169.254.169.254/latest/meta-data/', 'http://[::ffff:169.254.169.254]/', 'http://0xa9fea9fe/', 'http://metadata.google.internal/', 'http://10.0.0.1/', 'file:///etc/passwd'])('T50, T53: %s', async (target) => {
    const on = await world()
    const app = await appFor({ keys: [alice.publicPem] })
    for (const lie of [lies.redirect(target), lies.challenge(target)]) {
      on.server.put('v1', lie)
      expect((await app.ask(url('/v1/gate', { ref: on.reference }))).json).toMatchObject({ status: 503, code: 'indeterminate' })
    }
  })
})

describe('T51: a name that resolves to a private address', () => {
  const resolvesTo = (...addresses: string[]): Lookup => (_, __, callback) => callback(null, addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })))
  const through = async (addresses: readonly string[], registries = '*') => {
    const on = await world()
    const port = on.server.host.split(':')[1] ?? ''
    const app = await appFor({
      keys: [alice.publicPem],
      env: { ALLOWED_REGISTRIES: registries },
      surroundings: { registry: (rules) => ({ fetch: nodeHttp({ mayConnect: connectionsBy(rules), lookup: resolvesTo(...addresses) }), plainHttp: true }) },
    })
    const answered = await app.ask(url('/v1/resolve', { ref: `registry.example:${port}/demo/app:v1` }))
    return { json: answered.json, asked: on.server.requests.length }
  }

  test.each(['127.0.0.1', '::1', '::ffff:127.0.0.1', '10.0.0.1', '169.254.169.254', 'fe80::1%eth0', 'fd00::1'])('T51: %s: no connection is made, even where loopback itself may be asked', async (address) => {
    expect(await through([address])).toMatchObject({ json: { status: 403, code: 'forbidden-address' }, asked: 0 })
  })

  test.each(['127.0.0.1', '::1', '10.0.0.1'])('T51: %s, before it is asked, where nothing can be put before the connection (Deno, Bun)', async (address) => {
    const asked: string[] = []
    const app = await appFor({
      keys: [alice.publicPem],
      surroundings: { registry: (rules) => ({ fetch: judgedFetch(connectionsBy(rules), () => Promise.resolve([{ address: '192.0.2.1' }, { address }]), (url) => {
        asked.push(url)
        return Promise.reject(new TypeError('nobody'))
      }) }) },
    })
    expect((await app.ask(url('/v1/resolve', { ref: 'registry.example/demo/app:v1' }))).json).toMatchObject({ status: 403, code: 'forbidden-address' })
    expect(asked).toEqual([])
  })

  test('the operator may name it, and then it is asked', async () => {
    expect(await through(['127.0.0.1'], 'registry.example:*')).toMatchObject({ json: { digest: expect.stringMatching(/^sha256:/) as string } })
  })
})
