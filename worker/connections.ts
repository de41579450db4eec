import { addressKind } from '../src/index.ts'
import type { AddressRules } from './addresses.ts'

/** May a connection for this host name be made to this address (T51)? */
export type MayConnect = (hostname: string, address: string) => boolean

/** For runtimes in which a name is resolved here; workerd's network reaches public addresses only. */
export function connectionsBy({ isNamed, loopback }: AddressRules): MayConnect {
  return (hostname, address) => {
    const kind = addressKind(address.includes(':') ? `[${canonicalIPv6(address)}]` : address)
    if (kind === 'public' || isNamed(hostname)) return true
    // a public name that resolves to loopback is a trap, even where loopback may be asked
    return kind === 'loopback' && loopback && addressKind(hostname) === 'loopback'
  }
}

/** Without the zone of a link-local address, in the URL parser's spelling; what is none counts as unspecified, which nobody may ask. */
function canonicalIPv6(address: string): string {
  return URL.parse(`http://[${address.split('%')[0] ?? ''}]/`)?.hostname.slice(1, -1) ?? '::'
}
