import type { BodyStream, Fetch } from './fetch.ts'

/** The runtime's own fetch, which takes streams in Node, Deno, Bun and workerd. */
export const streamingFetch: Fetch = async (url, { stream, ...init }) => {
  if (stream === undefined) return globalThis.fetch(url, init)
  const body = webStream(stream)
  // `duplex` is in no type of the DOM yet
  return globalThis.fetch(url, { ...init, headers: { ...init.headers, 'content-length': String(stream.size) }, body, duplex: 'half' } as RequestInit)
}

/** As a web stream, pulled as fast as it is sent. */
export function webStream(stream: BodyStream): ReadableStream<Uint8Array> {
  const iterator = stream.chunks()[Symbol.asyncIterator]()
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await iterator.next()
      if (done === true) controller.close()
      else controller.enqueue(value)
    },
    async cancel() {
      await iterator.return?.()
    },
  })
}
