import { makeCtLog, type CtLog } from './ct-log.ts'
import { makeAuthority, type Authority } from './fulcio.ts'
import type { JsonFields } from './json.ts'
import { randomFrom, type Random } from './random.ts'
import { makeRekorV1 } from './rekor-v1.ts'
import { makeRekorV2 } from './rekor-v2.ts'
import type { Rekor } from './rekor.ts'
import { trustedRootJson, type TrustChoices } from './trusted-root.ts'
import { makeTsa, type TimestampAuthority } from './tsa.ts'

/** A whole private Sigstore with keys of its own: certificate authority, CT log, both kinds of Rekor, timestamp authority. */
export interface Deployment {
  readonly random: Random
  readonly fulcio: Authority
  readonly ctLog: CtLog
  readonly rekorV1: Rekor
  readonly rekorV2: Rekor
  readonly tsa: TimestampAuthority
}

/** The same seed gives the same keys; `parts` are put instead of what would be made. */
export function deploy(seed: number | string, parts: Partial<Omit<Deployment, 'random'>> = {}): Deployment {
  const random = randomFrom(`deployment ${seed}`)
  return { random, fulcio: makeAuthority(random), ctLog: makeCtLog(random), rekorV1: makeRekorV1(random), rekorV2: makeRekorV2(random), tsa: makeTsa(random), ...parts }
}

/** What a verifier is to trust of it. */
export function trustOf({ fulcio, ctLog, rekorV1, rekorV2, tsa }: Deployment, choices: Partial<TrustChoices> = {}): JsonFields {
  return trustedRootJson({ logs: [rekorV1, rekorV2], ctLogs: [ctLog], authorities: [fulcio], tsas: [tsa], ...choices })
}
