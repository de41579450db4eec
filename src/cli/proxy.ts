import { SealdexError } from '../index.ts'

export type Env = Readonly<Record<string, string | undefined>>

/** Is any proxy set in the environment? */
export function usesProxy(env: Env): boolean {
  return variable(env, 'HTTPS_PROXY') !== null || variable(env, 'HTTP_PROXY') !== null
}

/**
 * The proxy for a URL, by the conventions of curl and Go: `HTTPS_PROXY` and `HTTP_PROXY` for their scheme (lower case first), none for loopback nor for
 * what `NO_PROXY` names: `*`, a host, a domain with all below it (with or without a dot before it), each with a port if it counts. Throws `bad-option` for a proxy that is no http(s) URL.
 */
export function proxyFor(url: URL, env: Env): string | null {
  const name = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY'
  const written = variable(env, name)
  if (written === null || isLoopback(url.hostname) || isExempt(url, variable(env, 'NO_PROXY') ?? '')) return null
  const proxy = URL.parse(written.includes('://') ? written : `http://${written}`)
  // without its text: it may hold a password
  if (proxy === null || !/^https?:$/.test(proxy.protocol)) throw new SealdexError('bad-option', `${name} is not the URL of an HTTP proxy, such as http://proxy.example:3128.`)
  return proxy.href
}

function variable(env: Env, name: string): string | null {
  return env[name.toLowerCase()] || env[name] || null
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost') || hostname.startsWith('127.') || hostname === '[::1]'
}

function isExempt(url: URL, list: string): boolean {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  return list
    .toLowerCase()
    .split(/[,\s]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      const [, host = entry, entryPort] = /^(.*?):([0-9]+)$/.exec(entry) ?? []
      const domain = host.replace(/^\*?\./, '')
      if (entry === '*') return true
      return (entryPort === undefined || entryPort === port) && (url.hostname === domain || url.hostname.endsWith(`.${domain}`))
    })
}
