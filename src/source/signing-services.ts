import * as LIMITS from '../base/limits.ts'
import { discard, readBody } from './body.ts'
import type { Fetch } from './fetch.ts'
import { Guard, type GuardOptions } from './guarded.ts'
import { addressKind } from './registry-address.ts'
import { exchange, type Transport } from './registry-http.ts'
import { failed, read, type Read } from './source.ts'

export interface SigningServicesOptions extends Pick<GuardOptions, 'timeoutMs' | 'maxRequests' | 'signal'> {
  /** Carries the requests. Default: the runtime's own. */
  readonly fetch?: Fetch
  readonly userAgent?: string
}

interface Posted {
  readonly url: string
  readonly contentType: string
  readonly accept: string
  readonly body: Uint8Array<ArrayBuffer>
  readonly what: string
  readonly maxBytes: number
}

/**
 * What posts to signing services: over HTTPS, plain HTTP on loopback only, no redirect followed (a token would go along), each answer bounded, all under one deadline that begins now
 * (default: `LIMITS.signDeadlineMs`).
 */
export function signingServices({ fetch, userAgent, ...budgets }: SigningServicesOptions = {}): (posted: Posted) => Promise<Read<{ readonly status: number; readonly body: Uint8Array<ArrayBuffer> }>> {
  const guard = new Guard({ timeoutMs: LIMITS.signDeadlineMs, maxRequests: LIMITS.serviceRequests, maxBytes: LIMITS.signBytes, ...budgets })
  const transport: Transport = { fetch: fetch ?? ((url, init) => globalThis.fetch(url, init)), allowAddress: mayPost, userAgent: userAgent ?? null }
  return async ({ url: address, contentType, accept, body, what, maxBytes }) => {
    const url = URL.parse(address)
    if (url === null) return failed('forbidden-address', `What is to be asked for ${what} has no address.`)
    const answer = await exchange(transport, { method: 'POST', url, headers: { 'content-type': contentType, accept }, body, what }, guard)
    if (answer.state !== 'read') return answer
    const { status, type } = answer.value
    if (type === 'opaqueredirect' || (status >= 300 && status < 400)) {
      discard(answer.value)
      return failed('forbidden-address', `${url.host} answered with a redirect when asked for ${what}, and none is followed.`)
    }
    const bytes = await readBody(answer.value, maxBytes, guard, url.host, what)
    return bytes.state === 'read' ? read({ status, body: bytes.value }) : bytes
  }
}

function mayPost(url: URL): boolean {
  return (url.protocol === 'https:' || (url.protocol === 'http:' && addressKind(url.hostname) === 'loopback')) && url.username === '' && url.password === ''
}
