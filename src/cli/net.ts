import { getCACertificates } from 'node:tls'
import type { Dispatcher } from 'undici'
import { SealdexError } from '../index.ts'
import { proxyFor, usesProxy, type Env } from './proxy.ts'

export type FetchFunction = (url: string, init: RequestInit) => Promise<Response>

export interface NetOptions {
  /** PEM certificates to trust for registries besides the runtime's own (`--registry-ca`). */
  readonly ca?: string
  /** Where `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` are looked up. */
  readonly env: Env
}

/**
 * A fetch that knows the proxies of the environment and one's own certificate authority. Node's own fetch where neither is asked for, so that undici
 * is loaded by those who need it. Throws `bad-option` for a CA file without certificates or a proxy that is no http(s) URL.
 */
export function nodeFetch(options: NetOptions): FetchFunction {
  const { ca, env } = options
  if (ca !== undefined && !ca.includes('-----BEGIN CERTIFICATE-----')) throw new SealdexError('bad-option', 'The file given as --registry-ca holds no PEM certificate.')
  if (ca === undefined && !usesProxy(env)) return (url, init) => fetch(url, init)
  for (const scheme of ['http:', 'https:']) proxyFor(new URL(`${scheme}//registry.example`), env)
  const trusted = ca === undefined ? undefined : [...getCACertificates('default'), ca]
  const dispatchers = new Map<string | null, Promise<Dispatcher>>()
  const dispatcherFor = (proxy: string | null) => {
    const dispatcher = dispatchers.get(proxy) ?? makeDispatcher(proxy, trusted)
    dispatchers.set(proxy, dispatcher)
    return dispatcher
  }
  return async (url, init) => {
    const undici = await import('undici')
    const dispatcher = await dispatcherFor(proxyFor(new URL(url), env))
    // undici's own types of the same classes
    const answer: unknown = await undici.fetch(url, { ...(init as import('undici').RequestInit), dispatcher })
    return answer as Response
  }
}

async function makeDispatcher(proxy: string | null, ca: string[] | undefined): Promise<Dispatcher> {
  const { Agent, ProxyAgent } = await import('undici')
  const tls = ca === undefined ? {} : { ca }
  // a plain-HTTP registry is asked through the proxy, not tunnelled to: many proxies let CONNECT through to 443 only
  return proxy === null ? new Agent({ connect: tls }) : new ProxyAgent({ uri: proxy, requestTls: tls, proxyTunnel: false })
}
