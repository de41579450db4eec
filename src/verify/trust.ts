import { SealdexError } from '../base/errors.ts'
import { builtInTrustedRoot, oldRootWarning } from '../sigstore/built-in-root.ts'
import type { TrustedRoot } from '../sigstore/trust.ts'
import { loadTrustedRoot } from '../sigstore/trusted-root.ts'
import type { PolicyEntry } from '../policy/policy.ts'
import type { TrustFacts } from './judge.ts'

/** A root that could not be had, for example one whose time is over (`trust-root-expired`): what it would prove is unknown then, never refused or allowed. */
export interface UnavailableRoot {
  readonly code: SealdexError['code']
  readonly message: string
}

export interface TrustOptions {
  /** What keyless signatures, logs and timestamps are judged by. Default: Sigstore's public-good root that is built in, where the policy needs one. */
  readonly trustedRoot?: TrustedRoot | UnavailableRoot | Promise<TrustedRoot | UnavailableRoot>
}

/** The root of one verification, with what the verdict says of it. */
export interface Trust {
  readonly root: TrustedRoot | null
  readonly facts: TrustFacts
}

/** For those who only collect: nothing is proved. */
export const NO_TRUST: Trust = { root: null, facts: { digest: null, failure: null, warning: null } }

let builtIn: Promise<{ readonly root: TrustedRoot; readonly takenAt: number }> | null = null

/** The root that was given, else the built-in one where it is needed. `at`: seconds since 1970. */
export async function trustFor({ trustedRoot }: TrustOptions, needed: boolean, at: number): Promise<Trust> {
  const given = await trustedRoot
  if (given !== undefined) {
    if ('code' in given) return { root: null, facts: { digest: null, failure: needed ? given : null, warning: null } }
    return { root: given, facts: { digest: given.digest, failure: null, warning: null } }
  }
  if (!needed) return NO_TRUST
  builtIn ??= loadBuiltIn()
  const { root, takenAt } = await builtIn
  return { root, facts: { digest: root.digest, failure: null, warning: oldRootWarning({ takenAt }, at) } }
}

async function loadBuiltIn(): Promise<{ readonly root: TrustedRoot; readonly takenAt: number }> {
  const { text, takenAt } = await builtInTrustedRoot()
  return { root: await loadTrustedRoot(text), takenAt }
}

/** Whether a policy's entry can be met, or a demand of it judged, only with a root. */
export function needsRoot(entry: PolicyEntry | null): boolean {
  return [...(entry?.signers.values() ?? [])].some((signer) => signer.kind === 'keyless' || (signer.kind === 'key' && signer.log))
}
