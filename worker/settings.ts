import type { Policy, Source, TrustOptions } from '../src/index.ts'
import type { AddressRules } from './addresses.ts'

/** Everything that the app knows of its surroundings: what it answers follows from this and the request alone. */
export interface Settings {
  /** Where a verification reads from. Called for each request; whoever may keep a registry client gives the same one. */
  readonly source: () => Source
  /** Which registries and addresses may be asked at all. */
  readonly addresses: AddressRules
  /** Decides where a request names no policy; null: such a request is refused. */
  readonly policy: Policy | null
  /** By name, for `policy=NAME`. */
  readonly policies: ReadonlyMap<string, Policy>
  /** What keyless signatures are judged by; undefined: the public-good root that is built in, where a policy needs one. */
  readonly trustedRoot: TrustOptions['trustedRoot']
  readonly now: () => Date
  /** Takes one line of JSON for each request. */
  readonly log: (line: string) => void
  /** A file of the page by its path; null: not there. */
  readonly asset: (path: string) => Promise<Asset | null>
  readonly limits: Limits
}

export interface Limits {
  /** Requests to registries, milliseconds and bytes of one verification. */
  readonly maxRequests: number
  readonly timeoutMs: number
  readonly maxBytes: number
  /** Milliseconds for a request's body to arrive. */
  readonly bodyMs: number
  /** How many requests are worked on at once; null where the runtime sees to that. */
  readonly load: Load | null
}

export interface Load {
  readonly working: number
  /** Besides, with a posted tar in memory. */
  readonly tars: number
  /** How many may wait for that, and how many milliseconds. */
  readonly waiting: number
  readonly waitMs: number
}

export interface Asset {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly type: string
}
