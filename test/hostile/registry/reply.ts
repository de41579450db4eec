import { once } from 'node:events'
import type { ServerResponse } from 'node:http'

/** Bytes at once, or as a stream that is asked for anew for each answer. */
export type Body = Uint8Array | string | (() => AsyncIterable<Uint8Array>)

export interface HttpReply {
  readonly status: number
  /** Sent as they are, lies included. Without Content-Length the body goes out in chunks. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: Body
  /** What comes after the body: the proper end (if missing), a reset connection, or nothing, ever. */
  readonly end?: 'reset' | 'hang'
}

/** `reset`: the connection breaks before a byte was sent; `hang`: nothing is ever sent; `raw`: exactly these bytes, then the end of the connection. */
export type Reply = HttpReply | 'reset' | 'hang' | { readonly raw: string | Uint8Array }

/** Sends a reply as it stands: nothing in it is checked or made right. */
export async function sendReply(reply: Reply, response: ServerResponse, method: string): Promise<void> {
  if (reply === 'hang') return
  if (reply === 'reset') return void response.socket?.resetAndDestroy()
  if ('raw' in reply) return void response.socket?.end(reply.raw)
  // Node adds a length or chunking by itself; it must not mend what was left out on purpose
  const headers = Object.fromEntries(Object.entries(reply.headers ?? {}).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]))
  response.writeHead(reply.status, headers)
  response.flushHeaders()
  if (method !== 'HEAD') await sendBody(reply.body ?? '', response)
  if (reply.end === 'hang') return
  if (reply.end === 'reset') return void response.socket?.resetAndDestroy()
  response.end()
}

async function sendBody(body: Body, response: ServerResponse): Promise<void> {
  const chunks = typeof body === 'function' ? body() : [body]
  for await (const chunk of chunks) {
    if (response.destroyed) return
    if (chunk.length === 0 || response.write(chunk)) continue
    const stop = new AbortController()
    // whichever comes first; the client may leave in the middle of an endless body
    await Promise.race([once(response, 'drain', { signal: stop.signal }), once(response, 'close', { signal: stop.signal })]).finally(() => stop.abort())
  }
}
