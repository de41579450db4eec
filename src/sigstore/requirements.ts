import type { PublicKey } from '../crypto/public-key.ts'
import type { IdentityRequirement } from './identity.ts'

/** How much has to vouch for a signature. Logs and authorities are counted, not entries, timestamps or SCTs (T32). */
export interface Thresholds {
  /** Transparency logs with an entry about it. */
  readonly logs: number
  /** Sources of a time: logs that signed one, timestamp authorities. */
  readonly times: number
  /** Timestamp authorities alone. */
  readonly authorities: number
  /** CT logs that the certificate was given to. */
  readonly scts: number
}

/** What a keyless signature needs where nothing else is said. */
export const KEYLESS: Thresholds = { logs: 1, times: 1, authorities: 0, scts: 1 }
/** A signature by a key needs no log and no time (interface.md). */
export const BY_KEY: Thresholds = { logs: 0, times: 0, authorities: 0, scts: 0 }

export interface MaterialOptions {
  /** Seconds since 1970: later times are not believed. */
  readonly at: number
  /** The key that has to have signed; without one it has to be a certificate. */
  readonly key?: PublicKey
  /** Whose certificate is accepted, any one of them; without, everybody's: the result says whose it is. Not beside a key. */
  readonly identities?: readonly IdentityRequirement[]
  /** Instead of {@link KEYLESS}, or {@link BY_KEY} where a key is given. */
  readonly thresholds?: Partial<Thresholds>
  /** Whether anything broken that came along is an error, as it is to Sigstore's clients. Else it counts for nothing and is noted. */
  readonly strict?: boolean
}
