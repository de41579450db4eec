import { Agent, request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { serveRegistry, type ServedRegistry } from '../../demo/registry/serve.ts'
import { seedRegistry } from '../../demo/seeds.ts'
import { holdContract } from './contract.ts'
import { hundred, type Sent } from './hundred.ts'
import { startBun, startDeno, startServe, startWorkerd, type Launched } from './launch.ts'

/** Of the connection and the moment, not of the answer. */
const PASSED_OVER: ReadonlySet<string> = new Set(['connection', 'date', 'keep-alive', 'transfer-encoding', 'server-timing', 'content-length'])

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly bytes: string
}

const agent = new Agent({ keepAlive: true })

function send(origin: string, { method, path, headers, body }: Sent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    // as it stands: no URL parser mends the path
    const { hostname, port } = new URL(origin)
    const length = body === null ? {} : { 'content-length': body.byteLength }
    const asking = request({ hostname, port, path, method, headers: { host: 'sealdex.example', ...headers, ...length }, agent }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const [status, bytes] = [response.statusCode ?? 0, Buffer.concat(chunks)]
        const text = bytes.toString()
        const json = /json/.test(response.headers['content-type'] ?? '') && text !== '' ? (JSON.parse(text) as Record<string, unknown>) : null
        holdContract(method, path.split('?')[0] ?? '', { status, headers: new Headers(Object.entries(response.headers).map(([name, value]): [string, string] => [name, String(value)])), bytes, text, json })
        resolve({ status, headers: headersOf(response), bytes: bytes.toString('latin1') })
      })
    })
    asking.on('error', reject)
    asking.end(body ?? undefined)
  })
}

/** In order of their names: what order they come in is each runtime's own. */
function headersOf({ headers }: IncomingMessage): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !PASSED_OVER.has(name)).sort(([a], [b]) => (a < b ? -1 : 1)))
}

const folder = mkdtempSync(join(tmpdir(), 'sealdex-hundred-'))
const launched = new Map<string, Launched>()
let server: ServedRegistry
let requests: readonly Sent[]

beforeAll(async () => {
  server = await serveRegistry()
  const { files } = await seedRegistry(server.host, server.store)
  const keys = ['release.pub', 'lead.pub', 'cosign.pub'].map((name) => files.get(name) ?? '')
  requests = await hundred(server.host, keys)
  const policies = JSON.stringify({ nobody: { version: 1, policies: [{ name: 'x', scopes: ['*'], reject: true }] } })
  const env = { ALLOWED_REGISTRIES: `${server.host} *.allowed.example`, POLICIES: policies, KEYS: keys.join('\n') }
  // the same keys, once as the environment's and once as options
  const options = keys.flatMap((key, i) => {
    const file = join(folder, `${i}.pub`)
    writeFileSync(file, key)
    return ['--key', file]
  })
  launched.set('workerd', await startWorkerd(env))
  launched.set('serve', await startServe({ ALLOWED_REGISTRIES: env.ALLOWED_REGISTRIES, POLICIES: policies }, options))
  launched.set('Deno', await startDeno(env))
  launched.set('Bun', await startBun(env))
})
afterAll(async () => {
  agent.destroy()
  await Promise.all([...launched.values()].map(({ stop }) => stop()))
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

it('the same hundred requests to workerd, sealdex serve, Deno and Bun: the same status, headers and bytes, and all as the OpenAPI document says', async () => {
  expect(requests.length).toBeGreaterThanOrEqual(100)
  const statuses = new Set<number>()
  for (const sent of requests) {
    const name = `${sent.method} ${sent.path.slice(0, 120)} ${JSON.stringify(sent.headers)}`
    let answers = await all(sent)
    // a second may begin between two answers, and a verdict says which
    for (let tries = 0; tries < 5 && new Set(answers.map(([, answer]) => JSON.stringify(answer))).size > 1; tries++) answers = await all(sent)
    const [[, first] = ['', null], ...others] = answers
    for (const [runtime, answer] of others) expect(answer, `${runtime}: ${name}`).toEqual(first)
    statuses.add(first?.status ?? 0)
  }
  expect([...statuses].sort()).toEqual([200, 204, 304, 400, 403, 404, 405, 406, 413, 414, 415, 422, 503])
})

function all(sent: Sent): Promise<readonly (readonly [string, Answer])[]> {
  return Promise.all([...launched].map(async ([runtime, { url }]) => [runtime, await send(url, sent)] as const))
}
