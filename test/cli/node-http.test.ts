import { spawn } from 'node:child_process'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import { nodeHttp, type Fetch } from '../../src/cli/node-http.ts'
import { parseReference } from '../../src/oci/reference.ts'
import { Guard } from '../../src/source/guarded.ts'
import { registry } from '../../src/source/registry.ts'
import { hostileRegistry, type Answer, type HostileRegistry } from '../hostile/registry/hostile.ts'
import * as lies from '../hostile/registry/lies.ts'
import { outcome } from '../source/registry-fixture.ts'

type Answered = Awaited<ReturnType<Fetch>>

interface Served {
  readonly url: string
  readonly requests: readonly { readonly method: string; readonly headers: IncomingMessage['headers']; readonly body: string }[]
  /** Connections that were made, open or not. */
  readonly sockets: readonly Socket[]
}

async function served(listener: (...of: Parameters<RequestListener>) => unknown): Promise<Served> {
  const [requests, sockets]: [Served['requests'][number][], Socket[]] = [[], []]
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    requests.push({ method: incoming.method ?? '', headers: incoming.headers, body: Buffer.concat(chunks).toString() })
    await listener(incoming, response)
  })
  server.on('connection', (socket) => sockets.push(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  }))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v2/`, requests, sockets }
}

async function bytesOf({ body }: Answered): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  const reader = body?.getReader()
  for (let next = await reader?.read(); next !== undefined && !next.done; next = await reader?.read()) chunks.push(next.value)
  await reader?.cancel()
  return Buffer.concat(chunks)
}

async function hostile(answer: Answer): Promise<HostileRegistry> {
  const server = await hostileRegistry()
  onTestFinished(server.close)
  server.put('v1', answer)
  return server
}

async function resolved(answer: Answer, timeoutMs = 10_000): Promise<{ readonly outcome: string; readonly guard: Guard; readonly server: HostileRegistry }> {
  const [server, guard] = [await hostile(answer), new Guard({ timeoutMs })]
  return { outcome: outcome(await registry({ fetch: nodeHttp() }).resolve(parseReference(`${server.host}/demo/app:v1`), guard)), guard, server }
}

describe('requests', () => {
  test.each([
    ['GET', undefined, ''],
    ['HEAD', undefined, ''],
    ['POST', 'grant_type=refresh_token', 'grant_type=refresh_token'],
    ['POST', undefined, ''],
    ['PUT', new Uint8Array([0x7b, 0x7d]), '{}'],
  ])('%s %s', async (method, body, received) => {
    const server = await served((_, response) => response.setHeader('Retry-After', ['1', '2']).end('answer'))
    const answer = await nodeHttp()(server.url, { method, headers: { accept: 'a/b', 'content-type': 'c/d' }, ...(body !== undefined && { body }) })
    expect(server.requests).toMatchObject([{ method, body: received, headers: { accept: 'a/b', 'content-type': 'c/d' } }])
    expect(server.requests[0]?.headers['content-length']).toBe(method === 'GET' || method === 'HEAD' ? undefined : String(received.length))
    expect([answer.status, answer.headers.get('Retry-After'), answer.headers.get('etag')]).toEqual([200, '1, 2', null])
    expect(method === 'HEAD' ? answer.body : (await bytesOf(answer)).toString()).toBe(method === 'HEAD' ? null : 'answer')
  })

  test('a redirect comes back as it is', async () => {
    const server = await hostile(lies.redirect('http://127.0.0.1:1/'))
    const answer = await nodeHttp()(`${server.url}/v2/demo/app/manifests/v1`, {})
    expect([answer.status, answer.headers.get('location')]).toEqual([307, 'http://127.0.0.1:1/'])
    expect(server.requests).toHaveLength(1)
  })

  test.each([['authorization', 'Bearer a\r\nx-more: b'], ['x\r\ny', 'z']])('no line break gets into the head: %j', async (name, value) => {
    const server = await served((_, response) => response.end())
    await expect(nodeHttp()(server.url, { headers: { [name]: value } })).rejects.toThrow()
    expect(server.requests).toEqual([])
  })

  test.each(['http://me:secret@127.0.0.1/', 'ftp://127.0.0.1/', 'data:,x', 'file:///etc/passwd', 'nonsense'])('%s is not asked', async (url) => {
    await expect(nodeHttp()(url, {})).rejects.toThrow(TypeError)
  })
})

describe('bodies', () => {
  const text = Buffer.from('{"schemaVersion":2}'.repeat(1_000))
  const gzipped = (times: number): Buffer => (times === 0 ? text : gzipSync(gzipped(times - 1)))

  test.each([
    ['gzip', gzipSync(text), text],
    ['X-GZIP', gzipSync(text), text],
    ['deflate', deflateSync(text), text],
    ['br', brotliCompressSync(text), text],
    ['deflate, gzip', gzipSync(deflateSync(text)), text],
    ['identity', text, text],
    ['unheard-of', text, text],
    ['gzip,gzip,gzip,gzip,gzip', gzipped(5), text],
    ['gzip,gzip,gzip,gzip,gzip,gzip', gzipped(6), gzipped(6)],
  ])('content-encoding %s', async (encoding, sent, received) => {
    const server = await served((_, response) => response.setHeader('Content-Encoding', encoding).end(sent))
    expect((await bytesOf(await nodeHttp()(server.url, {}))).equals(received)).toBe(true)
  })

  test.each([
    ['gzip that breaks off', { 'content-encoding': 'gzip' }, gzipSync(text).subarray(0, -30)],
    ['gzip that is none', { 'content-encoding': 'gzip' }, text],
  ])('%s is an error', async (_, headers, sent) => {
    const server = await served((incoming, response) => response.writeHead(200, headers).end(sent))
    await expect(nodeHttp()(server.url, {}).then(bytesOf)).rejects.toThrow()
  })

  test('a body that nobody reads is not loaded', async () => {
    let sent = 0
    const server = await served(async (_, response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) sent += 65_536
      }
      response.on('drain', more)
      more()
    })
    const answer = await nodeHttp()(server.url, {})
    const reader = answer.body?.getReader()
    await reader?.read()
    let before = -1
    while (before !== sent) {
      before = sent
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    // what fits into the buffers of two sockets
    expect(sent).toBeLessThan(50_000_000)
    await reader?.cancel()
    await new Promise((resolve) => server.sockets[0]?.once('close', resolve))
  })
})

describe('connections', () => {
  test('one is used again after a body that was read, and after one that was let go', async () => {
    const server = await served((_, response) => response.end('x'.repeat(1_000)))
    const ask = nodeHttp()
    await bytesOf(await ask(server.url, {}))
    const unread = await ask(server.url, {})
    await unread.body?.cancel()
    await ask(server.url, { method: 'HEAD' })
    await bytesOf(await ask(server.url, {}))
    expect(server.requests).toHaveLength(4)
    expect(server.sockets.length).toBeLessThan(3)
  })

  test.each([['no length', {}], ['a long one', { 'content-length': '1000000' }]])('a body of %s that is let go ends its connection', async (_, headers) => {
    const server = await served((incoming, response) => response.writeHead(200, headers).write('x'))
    const answer = await nodeHttp()(server.url, {})
    await answer.body?.cancel()
    await new Promise((resolve) => server.sockets[0]?.once('close', resolve))
  })

  test('none keeps the process alive', async () => {
    const server = await served((_, response) => response.writeHead(404, { 'content-length': '1000' }).write('x'))
    const idle = await served((_, response) => response.end('x'))
    const script = `import { nodeHttp } from ${JSON.stringify(join(import.meta.dirname, '../../src/cli/node-http.ts'))}
      const ask = nodeHttp()
      await (await ask(${JSON.stringify(server.url)}, {})).body.cancel()
      for (const reader = (await ask(${JSON.stringify(idle.url)}, {})).body.getReader(); !(await reader.read()).done; );`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'ignore', 'inherit'] })
    // the first body never comes
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0)
  })

  test.each(['before the answer', 'in the body'])('the signal ends it %s', async (when) => {
    const server = await served((_, response) => void (when === 'in the body' && response.write('x')))
    const stop = new AbortController()
    const asked = nodeHttp()(server.url, { signal: stop.signal })
    if (when === 'in the body') {
      const reader = (await asked).body?.getReader()
      await reader?.read()
      const rest = reader?.read()
      stop.abort()
      await expect(rest).rejects.toThrow()
    } else {
      while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
      stop.abort()
      await expect(asked).rejects.toThrow()
    }
    await new Promise((resolve) => (server.sockets[0]?.destroyed ? resolve(null) : server.sockets[0]?.once('close', resolve)))
    await expect(nodeHttp()(server.url, { signal: stop.signal })).rejects.toThrow()
  })

  test('nobody there, or a connection that changes its protocol, is an error', async () => {
    const server = await served((_, response) => response.socket?.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'))
    await expect(nodeHttp()(server.url, {})).rejects.toThrow()
    await expect(nodeHttp()('http://127.0.0.1:1/', {})).rejects.toThrow()
  })
})

describe('a lying registry', () => {
  test('T14: a gzip bomb is let go at its limit', async () => {
    const { outcome: found, guard } = await resolved(lies.gzipBomb(500_000_000))
    expect(found).toBe('failed too-large')
    expect(guard.bytes).toBeLessThan(10_000_000)
  })

  test.each<[string, Answer, string, number?]>([
    ['T12: a body without end', lies.endless(), 'failed too-large'],
    ['T55: a body that drips', lies.drip(50), 'failed timeout', 500],
    ['T55: a body that stalls', lies.stall, 'failed timeout', 500],
    ['T55: an answer that never comes', lies.hang, 'failed timeout', 500],
    ['a body that breaks off', lies.breakOff, 'failed unreachable'],
    ['a body shorter than its length', lies.lyingLength(1_000_000), 'failed unreachable'],
    ['a reset before the answer', lies.reset, 'failed unreachable'],
    ['a line that is no header', lies.rawHeader('no header'), 'failed unreachable'],
  ])('%s', async (_, lie, expected, timeoutMs) => {
    const truth = { status: 200, headers: {}, body: new Uint8Array(1_000).fill(0x20) }
    expect((await resolved(typeof lie === 'function' ? (request) => lie(request, async () => truth) : lie, timeoutMs)).outcome).toBe(expected)
  })
})
