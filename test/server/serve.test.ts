import { request, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serveApp, type ServeOptions, type Served } from '../../worker/node.ts'
import { command, sealdex } from '../cli/command.ts'
import { alice, flat, world } from '../hostile/support.ts'
import * as lies from '../hostile/registry/lies.ts'
import { policyFromKeys } from '../../src/index.ts'
import { startServe, type Launched } from './launch.ts'

/** What came back over the wire. */
interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly text: string
}

function get(url: string, options: { method?: string; headers?: Record<string, string> } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { agent: false, ...options }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString() }))
    })
    asking.on('error', reject)
    asking.end()
  })
}

/** Bytes over a bare socket, until the server ends the connection. */
function raw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let received = ''
    socket.on('data', (chunk) => (received += chunk.toString()))
    socket.on('error', reject)
    socket.on('close', () => resolve(received))
    socket.write(bytes)
  })
}

async function served(options: Partial<ServeOptions> = {}): Promise<Served> {
  const server = await serveApp({ host: '127.0.0.1', port: 0, env: {}, policy: await policyFromKeys([alice.publicPem]), registry: () => ({}), log: () => {}, page: join(import.meta.dirname, 'page'), ...options })
  onTestFinished(() => server.close())
  return server
}

describe('the app on Node', () => {
  test('serves the page and its files, and no other file', async () => {
    const { url } = await served()
    expect(await get(url)).toMatchObject({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, text: expect.stringContaining('the page') as string })
    expect(await get(`${url}/assets/page-0a1b2c.js`)).toMatchObject({ status: 200, headers: { 'content-type': 'text/javascript; charset=utf-8' } })
    for (const path of ['/../wrangler.toml', '/assets/../../wrangler.toml', '/%2e%2e/wrangler.toml', '//etc/passwd', '/assets']) expect((await get(`${url}${path}`)).status).toBe(404)
  })

  test('what is no HTTP, and headers without end, get a problem and the end of the connection', async () => {
    const { port } = await served()
    expect(await raw(port, 'nonsense\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 [\s\S]*"code":"bad-request"/)
    expect(await raw(port, `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 [\s\S]*"code":"headers-too-large"/)
    expect(await raw(port, 'GET /healthz HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /)
    expect(await raw(port, 'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /)
  })

  test('T55: a body that never ends is answered and let go', async () => {
    const { port } = await served({ bodyMs: 100 })
    expect(await raw(port, 'POST /v1/verify HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{')).toMatch(/^HTTP\/1\.1 408 [\s\S]*"code":"body-timeout"/)
  })

  test('a body that is too large is refused before it is sent', async () => {
    const { port } = await served()
    expect(await raw(port, 'POST /v1/verify HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n{')).toMatch(/^HTTP\/1\.1 413 [\s\S]*"code":"body-too-large"/)
  })

  test('requests in flight are finished before it ends, and no new ones are taken', async () => {
    const on = await world()
    await flat(on)
    const held = Promise.withResolvers<void>()
    const asked = Promise.withResolvers<void>()
    on.server.put('v1', async (_, honest) => {
      asked.resolve()
      await held.promise
      return honest()
    })
    const server = await served()
    const answer = get(`${server.url}/v1/gate?ref=${on.reference}`)
    await asked.promise
    const closed = server.close()
    await expect(get(`${server.url}/healthz`)).rejects.toThrow(/ECONNREFUSED|ECONNRESET/)
    held.resolve()
    expect(await answer).toMatchObject({ status: 200, headers: { connection: 'close' } })
    await closed
  })

  test('more than it works on at once wait; more than may wait get 503', async () => {
    const on = await world()
    await flat(on)
    const server = await served({ load: { working: 2, tars: 1, waiting: 4, waitMs: 60_000 } })
    const answers = await Promise.all(Array.from({ length: 20 }, () => get(`${server.url}/v1/gate?ref=${on.reference}`)))
    const statuses = Map.groupBy(answers, ({ status }) => status)
    expect(statuses.get(200)?.length).toBeGreaterThanOrEqual(6)
    expect((statuses.get(200)?.length ?? 0) + (statuses.get(503)?.length ?? 0)).toBe(20)
    for (const { headers, text } of statuses.get(503) ?? []) expect([headers['retry-after'], (JSON.parse(text) as { code: string }).code]).toEqual(['5', 'busy'])
  })

  test('those who post tars hold up nobody else', async () => {
    const on = await world()
    await flat(on)
    const server = await served({ load: { working: 1, tars: 1, waiting: 100, waitMs: 60_000 }, bodyMs: 300 })
    const slow = Promise.all(Array.from({ length: 5 }, () => raw(server.port, 'POST /v1/verify HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-tar\r\nContent-Length: 1000\r\n\r\nx')))
    expect((await get(`${server.url}/v1/gate?ref=${on.reference}`)).status).toBe(200)
    for (const text of await slow) expect(text).toMatch(/^HTTP\/1\.1 408 /)
  })

  test('T55: a registry that hangs holds up nobody else', async () => {
    const on = await world()
    await flat(on)
    on.server.put('slow', lies.hang)
    const server = await served({ timeoutMs: 500 })
    const slow = Promise.all(Array.from({ length: 40 }, () => get(`${server.url}/v1/gate?ref=${on.name}:slow`)))
    expect((await get(`${server.url}/v1/gate?ref=${on.reference}`)).status).toBe(200)
    expect(new Set((await slow).map(({ status }) => status))).toEqual(new Set([503]))
  })

  test('on an address that others reach, loopback is not asked', async () => {
    const on = await world()
    const server = await served({ host: '0.0.0.0' })
    expect(await get(`http://127.0.0.1:${server.port}/v1/gate?ref=${on.reference}`)).toMatchObject({ status: 403, text: expect.stringContaining('forbidden-address') as string })
    expect(on.server.requests).toEqual([])
  })
})

describe('sealdex serve', () => {
  let running: Launched
  const folder = mkdtempSync(join(tmpdir(), 'sealdex-serve-'))
  beforeAll(async () => {
    const keyFile = join(folder, 'alice.pub')
    writeFileSync(keyFile, alice.publicPem)
    running = await startServe({}, ['--key', keyFile])
  })
  afterAll(async () => {
    await running.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  test('answers the verdict of its keys', async () => {
    const on = await world()
    await flat(on)
    expect(JSON.parse((await get(`${running.url}/v1/verify?ref=${on.reference}`)).text)).toMatchObject({ outcome: 'allow' })
  })

  test.each(['SIGTERM', 'SIGINT'] as const)('%s: ends with 0; the log is JSON on standard output, words are on the other', async (signal) => {
    const { status, out, err } = await sealdex(['serve', '--port', '0'], {
      onStart: (child) => {
        let seen = ''
        child.stderr?.on('data', async (chunk: Buffer) => {
          seen += chunk.toString()
          const url = /http:\S+/.exec(seen)?.[0]
          if (url === undefined || seen.includes('Stopping')) return
          seen = ''
          await get(`${url}/healthz`)
          child.kill(signal)
        })
      },
    })
    expect(status).toBe(0)
    expect(err).toMatch(/^sealdex serves at http:\/\/127\.0\.0\.1:\d+ until Ctrl-C\.\nStopping/)
    expect(JSON.parse(out.trim())).toMatchObject({ path: '/healthz', status: 200 })
  })

  test('work for a client that has left does not hold up the end', async () => {
    const on = await world()
    const asked = Promise.withResolvers<void>()
    on.server.put('v1', () => {
      asked.resolve()
      return 'hang'
    })
    const { status } = await sealdex(['serve', '--port', '0', '--key', join(folder, 'alice.pub'), '--timeout', '10m'], {
      onStart: (child) => {
        child.stderr?.once('data', async (chunk: Buffer) => {
          const left = request(`${/http:\S+/.exec(chunk.toString())?.[0] ?? ''}/v1/gate?ref=${on.reference}`, { agent: false })
          left.on('error', () => {})
          left.end()
          await asked.promise
          left.destroy()
          child.kill('SIGTERM')
        })
      },
    })
    expect(status).toBe(0)
  })

  test.each<[string[], Record<string, string>, string]>([
    [['--port', 'eighty'], {}, 'A port is a number'], [[], { PORT: '99999' }, 'A port is a number'], [['--host', '192.0.2.1', '--port', '0'], {}, 'can not be listened on'], [['extra'], {}, 'takes options only'],
    [['--key', '/nowhere/x.pub'], {}, '/nowhere/x.pub'], [['-a', 'x=y'], {}, 'Nobody is named'], [['--port', '0'], { ALLOWED_REGISTRIES: 'http://x' }, 'ALLOWED_REGISTRIES'], [['--port', '0'], { POLICY: '{' }, 'POLICY: The policy is not strict JSON'],
    [['--port', '0'], { POLICIES: '{"a b":{}}' }, 'no name for a policy'], [['--port', '0'], { KEYS: 'nonsense' }, 'KEYS'], [['--port', '0'], { KEYS: 'x', POLICY: '{}' }, 'contradict'], [['--port', '0'], { MAX_REQUESTS: 'many' }, 'MAX_REQUESTS'],
    [['--identity-token', 'x'], {}, 'has no option --identity-token'],
  ])('wrong use: %j %j', async (args, env, said) => {
    const { status, err, out } = await command(['serve', ...args], env)
    expect({ status, out }).toEqual({ status: 2, out: '' })
    expect(err).toContain(said)
  })

  test('a port that is taken', async () => {
    const { port } = await served()
    expect(await command(['serve', '--port', String(port)])).toMatchObject({ status: 2, err: expect.stringContaining(`port ${port} can not be listened on (EADDRINUSE)`) as string })
  })
})
