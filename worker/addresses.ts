import { addressKind, parseReference, SealdexError } from '../src/index.ts'
import { quoted } from './text.ts'

/** What the operator lets the server ask (T50 to T53). */
export interface AddressRules {
  /** May references of this registry (as in a canonical reference) be read? If not, why. */
  readonly refusal: (registry: string) => 'registry-not-allowed' | 'forbidden-address' | null
  /** May this URL be asked: a registry, a redirect, a token realm? */
  readonly mayAsk: (url: URL) => boolean
  /** Does the host stand in the list by its own name? */
  readonly isNamed: (hostname: string) => boolean
  /** May loopback be asked without being named? */
  readonly loopback: boolean
}

export interface AddressOptions {
  /** Entries: `host`, `host:port`, `host:*`, `*.host` (with a port too), `*`. */
  readonly registries: readonly string[]
  /** Loopback may be asked without being named. Default: false. */
  readonly loopback?: boolean
}

interface Entry {
  /** Null: everything that is public. */
  readonly host: string | null
  /** Names below the host, not itself. */
  readonly below: boolean
  /** Null: the default port; `*`: any. */
  readonly port: string | null
}

/** Nothing that is private, loopback, link-local or reserved is asked unless its host stands in the list by its own name: `*` and `*.host` do not let it in. Throws `bad-option`. */
export function addressRules({ registries, loopback = false }: AddressOptions): AddressRules {
  const entries = registries.map(readEntry)
  const named = (url: URL): boolean => entries.some((entry) => entry.host !== null && !entry.below && matches(entry, url))
  const mayAsk = (url: URL): boolean => {
    const kind = addressKind(url.hostname)
    return kind === 'public' || (kind === 'loopback' && loopback) || named(url)
  }
  return {
    refusal(registry) {
      const url = new URL(`https://${registry}`)
      const listed = entries.some((entry) => matches(entry, url)) || (loopback && addressKind(url.hostname) === 'loopback')
      // which of the two does not depend on the list for an address that nobody may name
      if (!mayAsk(url)) return 'forbidden-address'
      return listed ? null : 'registry-not-allowed'
    },
    mayAsk,
    isNamed: (hostname) => entries.some((entry) => entry.host === hostname.toLowerCase() && !entry.below),
    loopback,
  }
}

function matches({ host, below, port }: Entry, url: URL): boolean {
  if (host === null) return true
  const at = below ? url.hostname.endsWith(`.${host}`) : url.hostname === host
  const defaultPort = url.protocol === 'https:' ? '443' : '80'
  return at && (port === '*' || (url.port || defaultPort) === (port ?? defaultPort))
}

function readEntry(text: string): Entry {
  if (text === '*') return { host: null, below: false, port: '*' }
  const [, wildcard = '', name = '', port = null] = /^(\*\.)?(.*?)(?::([0-9]{1,5}|\*))?$/.exec(text) ?? []
  const registry = registryOf(`${name}${name.startsWith('[') || /[.:]/.test(name) || name === 'localhost' ? '' : ':443'}`)
  if (registry === null) throw new SealdexError('bad-option', `The list of registries has ${quoted(text)}, which is none of host, host:port, host:*, *.host and *.`)
  return { host: new URL(`https://${registry}`).hostname, below: wildcard !== '', port: port === '443' ? null : port }
}

/** As references are made canonical: docker.io's aliases are one, and a host in capitals is none other. Null for what is no host. */
function registryOf(host: string): string | null {
  try {
    const { registry, path } = parseReference(`${host}/x/x`).repository
    return path === 'x/x' ? registry : null
  } catch {
    return null
  }
}
