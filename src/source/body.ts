import { joinBytes } from '../base/bytes.ts'
import type { FetchReader, FetchResponse } from './fetch.ts'
import type { Guard } from './guarded.ts'
import { failed, read, type Read } from './source.ts'

/**
 * The decoded bytes of an answer, counted while they stream, so that neither a bomb behind a small Content-Length (T14), nor an endless body (T12), nor one
 * that drips (T55) gets further than its limit. `from` and `what` name the server and the thing for the message.
 */
export async function readBody(response: FetchResponse, maxBytes: number, guard: Guard, from: string, what: string): Promise<Read<Uint8Array<ArrayBuffer>>> {
  if (response.body === null) return read(new Uint8Array(0))
  const reader: FetchReader = response.body.getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for (;;) {
      const { done, value } = await unlessAborted(reader.read(), guard.signal)
      if (done) return read(joinBytes(chunks))
      size += value.byteLength
      const overBudget = guard.received(value.byteLength)
      if (overBudget !== null) return failed(overBudget, `${from}: with ${what} the bytes read for one verification passed their limit.`)
      if (size > maxBytes) return failed('too-large', `${from} sends more than ${maxBytes} bytes for ${what}.`)
      chunks.push(value)
    }
  } catch {
    return guard.signal.aborted ? failed('timeout', `${from} did not finish sending ${what} before the deadline.`) : failed('unreachable', `${from} broke off while sending ${what}.`)
  } finally {
    // a no-op after the last byte; else it frees the connection
    reader.cancel().catch(() => {})
  }
}

/** Lets go of an answer whose body nobody wants. */
export function discard(response: FetchResponse): void {
  response.body?.cancel().catch(() => {})
}

/** The promise's outcome, or a rejection as soon as the signal aborts, whether or not the one who made the promise listens to it. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  promise.catch(() => {})
  signal.throwIfAborted()
  const aborted = Promise.withResolvers<never>()
  const onAbort = () => aborted.reject(new Error('aborted'))
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** Waits; false if the signal aborts first. */
export async function wait(ms: number, signal: AbortSignal): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined
  try {
    await unlessAborted(new Promise<void>((resolve) => (timer = setTimeout(resolve, ms))), signal)
    return true
  } catch {
    return false
  } finally {
    clearTimeout(timer)
  }
}
