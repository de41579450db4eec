import type { Repository } from '../oci/reference.ts'

/** What kind of network a host stands in, judged from the canonical URL (T52). Names are judged by what is written; what they resolve to is judged where the connection is made (T51). */
export type AddressKind = 'public' | 'private' | 'loopback' | 'reserved'

/** The origin of a registry's API: loopback over plain HTTP, everything else over HTTPS unless it is told otherwise. */
export function apiOrigin(registry: string, plainHttp: (registry: string) => boolean): string {
  const host = registry === 'docker.io' ? 'registry-1.docker.io' : registry
  const secure = new URL(`https://${host}`)
  return addressKind(secure.hostname) === 'loopback' || plainHttp(registry) ? new URL(`http://${host}`).origin : secure.origin
}

/** The URL of something in a repository, such as `manifests/latest`; `rest` holds tags and digests only, which are safe in a path (T5). */
export function apiUrl(origin: string, repository: Repository, rest: string): URL {
  return new URL(`${origin}/v2/${repository.path}/${rest}`)
}

/**
 * May this URL, named by a redirect, a `Link`, an upload's `Location` or a token realm, be asked on behalf of a registry? HTTP(S) only, no user
 * information, no step down from HTTPS, and nothing on a private, loopback or reserved address unless the registry stands on one of the same kind (T50, T52, T53).
 */
export function mayFollow(target: URL, registryOrigin: string): boolean {
  const registry = new URL(registryOrigin)
  if (target.protocol !== 'https:' && !(target.protocol === 'http:' && registry.protocol === 'http:')) return false
  if (target.username !== '' || target.password !== '') return false
  const kind = addressKind(target.hostname)
  return kind === 'public' || kind === addressKind(registry.hostname)
}

/** The kind of a `hostname` as the URL parser wrote it: it has already made octal, one-integer and full-width spellings canonical. */
export function addressKind(hostname: string): AddressKind {
  if (hostname.startsWith('[')) return kindOfIPv6(hostname.slice(1, -1))
  if (/^[0-9]+(?:\.[0-9]+){3}$/.test(hostname)) return kindOfIPv4(hostname.split('.').map(Number))
  const name = hostname.replace(/\.+$/, '')
  if (name === 'localhost' || name.endsWith('.localhost')) return 'loopback'
  // a name without a dot is found by the search list of whoever asks: `http://metadata/` is a cloud's credential service
  return !name.includes('.') || /\.(?:internal|local)$/.test(name) ? 'private' : 'public'
}

function kindOfIPv4(bytes: readonly number[]): AddressKind {
  const [a = 0, b = 0, c = 0] = bytes
  if (a === 127) return 'loopback'
  if (a === 10 || (a === 172 && b >= 16 && b <= 31) || (a === 192 && b === 168) || (a === 100 && b >= 64 && b <= 127)) return 'private'
  // "this host", link-local (cloud metadata), protocol assignments, benchmarks, multicast and above
  if (a === 0 || (a === 169 && b === 254) || (a === 192 && b === 0 && c === 0) || (a === 198 && (b === 18 || b === 19)) || a >= 224) return 'reserved'
  return 'public'
}

function kindOfIPv6(text: string): AddressKind {
  const words = wordsOfIPv6(text)
  const embedded = (at: number) => kindOfIPv4([(words[at] ?? 0) >> 8, (words[at] ?? 0) & 255, (words[at + 1] ?? 0) >> 8, (words[at + 1] ?? 0) & 255])
  const [first = 0] = words
  if (words.slice(0, 7).every((word) => word === 0)) return words[7] === 1 ? 'loopback' : 'reserved'
  // IPv4 in IPv6 clothes: mapped, compatible, translated (NAT64), 6to4
  if (words.slice(0, 5).every((word) => word === 0) && (words[5] === 0xffff || words[5] === 0)) return embedded(6)
  if (first === 0x64 && words[1] === 0xff9b) return embedded(6)
  if (first === 0x2002) return embedded(1)
  if ((first & 0xfe00) === 0xfc00) return 'private'
  return (first & 0xe000) === 0x2000 ? 'public' : 'reserved'
}

/** The eight words of a canonical IPv6 address, which has no dotted tail any more. */
function wordsOfIPv6(text: string): number[] {
  const [head = '', tail] = text.split('::')
  const words = (part: string) => (part === '' ? [] : part.split(':').map((word) => Number.parseInt(word, 16)))
  if (tail === undefined) return words(head)
  const [left, right] = [words(head), words(tail)]
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right]
}

/**
 * Does a token realm belong to the same people as the registry, so that it may receive the registry's credentials (T50)? The same host, or two
 * names under one parent domain (auth.docker.io and registry-1.docker.io, gitlab.example.com and registry.gitlab.example.com); over HTTPS, on loopback, or on the registry's own origin.
 */
export function mayReceiveCredentials(realm: URL, registryOrigin: string): boolean {
  const registry = new URL(registryOrigin)
  const loopback = addressKind(realm.hostname) === 'loopback' && addressKind(registry.hostname) === 'loopback'
  if (loopback || realm.origin === registry.origin) return true
  return realm.protocol === 'https:' && (realm.hostname === registry.hostname || sameSite(realm.hostname, registry.hostname))
}

/** One parent domain that is more than a public suffix: two labels, three where the last two look like `co.uk`. */
function sameSite(a: string, b: string): boolean {
  if ([a, b].some((host) => host.startsWith('[') || /^[0-9.]+$/.test(host))) return false
  const labels = a.split('.')
  const [second = '', last = ''] = labels.slice(-2)
  const count = last.length === 2 && second.length <= 3 ? 3 : 2
  const site = labels.slice(-count).join('.')
  return labels.length >= count && (b === site || b.endsWith(`.${site}`))
}
