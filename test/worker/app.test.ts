import { env, SELF } from 'cloudflare:test'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createRegistry } from '../../demo/registry/app.ts'
import { buildImage, seedImage } from '../../demo/images.ts'
import { encodeVerdict, generateKey, openEvidence, policyFromKeys, registry, sign, verify, type GeneratedKey, type Verdict } from '../../src/index.ts'
import handler from '../../worker/workerd.ts'

const NAME = 'registry.example/demo/app'
const { app: memory, store } = createRegistry()
const asked: { host: string; authorization: string | null }[] = []
let key: GeneratedKey

beforeAll(async () => {
  // the world outside: one registry, in memory
  vi.stubGlobal('fetch', async (input: string, init: RequestInit) => {
    const request = new Request(input, init)
    asked.push({ host: new URL(input).host, authorization: request.headers.get('authorization') })
    if (new URL(input).host !== 'registry.example') throw new TypeError('there is nobody')
    return memory.fetch(request)
  })
  key = await generateKey('ec-p256')
  for (const tag of ['signed', 'unsigned']) await seedImage(store, 'demo/app', tag, await buildImage({ text: tag }))
  await sign(`${NAME}:signed`, { source: registry(), signer: key.signer, layout: 'flat' })
})
afterAll(() => {
  vi.unstubAllGlobals()
})

let lines: unknown[] = []
beforeEach(() => {
  lines = []
  vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(line))
})

/** The Worker's own handler, with variables as a deployment would have them. */
const ask = (path: string, init: RequestInit = {}, variables: Readonly<Record<string, string>> = { KEYS: key.publicPem }): Promise<Response> => handler.fetch(new Request(`https://sealdex.example${path}`, init), { ...env, ...variables })

describe('the Worker, as it is called', () => {
  it('is alive, and says what it does not answer', async () => {
    expect(await (await SELF.fetch('https://sealdex.example/healthz')).json()).toMatchObject({ status: 'ok' })
    const missing = await SELF.fetch('https://sealdex.example/v1/batch')
    expect([missing.status, missing.headers.get('content-type')]).toEqual([404, 'application/problem+json'])
    expect(await missing.json()).toMatchObject({ code: 'not-found', status: 404 })
  })

  it('has no policy of its own, so it allows nothing', async () => {
    expect(await (await SELF.fetch(`https://sealdex.example/v1/gate?ref=${NAME}:signed`)).json()).toMatchObject({ status: 400, code: 'policy-required' })
  })

  it('serves the page with the headers of the app', async () => {
    const page = await SELF.fetch('https://sealdex.example/')
    expect(await page.text()).toContain('the page')
    expect(page.headers.get('content-security-policy')).toContain("require-trusted-types-for 'script'")
    expect((await SELF.fetch('https://sealdex.example/assets/page-0a1b2c.js')).headers.get('cache-control')).toContain('immutable')
    expect((await SELF.fetch('https://sealdex.example/index.html.bak')).status).toBe(404)
  })
})

describe('in workerd, on a registry', () => {
  it('gives the verdict of the library, and the gate its digest', async () => {
    const response = await ask(`/v1/verify?ref=${NAME}:signed`)
    const text = await response.text()
    const there = JSON.parse(text) as Verdict
    expect([response.status, there.outcome]).toEqual([200, 'allow'])
    expect(text).toBe(encodeVerdict(await verify(`${NAME}:signed`, { source: registry(), policy: policyFromKeys([key.publicPem]), at: new Date(there.at) })))
    expect(await (await ask(`/v1/gate?ref=${NAME}:signed`)).text()).toBe(`${NAME}@${there.digest ?? ''}`)
    expect((await ask(`/v1/gate?ref=${NAME}:unsigned`)).status).toBe(403)
    expect((await ask(`/v1/gate?ref=${NAME}:nothing`)).status).toBe(503)
  })

  it('hands out evidence that it takes back', async () => {
    const tar = await (await ask(`/v1/evidence?ref=${NAME}:signed`)).arrayBuffer()
    expect((await openEvidence(new Uint8Array(tar))).recorded?.reference).toBe(`${NAME}:signed`)
    const posted = await ask('/v1/verify', { method: 'POST', body: tar, headers: { 'content-type': 'application/x-tar' } })
    expect(await posted.json()).toMatchObject({ outcome: 'allow', reference: `${NAME}:signed` })
  })

  it('asks no registry that is not listed, and passes on no Authorization', async () => {
    asked.length = 0
    for (const ref of ['ghcr.io/a/b:c', '10.0.0.1/a/b:c', 'localhost:5000/a/b:c', 'allowed.example/a/b:c']) expect((await ask(`/v1/verify?ref=${ref}`)).status).toBe(403)
    expect(asked).toEqual([])
    await ask(`/v1/verify?ref=${NAME}:signed`, { headers: { authorization: 'Basic eDp5' } })
    await ask('/v1/verify?ref=a.allowed.example/a/b:c')
    expect(new Set(asked.map(({ host }) => host))).toEqual(new Set(['registry.example', 'a.allowed.example']))
    expect(asked.every(({ authorization }) => authorization === null)).toBe(true)
  })

  it('R11: makes 40 requests at most', async () => {
    await seedImage(store, 'demo/app', 'many', await buildImage({ text: 'many', platforms: Array.from({ length: 30 }, (_, i) => ({ os: 'linux', architecture: `cpu${i}` })) }))
    asked.length = 0
    expect(await (await ask(`/v1/verify?ref=${NAME}:many`)).json()).toMatchObject({ outcome: 'indeterminate' })
    expect(asked.length).toBe(40)
  })

  it('a mistake in a variable: every request is told that there is one, and the log which', async () => {
    const response = await ask('/healthz', {}, { POLICY: '{' })
    expect([response.status, await response.json()]).toEqual([500, expect.objectContaining({ code: 'internal' })])
    expect(lines.join('\n')).toContain('POLICY: The policy is not strict JSON')
  })
})
