import type { Code } from '../base/codes.ts'
import { utf8Encode } from '../base/bytes.ts'
import * as LIMITS from '../base/limits.ts'
import { formatTime } from '../base/time.ts'

/** The public-good trust root that the package carries. */
export interface BuiltInRoot {
  /** trusted_root.json, byte for byte. */
  readonly text: string
  /** When it was published: seconds since 1970. */
  readonly takenAt: number
}

/** Where the public-good root is refreshed from, and the root.json to begin with. */
export interface BuiltInTufRoot {
  readonly mirror: string
  readonly pinnedRoot: Uint8Array<ArrayBuffer>
}

/** The public-good trust root, loaded when it is asked for: a page that verifies keys does without its 7 kB. */
export async function builtInTrustedRoot(): Promise<BuiltInRoot> {
  const { PUBLIC_GOOD_ROOT: text, PUBLIC_GOOD_TAKEN_AT: takenAt } = await import('./public-good-root.ts')
  return { text, takenAt }
}

/** What {@link loadTrustedRootFromMirror} takes to refresh the public-good root. */
export async function builtInTufRoot(): Promise<BuiltInTufRoot> {
  const { PUBLIC_GOOD_MIRROR: mirror, PUBLIC_GOOD_TUF_ROOT: text } = await import('./tuf/public-good-tuf-root.ts')
  return { mirror, pinnedRoot: utf8Encode(text) }
}

/** What a verdict warns of: a root that was taken more than `LIMITS.builtInRootDays` days before `at` (seconds since 1970); null for a younger one. Keys that were revoked or added since are not in it. */
export function oldRootWarning({ takenAt }: Pick<BuiltInRoot, 'takenAt'>, at: number): { readonly code: Code, readonly message: string } | null {
  if (at - takenAt <= LIMITS.builtInRootDays * 86_400) return null
  return { code: 'trust-root-old', message: `The built-in trust root is of ${formatTime(takenAt).slice(0, 10)}, over ${LIMITS.builtInRootDays} days old; a newer version of sealdex has a newer one.` }
}
