import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { openApi } from '../../worker/openapi.ts'
import { ROUTES } from '../../worker/app.ts'
import type { Asset } from '../../worker/settings.ts'
import { alice, flat, world, type World } from '../hostile/support.ts'
import { appFor, url, type App, type Options } from './support.ts'

const PAGE: ReadonlyMap<string, Asset> = new Map([
  ['/index.html', { bytes: new TextEncoder().encode('<!doctype html><title>page</title>'), type: 'text/html; charset=utf-8' }],
  ['/assets/page-1.js', { bytes: new TextEncoder().encode('1'), type: 'text/javascript; charset=utf-8' }],
])
const OPTIONS: Options = { keys: [alice.publicPem], settings: { asset: (path) => Promise.resolve(PAGE.get(path) ?? null) } }
let app: App
beforeAll(async () => {
  app = await appFor(OPTIONS)
})

async function signedImage(): Promise<World> {
  const on = await world()
  await flat(on)
  return on
}

describe('parameters', () => {
  test.each([
    ['/v1/verify', 'missing-parameter', 'ref='], ['/v1/verify?ref=', 'missing-parameter', 'ref='], ['/v1/verify?ref=a/b:c&reff=x', 'unknown-parameter', '"reff"'],
    ['/v1/verify?ref=a/b:c&ref=d/e:f', 'repeated-parameter', '"ref"'], ['/v1/gate?ref=a/b:c&all=1', 'unknown-parameter', 'ref, platform, policy'], ['/v1/resolve?ref=a/b&policy=x', 'unknown-parameter', '"policy"'],
    ['/v1/evidence?ref=a/b&platform=x', 'unknown-parameter', '"platform"'], ['/healthz?x', 'unknown-parameter', '"x"'], ['/v1/verify?ref=A%20b', 'bad-reference', 'not ASCII'],
    ['/v1/verify?ref=registry.example/app&platform=arm64', 'bad-option', 'os/arch'], ['/v1/verify?__proto__=1', 'unknown-parameter', '__proto__'],
  ])('%s: 400 %s, naming it', async (path, code, named) => {
    const { status, json } = await app.ask(path)
    expect(json).toMatchObject({ status: 400, code, detail: expect.stringContaining(named) as string, type: `/docs/http-api.md#${code}` })
    expect(status).toBe(400)
  })

  test('a URL longer than any reference', async () => {
    expect(await app.ask(url('/v1/verify', { ref: 'a'.repeat(5_000) }))).toMatchObject({ status: 414, json: { code: 'url-too-long' } })
  })
})

describe('paths and methods', () => {
  test.each(['/v1/batch', '/readyz', '/metrics', '/.well-known/jwks.json', '/v1', '/v1/verify/', '/v1/Verify', '/../etc/passwd', '/assets/none.js', '/index.htm'])('%s is nowhere, with any method', async (path) => {
    for (const method of ['GET', 'POST', 'DELETE']) expect(await app.ask(path, { method })).toMatchObject({ status: 404, json: { code: 'not-found' } })
    expect(Object.keys(openApi()['paths'] as object)).not.toContain(path)
  })

  test.each([...ROUTES, { path: '/', methods: { GET: null } }])('$path: OPTIONS, and 405 with Allow', async ({ path, methods }) => {
    const allow = path === '/v1/verify' ? 'GET, HEAD, POST, OPTIONS' : 'GET, HEAD, OPTIONS'
    expect(Object.keys(methods)).toEqual(path === '/v1/verify' ? ['GET', 'POST'] : ['GET'])
    for (const method of ['DELETE', 'PUT', 'PATCH']) expect((await app.ask(path, { method })).headers.get('allow')).toBe(allow)
    const preflight = await app.ask(path, { method: 'OPTIONS', headers: { 'Origin': 'https://other.example', 'Access-Control-Request-Method': 'GET' } })
    expect([preflight.status, preflight.headers.get('allow'), preflight.headers.get('access-control-allow-methods'), preflight.headers.get('access-control-allow-origin')]).toEqual([204, allow, allow, '*'])
    expect(preflight.headers.get('access-control-allow-headers')).toContain('Content-Type')
  })

  test('HEAD is GET without the body', async () => {
    const on = await signedImage()
    for (const path of ['/healthz', url('/v1/gate', { ref: on.reference }), url('/v1/verify', { ref: on.reference }), '/', '/v1/nothing']) {
      const [get, head] = [await app.ask(path), await app.ask(path, { method: 'HEAD' })]
      expect(head.bytes).toHaveLength(0)
      expect([head.status, head.headers.get('etag'), head.headers.get('content-type')]).toEqual([get.status, get.headers.get('etag'), get.headers.get('content-type')])
    }
  })
})

describe('representations', () => {
  test.each([
    [null, 'application/vnd.sealdex.verdict.v1+json'], ['*/*', 'application/vnd.sealdex.verdict.v1+json'], ['text/html,application/xhtml+xml,*/*;q=0.8', 'application/vnd.sealdex.verdict.v1+json'],
    ['application/json', 'application/json'], ['Application/JSON; charset=utf-8', 'application/json'], ['application/*', 'application/vnd.sealdex.verdict.v1+json'],
    ['application/json;q=0.5, application/vnd.sealdex.verdict.v1+json;q=0.4', 'application/json'], ['application/vnd.sealdex.verdict.v1+json;q=0, */*', 'application/json'],
  ])('Accept: %s gives %s', async (accept, type) => {
    const on = await signedImage()
    const answered = await app.ask(url('/v1/verify', { ref: on.reference }), { headers: accept === null ? {} : { accept } })
    expect([answered.status, answered.headers.get('content-type')]).toEqual([200, type])
  })

  test.each(['application/jose', 'application/vnd.dsse.envelope.v1+json', 'text/html', '*/*;q=0'])('Accept: %s: 406, and what there is', async (accept) => {
    for (const path of ['/v1/verify', '/v1/gate', '/v1/resolve', '/v1/evidence']) expect(await app.ask(`${path}?ref=a/b:c`, { headers: { accept } })).toMatchObject({ status: 406, json: { code: 'not-acceptable' } })
  })

  test('a strong ETag, the digest of the bytes, and 304; another one for another type', async () => {
    const on = await signedImage()
    const path = url('/v1/verify', { ref: on.reference })
    const first = await app.ask(path)
    const tag = first.headers.get('etag') ?? ''
    expect(tag).toBe(`"sha256:${createHash('sha256').update(first.bytes).digest('hex')}"`)
    for (const header of [tag, `W/${tag}`, `"x", ${tag}`, '*']) expect(await app.ask(path, { headers: { 'if-none-match': header } })).toMatchObject({ status: 304 })
    const other = await app.ask(path, { headers: { 'if-none-match': '"x"', 'accept': 'application/json' } })
    expect([other.status, other.text]).toEqual([200, first.text])
    expect(other.headers.get('etag')).not.toBe(tag)
    expect((await app.ask('/healthz', { headers: { 'if-none-match': (await app.ask('/healthz')).headers.get('etag') ?? '' } })).status).toBe(304)
  })

  test('every answer is open to pages of other origins, and times itself', async () => {
    const on = await signedImage()
    for (const path of [url('/v1/verify', { ref: on.reference }), '/v1/verify', '/nowhere', '/healthz', '/openapi.json']) {
      const { headers } = await app.ask(path)
      expect(headers.get('access-control-allow-origin')).toBe('*')
      expect(headers.get('server-timing')).toMatch(/^total;dur=[0-9.]+$/)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.has('access-control-allow-credentials')).toBe(false)
    }
  })
})

describe('the page', () => {
  test('T61: stands under a policy that lets nothing in', async () => {
    const { headers, text } = await app.ask('/')
    expect(text).toContain('<title>page</title>')
    const policy = headers.get('content-security-policy') ?? ''
    for (const rule of ["default-src 'none'", "script-src 'self'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'none'", "require-trusted-types-for 'script'"]) expect(policy.split('; ')).toContain(rule)
    expect(policy).not.toMatch(/unsafe|'wasm/)
    expect([headers.get('cache-control'), headers.get('referrer-policy')]).toEqual(['no-cache', 'no-referrer'])
    expect((await app.ask('/assets/page-1.js')).headers.get('cache-control')).toContain('immutable')
  })

  test('not built: says what to run', async () => {
    expect((await (await appFor()).ask('/')).text).toContain('npm run build:web')
  })
})
