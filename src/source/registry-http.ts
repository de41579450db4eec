import { SealdexError } from '../base/errors.ts'
import * as LIMITS from '../base/limits.ts'
import { discard, unlessAborted, wait } from './body.ts'
import type { BodyStream, Fetch, FetchInit, FetchResponse } from './fetch.ts'
import type { Guard } from './guarded.ts'
import { mayFollow } from './registry-address.ts'
import { failed, read, type Read } from './source.ts'

/** What carries requests: a fetch function, and who may be asked at all. */
export interface Transport {
  readonly fetch: Fetch
  /** Narrows further what may be asked: the server's own list of registries, say. */
  readonly allowAddress: (url: URL) => boolean | Promise<boolean>
  readonly userAgent: string | null
}

export interface Call {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array<ArrayBuffer> | string
  readonly stream?: BodyStream
  /** What is asked for, for messages: no query, no secret, nothing that a stranger wrote. */
  readonly what: string
  /** Token round trips are counted apart from the budget of requests. */
  readonly forToken?: boolean
}

export interface Answer {
  readonly response: FetchResponse
  readonly url: URL
  /** False once a redirect left the origin that was asked: what is there speaks for nobody but itself, and saw no secret. */
  readonly home: boolean
}

/** Server errors that may pass. 501 does not: it says that the registry keeps no referrers (R2). */
const TRANSIENT: ReadonlySet<number> = new Set([500, 502, 503, 504])

/** One call, with one retry after a broken connection or a server error (reads only) and waits after 429. Redirects come back as they are. */
export async function exchange(transport: Transport, call: Call, guard: Guard): Promise<Read<FetchResponse>> {
  if (!(await transport.allowAddress(call.url))) return failed('forbidden-address', `${call.url.host} may not be asked for ${call.what}.`)
  let retries = call.method === 'GET' || call.method === 'HEAD' ? 1 : 0
  let waits: number = LIMITS.rateLimitWaits
  for (;;) {
    const answer = await once(transport, call, guard)
    const retryable = answer.state === 'failed' ? answer.code === 'unreachable' : answer.state === 'read' && TRANSIENT.has(answer.value.status)
    if (retryable && retries-- > 0) {
      if (answer.state === 'read') discard(answer.value)
      if (!(await wait(50 + Math.random() * 200, guard.signal))) return timeout(call)
      continue
    }
    if (answer.state !== 'read' || answer.value.status !== 429) return answer
    const ms = retryAfterMs(answer.value.headers.get('retry-after'))
    if (ms === null || ms >= guard.remainingMs() || waits-- <= 0) return answer
    discard(answer.value)
    if (!(await wait(ms, guard.signal))) return timeout(call)
  }
}

/** A call with its redirects followed by hand, every hop judged and paid for, and nothing secret carried to another origin (T53). */
export async function follow(transport: Transport, call: Call, registryOrigin: string, guard: Guard): Promise<Read<Answer>> {
  let { url, headers } = call
  let home = true
  for (let hops = 0; ; hops++) {
    const answer = await exchange(transport, { ...call, url, headers }, guard)
    if (answer.state !== 'read') return answer
    const response = answer.value
    const next = redirectOf(response, url)
    if (next === null) return read({ response, url, home })
    discard(response)
    const refused = (why: string) => failed('forbidden-address', `${url.host} answered ${call.what} with a redirect ${why}.`)
    if (next === 'hidden') return refused('that this runtime does not let anyone inspect')
    if (next === 'broken') return refused('that leads nowhere')
    if (call.method !== 'GET' && call.method !== 'HEAD') return refused('where something is written, which is not followed')
    if (hops >= LIMITS.redirects) return refused(`for the ${hops + 1}th time, more than are followed`)
    if (!mayFollow(next, registryOrigin) || (url.protocol === 'https:' && next.protocol !== 'https:')) return refused(`to ${next.host}, which may not be asked on its behalf`)
    if (next.origin !== url.origin) {
      home = false
      headers = withoutAuthorization(headers)
    }
    url = next
  }
}

async function once(transport: Transport, call: Call, guard: Guard): Promise<Read<FetchResponse>> {
  if (call.forToken) guard.tokenRequests++
  const refused = call.forToken ? null : guard.request()
  if (refused === 'timeout' || guard.signal.aborted) return timeout(call)
  if (refused !== null) return failed(refused, `No request is left to ask ${call.url.host} for ${call.what}.`)
  // a length, a type or an encoding in the answer is never believed; identity only saves the work of unpacking
  const headers: Record<string, string> = { 'accept-encoding': 'identity', ...call.headers }
  if (transport.userAgent !== null) headers['user-agent'] = transport.userAgent
  try {
    const init: FetchInit = { method: call.method, headers, redirect: 'manual', signal: guard.signal, ...(call.body !== undefined && { body: call.body }), ...(call.stream !== undefined && { stream: call.stream }) }
    return read(await unlessAborted(transport.fetch(call.url.href, init), guard.signal))
  } catch (error) {
    // where the connection is made, a name is an address (T51)
    if (error instanceof SealdexError && error.code === 'forbidden-address') return failed('forbidden-address', `${call.url.host} stands on an address that may not be asked for ${call.what}.`)
    return guard.signal.aborted ? timeout(call) : failed('unreachable', `${call.url.host} could not be reached for ${call.what}.`)
  }
}

function timeout(call: Call): Read<never> {
  return failed('timeout', `${call.url.host} did not answer in time when asked for ${call.what}.`)
}

function redirectOf(response: FetchResponse, base: URL): URL | null | 'hidden' | 'broken' {
  if (response.type === 'opaqueredirect') return 'hidden'
  if (![301, 302, 303, 307, 308].includes(response.status)) return null
  const location = response.headers.get('location')
  return location === null ? 'broken' : (URL.parse(location, base.href) ?? 'broken')
}

function withoutAuthorization(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'authorization'))
}

/** `Retry-After` in seconds or as a date; null if there is none that is understood. */
export function retryAfterMs(header: string | null): number | null {
  if (header === null) return null
  if (/^[0-9]{1,9}$/.test(header)) return Number(header) * 1000
  const date = /^[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT$/.test(header) ? Date.parse(header) : Number.NaN
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now())
}
