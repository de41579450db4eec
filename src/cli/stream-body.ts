import type { Fetch } from './node-http.ts'

type Init = Parameters<Fetch>[1]

/** What is asked as a fetch takes it that reads a body while it sends it, as those of undici and of Bun do: its length is said before. */
export function asFetchBody({ stream, ...init }: Init): Omit<Init, 'stream' | 'body'> & { readonly body?: NonNullable<Init['body']> | AsyncIterable<Uint8Array>; readonly duplex?: 'half' } {
  if (stream === undefined) return init
  return { ...init, headers: { ...init.headers, 'content-length': String(stream.size) }, body: stream.chunks(), duplex: 'half' }
}
