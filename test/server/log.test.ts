import { expect, test } from 'vitest'
import { alice, flat, put, indexOf, world } from '../hostile/support.ts'
import * as lies from '../hostile/registry/lies.ts'
import { appFor, url } from './support.ts'

const SECRET = 'c2VjcmV0OnBhc3N3b3Jk'

test('one line of JSON for each request, with what it was about and what came of it', async () => {
  const on = await world()
  await flat(on)
  const app = await appFor({ keys: [alice.publicPem] })
  await app.ask(url('/v1/gate', { ref: on.reference }))
  await app.ask(url('/v1/verify', { ref: 'Not A Reference' }))
  await app.ask('/healthz')
  expect(app.lines.map((line) => JSON.parse(line) as object)).toEqual([
    { time: '2026-11-24T12:00:00.000Z', method: 'GET', path: '/v1/gate', status: 200, ms: expect.any(Number) as number, code: null, outcome: 'allow', repository: on.name },
    { time: '2026-11-24T12:00:00.000Z', method: 'GET', path: '/v1/verify', status: 400, ms: expect.any(Number) as number, code: 'bad-reference', outcome: null, repository: null },
    { time: '2026-11-24T12:00:00.000Z', method: 'GET', path: '/healthz', status: 200, ms: expect.any(Number) as number, code: null, outcome: null, repository: null },
  ])
})

test('T60: no secret of a request or of a registry gets into it', async () => {
  const on = await world()
  on.server.put('v1', lies.failure(401, SECRET, { 'WWW-Authenticate': `Basic realm="${SECRET}"` }))
  const app = await appFor({ keys: [alice.publicPem] })
  await app.ask(url('/v1/verify', { ref: on.reference, [SECRET]: SECRET }), { headers: { authorization: `Basic ${SECRET}`, cookie: SECRET } })
  await app.ask(url('/v1/verify', { ref: on.reference }), { headers: { authorization: `Basic ${SECRET}` } })
  await app.ask('/v1/verify', { method: 'POST', body: JSON.stringify({ reference: on.reference, policy: SECRET }), headers: { 'content-type': 'application/json' } })
  expect(app.lines).toHaveLength(3)
  expect(app.lines.join('\n')).not.toContain(SECRET)
})

test('T60: line breaks, escapes and bidi marks of a path stay on the line, as ASCII', async () => {
  const app = await appFor()
  await app.ask(`/\u001b[2J%0a%1b\u202e\u2028${'x'.repeat(1_000)}`)
  expect(app.lines).toHaveLength(1)
  expect(app.lines[0]).toMatch(/^[\x20-\x7e]+$/)
  expect(app.lines[0]?.length).toBeLessThan(500)
})

test('T60: what a registry says in annotations is data on one line of the verdict', async () => {
  const on = await world()
  await put(on, 'v1', indexOf([], { annotations: { evil: '\u001b[2J\r\nX-Evil: 1' } }))
  const app = await appFor({ keys: [alice.publicPem] })
  const answered = await app.ask(url('/v1/verify', { ref: on.reference }))
  expect(answered.text).not.toMatch(/[\r\n\u001b]/)
  expect(answered.headers.has('x-evil')).toBe(false)
  expect((await app.ask(url('/v1/verify', { 'ref': 'a\r\nb', 'x\u001b': '' }))).text).not.toMatch(/[\r\n\u001b]/)
})

test('T54: a caller\'s Authorization goes nowhere', async () => {
  const on = await world()
  await flat(on)
  const app = await appFor({ keys: [alice.publicPem] })
  for (const path of ['/v1/verify', '/v1/gate', '/v1/resolve', '/v1/evidence']) expect((await app.ask(url(path, { ref: on.reference }), { headers: { authorization: `Basic ${SECRET}` } })).status).toBe(200)
  expect(on.server.requests.length).toBeGreaterThan(3)
  expect(JSON.stringify(on.server.requests)).not.toContain(SECRET)
})

test('T54: a registry that asks for credentials gets none; what to do is said', async () => {
  const on = await world()
  on.server.put('v1', lies.failure(401, 'UNAUTHORIZED', { 'WWW-Authenticate': 'Basic realm="x"' }))
  const app = await appFor({ keys: [alice.publicPem] })
  expect(await app.ask(url('/v1/evidence', { ref: on.reference }))).toMatchObject({ status: 502, json: { code: 'unauthorized', next: expect.stringContaining('sealdex evidence') as string } })
  expect(on.server.requests.filter(({ headers }) => headers['authorization'] !== undefined)).toEqual([])
})

test('T60: an error inside is told to nobody but the log', async () => {
  const app = await appFor({ keys: [alice.publicPem], settings: { source: () => {
    throw new TypeError(`broken ${SECRET} \u001b[2J\n\u202e`)
  } } })
  const { status, text } = await app.ask('/v1/verify?ref=registry.example/app:v1')
  expect(status).toBe(500)
  expect(text).not.toContain(SECRET)
  expect(app.lines[0]).toContain('broken')
  expect(app.lines[0]).toMatch(/^[\x20-\x7e]+$/)
})

test('T55: a registry that drips: one deadline, and an outcome that is no allow', async () => {
  const on = await world()
  on.server.put('v1', lies.drip(5))
  const app = await appFor({ keys: [alice.publicPem], settings: { limits: { timeoutMs: 200 } } })
  expect(await app.ask(url('/v1/gate', { ref: on.reference }))).toMatchObject({ status: 503, json: { code: 'indeterminate', reasons: [{ code: 'timeout' }, {}] } })
  expect(await app.ask(url('/v1/evidence', { ref: on.reference }))).toMatchObject({ status: 504, json: { code: 'timeout' } })
})

test('R11: the budgets are the server\'s: requests and bytes', async () => {
  const on = await world()
  const few = await appFor({ keys: [alice.publicPem], settings: { limits: { maxRequests: 1 } } })
  expect((await few.ask(url('/v1/verify', { ref: on.reference }))).json).toMatchObject({ outcome: 'indeterminate' })
  const small = await appFor({ keys: [alice.publicPem], settings: { limits: { maxBytes: 10 } } })
  expect((await small.ask(url('/v1/verify', { ref: on.reference }))).json).toMatchObject({ outcome: 'indeterminate', reasons: [{ code: 'evidence-too-large' }, {}] })
})

test('T56: an answer that may pass is not kept: the next one is asked anew', async () => {
  const on = await world()
  await flat(on)
  on.server.put('v1', lies.inTurn(lies.serverError(503), lies.serverError(503), (_, honest) => honest()))
  const app = await appFor({ keys: [alice.publicPem] })
  const outcomes = [await app.ask(url('/v1/verify', { ref: on.reference })), await app.ask(url('/v1/verify', { ref: on.reference }))].map(({ json, headers }) => [json?.['outcome'], headers.get('cache-control')])
  expect(outcomes).toEqual([['indeterminate', 'no-store'], ['allow', 'no-store']])
})
