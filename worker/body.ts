import { LIMITS } from '../src/index.ts'
import type { Call } from './call.ts'
import { Problem } from './problem.ts'

/** The body of a request, counted and timed while it comes in (T12, T55). Throws `body-too-large`, `body-timeout`, `bad-body`. */
export async function bodyOf({ request, settings }: Call, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) throw tooLarge(maxBytes)
  if (request.body === null) return new Uint8Array(0)
  return collect(request.body, maxBytes, settings.limits.bodyMs)
}

/** A tar as it is, or unpacked: no more than fits is unpacked (T14). */
export async function unpacked(packed: Uint8Array<ArrayBuffer>, bodyMs: number): Promise<Uint8Array<ArrayBuffer>> {
  if (packed[0] !== 0x1f || packed[1] !== 0x8b) return packed
  return collect(new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip')), LIMITS.postedTarBytes, bodyMs)
}

async function collect(stream: ReadableStream<Uint8Array>, maxBytes: number, ms: number): Promise<Uint8Array<ArrayBuffer>> {
  const reader = stream.getReader()
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Problem('body-timeout', `The body was not complete after ${ms} ms.`, { headers: { Connection: 'close' } })), ms)
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), late.promise])
      if (done) return joined(chunks, size)
      size += value.byteLength
      if (size > maxBytes) throw tooLarge(maxBytes)
      chunks.push(value)
    }
  } catch (error) {
    if (error instanceof Problem) throw error
    throw new Problem('bad-body', 'The body broke off, or is damaged.')
  } finally {
    clearTimeout(timer)
    reader.cancel().catch(() => {})
  }
}

/** The rest is not read, so the connection can't be used again. */
function tooLarge(maxBytes: number): Problem {
  return new Problem('body-too-large', `The body is larger than ${maxBytes} bytes.`, { headers: { Connection: 'close' } })
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return bytes
}
