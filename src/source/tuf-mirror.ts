import { SealdexError } from '../base/errors.ts'
import * as LIMITS from '../base/limits.ts'
import { quoted } from '../base/quoted.ts'
import { discard, readBody } from './body.ts'
import type { Fetch } from './fetch.ts'
import { Guard, type GuardOptions } from './guarded.ts'
import { addressKind } from './registry-address.ts'
import { follow, type Transport } from './registry-http.ts'
import { ABSENT, failed, type Read } from './source.ts'

export interface TufMirrorOptions extends GuardOptions {
  /** Default: the runtime's own. */
  readonly fetch?: Fetch
  readonly userAgent?: string
}

/**
 * Reads files below an address: a TUF mirror. HTTPS, plain HTTP on loopback only; redirects are judged as a registry's. Throws `bad-option` for another address.
 * The budgets are of all that is read together (default: those of a verification, and `LIMITS.tuf.totalBytes`).
 */
export function tufMirror(address: string, { fetch, userAgent, ...budgets }: TufMirrorOptions = {}): (path: string, maxBytes: number) => Promise<Read<Uint8Array<ArrayBuffer>>> {
  const base = baseOf(address)
  const guard = new Guard({ maxBytes: LIMITS.tuf.totalBytes, ...budgets })
  const transport: Transport = { fetch: fetch ?? ((url, init) => globalThis.fetch(url, init)), allowAddress: () => true, userAgent: userAgent ?? null }
  return async (path, maxBytes) => {
    const answer = await follow(transport, { method: 'GET', url: new URL(`${base.href}${path}`), headers: {}, what: path }, base.origin, guard)
    if (answer.state !== 'read') return answer
    const { response } = answer.value
    if (response.status === 200) return readBody(response, maxBytes, guard, base.host, path)
    discard(response)
    // a bucket that may not be listed answers 403 for what is not in it; whoever could forge the one could forge the other
    if (response.status === 404 || response.status === 403) return ABSENT
    return failed(response.status === 429 ? 'rate-limited' : 'registry-error', `${base.host} answered ${response.status} for ${path}.`)
  }
}

function baseOf(address: string): URL {
  const url = URL.parse(address.endsWith('/') ? address : `${address}/`)
  const plain = url?.protocol === 'http:' && addressKind(url.hostname) === 'loopback'
  if (url === null || (url.protocol !== 'https:' && !plain) || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new SealdexError('bad-option', `${quoted(address)} is no address of a mirror: it begins with https:// and has no user, query or fragment.`)
  }
  return url
}
