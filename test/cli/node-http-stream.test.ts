import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { nodeHttp } from '../../src/cli/node-http.ts'
import type { Fetch } from '../../src/source/fetch.ts'
import { streamingFetch } from '../../src/source/streaming-fetch.ts'

const PIECE = new Uint8Array(65_536).fill(7)

async function served(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  }))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

async function lengthOf(incoming: IncomingMessage): Promise<number> {
  let length = 0
  for await (const chunk of incoming) length += (chunk as Buffer).length
  return length
}

/** So many pieces, then what is thrown; counts what was taken. */
function pieces(count: number, thrown?: Error): { readonly taken: () => number; readonly chunks: () => AsyncIterable<Uint8Array> } {
  let taken = 0
  return {
    taken: () => taken,
    async *chunks() {
      for (let i = 0; i < count; i++) {
        taken++
        yield PIECE
      }
      if (thrown !== undefined) throw thrown
    },
  }
}

const put = (fetch: Fetch, url: string, size: number, chunks: () => AsyncIterable<Uint8Array>): ReturnType<Fetch> => fetch(url, { method: 'PUT', headers: { 'content-type': 'application/octet-stream' }, stream: { size, chunks } })

describe.each([['node:http', nodeHttp()], ['the runtime\'s own fetch', streamingFetch]] as const)('a streamed body, by %s', (_, fetch) => {
  test('arrives whole, with its length said before', async () => {
    let [length, header]: [number, string | undefined] = [0, undefined]
    const url = await served(async (incoming, response) => {
      header = incoming.headers['content-length']
      length = await lengthOf(incoming)
      response.writeHead(201).end()
    })
    const { status } = await put(fetch, url, 40 * PIECE.length, pieces(40).chunks)
    expect([status, length, header]).toEqual([201, 40 * PIECE.length, String(40 * PIECE.length)])
  })

  test('that breaks off: the server never gets the whole of it', async () => {
    const ended = Promise.withResolvers<boolean>()
    const url = await served((incoming, response) => {
      lengthOf(incoming).then(() => ended.resolve(true), () => ended.resolve(false))
      incoming.on('end', () => response.writeHead(201).end())
    })
    await expect(put(fetch, url, 10 * PIECE.length, pieces(3, new Error('wrong digest')).chunks)).rejects.toThrow()
    expect(await ended.promise).toBe(false)
  })

  test('to a server that resets the connection', async () => {
    const url = await served((incoming) => void incoming.once('data', () => incoming.socket.resetAndDestroy()))
    await expect(put(fetch, url, 1_000 * PIECE.length, pieces(1_000).chunks)).rejects.toThrow()
  })
})

test('node:http: a server that answers before the end is heard, and no more is sent to it', async () => {
  const url = await served((incoming, response) => void incoming.once('data', () => response.writeHead(507, { 'content-length': '4' }).end('full')))
  const source = pieces(4_000)
  const answer = await put(nodeHttp(), url, 4_000 * PIECE.length, source.chunks)
  expect(answer.status).toBe(507)
  await answer.body?.cancel()
  const taken = source.taken()
  expect(taken).toBeLessThan(4_000)
})
