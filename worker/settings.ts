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
  readonly lines: Lines
}

/** Runs the work, perhaps later; throws `busy` where that would be too late. */
export type Limited = <T>(work: () => Promise<T>) => Promise<T>

/** Where requests wait for their turn. Tars have a line of their own, so that those who send them hold up nobody else. */
export interface Lines {
  readonly questions: Limited
  readonly tars: Limited
}

export interface Limits {
  /** Requests to registries, milliseconds and bytes of one verification. */
  readonly maxRequests: number
  readonly timeoutMs: number
  readonly maxBytes: number
  /** Milliseconds for a request's body to arrive. */
  readonly bodyMs: number
}

export interface Asset {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly type: string
}
