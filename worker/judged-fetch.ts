import { SealdexError, type RegistryOptions } from '../src/index.ts'
import type { MayConnect } from './connections.ts'

type Fetch = NonNullable<RegistryOptions['fetch']>
export type Resolver = (hostname: string) => Promise<readonly { readonly address: string }[]>

/**
 * The runtime's fetch, for names only that resolve to addresses which may be connected to (T51). Where a runtime lets nobody in between a name and its
 * connection, this is what can be done: a name that changes its address in that moment is not caught (docs/deploy.md).
 */
export function judgedFetch(mayConnect: MayConnect, resolve: Resolver, fetch: Fetch = (url, init) => globalThis.fetch(url, init)): Fetch {
  return async (url, init) => {
    const { hostname } = new URL(url)
    // addresses as such were judged with the URL
    const addresses = /^\[|^[0-9.]+$/.test(hostname) ? [] : await resolve(hostname)
    if (addresses.some(({ address }) => !mayConnect(hostname, address))) throw new SealdexError('forbidden-address', 'The name stands for an address that may not be asked.')
    return fetch(url, init)
  }
}

/** By the system, as the runtime's own fetch does it. */
export const systemResolver: Resolver = (hostname) => process.getBuiltinModule('node:dns').promises.lookup(hostname, { all: true })
