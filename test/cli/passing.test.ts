import { spawn } from 'node:child_process'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { nodeHttp } from '../../src/cli/node-http.ts'
import { CA, CERTIFICATE, KEY } from './tls-fixture.ts'

// what comes in from one server and goes out to another, as a layer does: its memory is given back as soon as it has gone

const SIZE = 100_000_000
const PIECE = new Uint8Array(1_000_000).fill(7)

async function served(scheme: 'http' | 'https', listener: RequestListener): Promise<string> {
  const server = scheme === 'http' ? createServer(listener) : createSecureServer({ key: KEY, cert: CERTIFICATE }, listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  }))
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

/** Gives SIZE bytes, and counts those that it gets if they are the right ones. */
function mirror(count: (bytes: number) => void): RequestListener {
  return async (incoming, response) => {
    if (incoming.method === 'PUT') {
      for await (const chunk of incoming) count((chunk as Buffer).equals(PIECE.subarray(0, (chunk as Buffer).length)) ? (chunk as Buffer).length : -SIZE)
      response.writeHead(201).end()
      return
    }
    response.writeHead(200, { 'content-length': SIZE })
    for (let sent = 0; sent < SIZE; sent += PIECE.length) if (!response.write(PIECE)) await new Promise((resolve) => response.once('drain', resolve))
    response.end()
  }
}

const PASS = `
  import { nodeHttp } from ${JSON.stringify(join(import.meta.dirname, '../../src/cli/node-http.ts'))}
  const [url, ca] = process.argv.slice(1)
  const fetch = nodeHttp(ca === undefined ? {} : { ca: () => [ca] })
  const reader = (await fetch(url, {})).body.getReader()
  let most = 0
  async function* chunks() {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      most = Math.max(most, process.memoryUsage().arrayBuffers)
      yield next.value
    }
  }
  const { status, body } = await fetch(url, { method: 'PUT', stream: { size: ${SIZE}, chunks } })
  await body.cancel()
  console.log(JSON.stringify({ status, most }))`

test.each([['http', []], ['https', [CA]]] as const)('by %s, no more than a few pieces of it are in memory at once', async (scheme, ca) => {
  let received = 0
  const url = await served(scheme, mirror((bytes) => (received += bytes)))
  const child = spawn(process.execPath, ['--input-type=module', '-e', PASS, url, ...ca], { stdio: ['ignore', 'pipe', 'inherit'] })
  let words = ''
  child.stdout.on('data', (chunk) => (words += String(chunk)))
  await new Promise((resolve) => child.once('close', resolve))
  const { status, most } = JSON.parse(words) as { readonly status: number; readonly most: number }
  expect([status, received]).toEqual([201, SIZE])
  expect(most).toBeLessThan(8_000_000)
})

describe('what is given back', () => {
  async function passed(to: string, from: string): Promise<readonly Uint8Array[]> {
    const taken: Uint8Array[] = []
    const reader = (await nodeHttp()(from, {})).body?.getReader()
    async function* chunks(): AsyncGenerator<Uint8Array> {
      for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) {
        taken.push(next.value)
        yield next.value
      }
    }
    await nodeHttp()(to, { method: 'PUT', stream: { size: SIZE, chunks } })
    await reader?.cancel()
    return taken
  }

  test('is what was sent', async () => {
    const url = await served('http', mirror(() => {}))
    expect((await passed(url, url)).filter(({ byteLength }) => byteLength > 0)).toEqual([])
  })

  test('is not what may be on its way yet, when a server answers before it has all of it', async () => {
    const from = await served('http', mirror(() => {}))
    // reads nothing, so that what is sent stays with the system
    const to = await served('http', (_, response) => void setTimeout(() => response.writeHead(507, { 'content-length': '0' }).end(), 300))
    const taken = await passed(to, from)
    expect(taken.at(-1)?.byteLength).toBeGreaterThan(0)
  })

  test('is memory of its own: what is read later changes nothing in it', async () => {
    const content = new Uint8Array(1_000_000).map((_, at) => (at * 7 + (at >> 8)) & 255)
    const url = await served('http', (_, response) => void response.writeHead(200, { 'content-length': content.length }).end(content))
    const reader = (await nodeHttp()(url, {})).body?.getReader()
    const pieces: Uint8Array[] = []
    for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) pieces.push(next.value)
    expect(pieces.length).toBeGreaterThan(1)
    expect(Buffer.concat(pieces).equals(content)).toBe(true)
  })

  test('is nothing that stands elsewhere too', async () => {
    const to = await served('http', mirror(() => {}))
    const stream = { size: 3 * PIECE.length, chunks: async function* () { for (let i = 0; i < 3; i++) yield PIECE } }
    expect((await nodeHttp()(to, { method: 'PUT', stream })).status).toBe(201)
    expect(PIECE.byteLength).toBe(1_000_000)
  })
})
