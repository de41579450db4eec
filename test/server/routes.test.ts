import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serveRegistry, type ServedRegistry } from '../../demo/registry/serve.ts'
import { seedRegistry, type Seeds } from '../../demo/seeds.ts'
import { encodeVerdict, openEvidence, policyFromKeys, registry, verify } from '../../src/index.ts'
import { AT, appFor, url, type App } from './support.ts'

let server: ServedRegistry
let seeds: Seeds
let app: App
let keys: readonly string[]
const ref = (name: string): string => `${server.host}/demo/${name}:${name === 'cosign-sig' ? 'v1' : '1.0'}`

beforeAll(async () => {
  server = await serveRegistry()
  seeds = await seedRegistry(server.host, server.store)
  keys = ['release.pub', 'lead.pub', 'cosign.pub'].map((name) => seeds.files.get(name) ?? '')
  app = await appFor({ keys })
})
afterAll(() => server.close())

describe('GET /v1/verify', () => {
  test.each(['flat', 'detached', 'unsigned', 'tampered', 'shadowed', 'cosign-sig'])('%s: the bytes of the library\'s verdict, whatever the outcome', async (name) => {
    const answered = await app.ask(url('/v1/verify', { ref: ref(name) }))
    expect(answered.status).toBe(200)
    expect(answered.text).toBe(encodeVerdict(await verify(ref(name), { source: registry(), policy: policyFromKeys(keys), at: AT })))
    expect(answered.headers.get('content-type')).toBe('application/vnd.sealdex.verdict.v1+json')
    expect(answered.headers.get('cache-control')).toBe('no-store')
    expect(answered.headers.get('vary')).toBe('Accept, Authorization')
  })

  test('a platform', async () => {
    const { text } = await app.ask(url('/v1/verify', { ref: ref('flat'), platform: 'linux/arm64' }))
    expect(text).toBe(encodeVerdict(await verify(ref('flat'), { source: registry(), policy: policyFromKeys(keys), at: AT, platform: 'linux/arm64' })))
  })

  test('without a policy: told what to do, never an allow', async () => {
    const open = await appFor()
    for (const path of ['/v1/verify', '/v1/gate']) expect((await open.ask(url(path, { ref: ref('flat') }))).json).toMatchObject({ status: 400, code: 'policy-required', next: expect.stringContaining('policy=NAME') as string })
  })

  test('a policy by name', async () => {
    const named = await appFor({ env: { POLICIES: JSON.stringify({ nobody: { version: 1, policies: [{ name: 'x', scopes: ['*'], reject: true }] } }) }, keys })
    expect((await named.ask(url('/v1/verify', { ref: ref('flat'), policy: 'nobody' }))).json).toMatchObject({ outcome: 'deny', reasons: [{ code: 'rejected' }, {}] })
    expect((await named.ask(url('/v1/verify', { ref: ref('flat'), policy: 'other' }))).json).toMatchObject({ status: 400, code: 'unknown-policy' })
    // a policy by the name of what every object has
    expect((await named.ask(url('/v1/verify', { ref: ref('flat'), policy: 'constructor' }))).json).toMatchObject({ code: 'unknown-policy' })
  })
})

describe('GET /v1/gate', () => {
  test('T4: allowed: name@digest and nothing else', async () => {
    const { json } = await app.ask(url('/v1/verify', { ref: ref('flat') }))
    const answered = await app.ask(url('/v1/gate', { ref: ref('flat') }))
    expect([answered.status, answered.text]).toEqual([200, `${server.host}/demo/flat@${String(json?.['digest'])}`])
    const verdict = await verify(ref('flat'), { source: registry(), policy: policyFromKeys(keys), platform: 'linux/arm64' })
    expect((await app.ask(url('/v1/gate', { ref: ref('flat'), platform: 'linux/arm64' }))).text).toBe(`${server.host}/demo/flat@${verdict.platform?.digest ?? ''}`)
  })

  test.each([['tampered', 403, 'denied', 'not-covered'], ['shadowed', 403, 'denied', 'runtime-divergence'], ['unsigned', 403, 'unsigned', 'no-signature'], ['nothing', 503, 'indeterminate', 'reference-not-found']])('%s: %i, and why', async (name, status, code, reason) => {
    const answered = await app.ask(url('/v1/gate', { ref: ref(name) }))
    expect(answered).toMatchObject({ status, json: { code } })
    expect(((answered.json ?? {})['reasons'] as { code: string }[]).map((one) => one.code)).toContain(reason)
    expect(String(answered.json?.['detail']).length).toBeGreaterThan(10)
  })

  test('a registry that cannot be reached: 503', async () => {
    expect(await app.ask(url('/v1/gate', { ref: '127.0.0.1:1/demo/app:v1' }))).toMatchObject({ status: 503, json: { code: 'indeterminate', reasons: [{ code: 'unreachable' }, {}] } })
  })

  test('a platform that the image does not have: 403', async () => {
    expect(await app.ask(url('/v1/gate', { ref: ref('flat'), platform: 'plan9/mips' }))).toMatchObject({ status: 403, json: { code: 'denied', reasons: [{ code: 'no-such-platform' }, {}] } })
  })
})

describe('GET /v1/resolve and /v1/evidence', () => {
  test('resolve: name@digest and the platforms', async () => {
    const { json } = await app.ask(url('/v1/resolve', { ref: ref('unsigned') }))
    expect(json).toMatchObject({ version: 1, reference: ref('unsigned'), platforms: [{ platform: 'linux/amd64' }, { platform: 'linux/arm64' }] })
    const [, arm] = (json ?? {})['platforms'] as { digest: string }[]
    expect((await app.ask(url('/v1/resolve', { ref: ref('unsigned'), platform: 'linux/arm64' }))).json).toMatchObject({ digest: arm?.digest })
    expect(await app.ask(url('/v1/resolve', { ref: ref('unsigned'), platform: 'plan9/mips' }))).toMatchObject({ status: 404, json: { code: 'no-such-platform' } })
  })

  test('E1, E2: the evidence gives the verdict of the registry, with every place read', async () => {
    const answered = await app.ask(url('/v1/evidence', { ref: ref('detached') }))
    expect(answered.headers.get('content-type')).toBe('application/x-tar')
    const source = await openEvidence(new Uint8Array(answered.bytes))
    const options = { policy: policyFromKeys(keys), at: AT, all: true }
    expect(encodeVerdict(await verify(ref('detached'), { ...options, source }))).toBe(encodeVerdict(await verify(ref('detached'), { ...options, source: registry() })))
  })

  test.each(['resolve', 'evidence'])('%s of what is not there, or not to be reached', async (route) => {
    expect(await app.ask(url(`/v1/${route}`, { ref: ref('nothing') }))).toMatchObject({ status: 404, json: { code: 'reference-not-found' } })
    expect(await app.ask(url(`/v1/${route}`, { ref: '127.0.0.1:1/demo/app:v1' }))).toMatchObject({ status: 502, json: { code: 'unreachable' } })
  })
})
