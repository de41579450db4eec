import type { ProxyAgent } from 'undici'
import { SealdexError } from '../index.ts'
import { bunFetch, isBun } from './bun-fetch.ts'
import { nodeHttp, type Fetch } from './node-http.ts'
import { proxyFor, usesProxy, type Env } from './proxy.ts'
import { asFetchBody } from './stream-body.ts'

export interface NetOptions {
  /** PEM certificates to trust for registries besides the runtime's own (`--registry-ca`). */
  readonly ca?: string
  /** Where `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` are looked up. */
  readonly env: Env
  /** Asked of the addresses that a name resolves to; through a proxy, names are the proxy's to resolve. Default: all may be connected to. */
  readonly mayConnect?: (hostname: string, address: string) => boolean
}

/**
 * A fetch that knows the proxies of the environment and one's own certificate authority; undici is loaded for proxies only, and Bun has a fetch for both.
 * Throws `bad-option` for a CA file without certificates or a proxy that is no http(s) URL.
 */
export function nodeFetch({ ca, env, mayConnect }: NetOptions): Fetch {
  if (ca !== undefined && !ca.includes('-----BEGIN CERTIFICATE-----')) throw new SealdexError('bad-option', 'The file given as --registry-ca holds no PEM certificate.')
  const trusted = ca === undefined ? undefined : () => [...process.getBuiltinModule('node:tls').getCACertificates('default'), ca]
  const direct = nodeHttp({ ca: trusted, mayConnect })
  // Bun's fetch can't choose among addresses
  if (!usesProxy(env)) return isBun() && mayConnect === undefined ? bunFetch({ ca: trusted, proxy: null }) : direct
  for (const scheme of ['http:', 'https:']) proxyFor(new URL(`${scheme}//registry.example`), env)
  const agents = new Map<string, ProxyAgent>()
  return async (url, init) => {
    const proxy = proxyFor(new URL(url), env)
    if (proxy === null) return direct(url, init)
    if (isBun()) return bunFetch({ ca: trusted, proxy })(url, init)
    const undici = await import('undici')
    // a plain-HTTP registry is asked through the proxy, not tunnelled to: many proxies let CONNECT through to 443 only
    const agent = agents.get(proxy) ?? new undici.ProxyAgent({ uri: proxy, requestTls: trusted === undefined ? {} : { ca: trusted() }, proxyTunnel: false })
    agents.set(proxy, agent)
    return undici.fetch(url, { ...asFetchBody(init), dispatcher: agent })
  }
}
