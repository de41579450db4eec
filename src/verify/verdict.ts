import { canonicalJson } from '../base/canonical-json.ts'
import { formatTime } from '../base/time.ts'
import { VERSION } from '../base/version.ts'
import { digestOfText, type Digest } from '../crypto/digest.ts'
import { platformName } from '../oci/platform.ts'
import { entryFor, type Policy } from '../policy/policy.ts'
import { attachmentsOf, type VerdictAttachment } from './attachments.ts'
import { completenessOf, type Completeness } from './completeness.ts'
import type { Facts, Outcome, Reason, Decision } from './judge.ts'
import { placesOf, type VerdictPlace } from './place-list.ts'
import { signersOf, subjectsOf, type VerdictSigner, type VerdictSubject } from './subjects.ts'
import { judgedLeaves } from './graph.ts'

export const VERDICT_MEDIA_TYPE = 'application/vnd.sealdex.verdict.v1+json'

/** The decision with its reasons (interface.md, The verdict). Every field is always there; readers ignore fields they do not know. */
export interface Verdict {
  readonly version: 1
  readonly outcome: Outcome
  /** Canonical, tag included. */
  readonly reference: string
  /** Null: nothing was read. */
  readonly digest: Digest | null
  readonly mediaType: string | null
  /** RFC 3339, UTC, whole seconds. */
  readonly at: string
  /** The platform that was asked for, and the digest to run for it. */
  readonly platform: { readonly name: string; readonly digest: Digest | null } | null
  readonly reasons: readonly Reason[]
  readonly signers: readonly VerdictSigner[]
  readonly subjects: readonly VerdictSubject[]
  readonly attachments: readonly VerdictAttachment[]
  readonly places: readonly VerdictPlace[]
  readonly completeness: Completeness
  readonly basis: { readonly evidence: Digest; readonly policy: Digest; readonly trustRoot: Digest | null; readonly reading: 'needed' | 'all'; readonly verifier: string }
}

/** Puts the verdict together; it decides nothing any more. */
export function writeVerdict(facts: Facts, decision: Decision, policy: Policy, consulted: ReadonlyMap<Digest, number>, reading: 'needed' | 'all'): Verdict {
  const places = placesOf(facts, reading)
  return {
    version: 1,
    outcome: decision.outcome,
    reference: facts.reference.canonical,
    digest: facts.graph?.root.digest ?? null,
    mediaType: facts.graph?.root.mediaType ?? null,
    at: formatTime(facts.at),
    platform: facts.platform === null ? null : { name: platformName(facts.platform), digest: facts.graph === null ? null : (judgedLeaves(facts.graph, facts.platform)[0]?.digest ?? null) },
    reasons: decision.reasons,
    signers: signersOf(facts, policy),
    subjects: subjectsOf(facts, decision.coverage),
    attachments: attachmentsOf(facts),
    places,
    completeness: completenessOf(facts, entryFor(policy, facts.reference.repository)),
    basis: { evidence: evidenceDigest(places, consulted), policy: policy.digest, trustRoot: facts.trust.digest, reading, verifier: `sealdex/${VERSION}` },
  }
}

/** SHA-256 of the canonical JSON of the sorted places and the (digest, size) pairs that were consulted (E4); a place that was not needed is no evidence. */
function evidenceDigest(places: readonly VerdictPlace[], consulted: ReadonlyMap<Digest, number>): Digest {
  const objects = [...consulted].sort(([a], [b]) => (a < b ? -1 : 1))
  return digestOfText(canonicalJson({ places: places.filter(({ state }) => state !== 'not-needed'), objects }))
}

/** The verdict's bytes: canonical JSON (RFC 8785), the same everywhere for the same evidence, policy, trust root and time. */
export function encodeVerdict(verdict: Verdict): string {
  return canonicalJson(verdict)
}
