import type { Code } from '../base/codes.ts'
import { plain } from '../base/quoted.ts'
import type { Digest } from '../crypto/digest.ts'
import type { Place } from '../oci/place.ts'
import { platformName, type Platform } from '../oci/platform.ts'
import type { Reference } from '../oci/reference.ts'
import { entryFor, type Policy, type PolicyEntry } from '../policy/policy.ts'
import { isAttestationManifest } from './attestation-manifests.ts'
import { lackingAttestations } from './attestations.ts'
import type { CheckedSignature, CheckedStatement } from './checker.ts'
import { incompleteness, withoutGone } from './completeness.ts'
import { Coverage, type NodeCoverage } from './coverage.ts'
import { judgedLeaves, type Graph, type GraphNode } from './graph.ts'
import type { PlaceReport } from './places.ts'
import { unmetBy } from './requirements.ts'

export type Outcome = 'allow' | 'deny' | 'unsigned' | 'indeterminate'

export interface Reason {
  readonly code: Code
  readonly message: string
  readonly effect: 'decides' | 'warns'
  readonly subject: Digest | null
}

/** All that a decision rests on: no network, no cryptography, no clock behind it. */
export interface Facts {
  readonly reference: Reference
  /** Seconds since 1970. */
  readonly at: number
  readonly platform: Platform | null
  /** Null where the reference could not be read; then `unread` says why. */
  readonly graph: Graph | null
  readonly unread: { readonly code: Code; readonly message: string; readonly final: boolean } | null
  readonly checked: readonly CheckedSignature[]
  readonly places: readonly PlaceReport[]
  /** Signatures that were not tried, by subject (R11). */
  readonly left: ReadonlyMap<Digest, number>
  /** Where the deadline left some untried. */
  readonly late: ReadonlySet<Digest>
  /** Objects whose bytes the policy revokes under a digest by another algorithm, with that digest. */
  readonly revokedAs: ReadonlyMap<Digest, Digest>
  /** Attestations, which never count as signatures (R10); empty where they were not needed. */
  readonly statements: readonly CheckedStatement[]
  readonly trust: TrustFacts
}

/** The root that keyless signatures were judged by. */
export interface TrustFacts {
  /** Null where none was needed, or none could be had. */
  readonly digest: Digest | null
  /** Why it could not be had: what it would prove is then unknown. */
  readonly failure: { readonly code: Code; readonly message: string } | null
  readonly warning: { readonly code: Code; readonly message: string } | null
}

/** The decision, with what the verdict shows of it. `settled`: nothing unread could change it for the better. */
export interface Decision {
  readonly outcome: Outcome
  readonly reasons: readonly Reason[]
  readonly coverage: Coverage | null
  readonly settled: boolean
  /** Objects that lack a demanded attestation. */
  readonly lacking: ReadonlySet<Digest>
}

const NONE: ReadonlySet<Digest> = new Set()

/** R9, in its order. Pure: facts and policy in, decision out. Nothing but a proved allow is an allow. */
export function judge(facts: Facts, policy: Policy): Decision {
  const entry = entryFor(policy, facts.reference.repository)
  const incurably = incurable(facts, policy, entry)
  // what was tried in time is chance, and so would be any decision upon it
  if (facts.late.size > 0) return { outcome: 'indeterminate', reasons: [...tooLate(facts), ...asWarnings(incurably), ...warnings(facts)], coverage: coverageOf(facts, entry), settled: true, lacking: NONE }
  if (incurably.length > 0 || entry === null) return { outcome: 'deny', reasons: [...incurably, ...warnings(facts)], coverage: coverageOf(facts, entry), settled: true, lacking: NONE }
  if (facts.graph === null) {
    const { code, message } = facts.unread ?? { code: 'reference-not-found' as const, message: 'The reference was not read.' }
    return { outcome: 'indeterminate', reasons: [decides(code, message), ...warnings(facts)], coverage: null, settled: true, lacking: NONE }
  }
  const coverage = new Coverage(facts.graph, entry, facts.checked, facts.reference, facts.at)
  const { unmet: unsigned, denies } = requirements(facts.graph, facts, entry, coverage)
  const unattested = lackingAttestations(facts, facts.graph, entry)
  const lacking = new Set(unattested.map(({ subject }) => subject))
  const lack = incompleteness(facts, entry)
  const incomplete = lack === null ? [] : [decides('incomplete', lack.message, facts.graph.root.digest)]
  const unmet = [...unsigned, ...unattested.map(({ message, subject }) => decides('attestation-not-met', message, subject)), ...(lack?.proved === true ? incomplete : [])]
  const wrong = wrongLeaves(facts.graph, facts.platform)
  if (unmet.length === 0 && wrong.length === 0 && lack === null) {
    const met = decides('requirements-met', `The requirements of policy "${entry.name}" are met.`)
    return { outcome: 'allow', reasons: [met, ...setUnsigned(facts.graph, facts, coverage), ...asWarnings([...failedPlaces(facts, false), ...untried(facts, false)]), ...warnings(facts)], coverage, settled: true, lacking }
  }
  const unread = [...wrong, ...(lack?.proved === false ? incomplete : []), ...failedPlaces(lack?.proved === true ? withoutGone(facts) : facts, lacking.size > 0).filter(({ effect }) => effect === 'decides'), ...untried(facts, lacking.size > 0), ...trustFailure(facts)]
  if (unread.length > 0) return { outcome: 'indeterminate', reasons: [...unread, ...asWarnings(unmet), ...warnings(facts)], coverage, settled: false, lacking }
  const signed = facts.checked.some(({ found }) => judgedSubjects(facts.graph as Graph, facts.platform).has(found.beside.digest))
  const outcome = denies || signed ? 'deny' : 'unsigned'
  const reasons = outcome === 'unsigned' ? [decides('no-signature', 'No signature was found in any place that was read.'), ...asWarnings(unmet)] : [...unmet, ...shortcomings(facts, entry)]
  return { outcome, reasons: [...reasons, ...warnings(facts)], coverage, settled: false, lacking }
}

/** (1): wrong in a way that no unread byte could cure. */
function incurable(facts: Facts, policy: Policy, entry: PolicyEntry | null): Reason[] {
  if (entry === null) return [decides('no-scope', `No scope of the policy matches ${facts.reference.repository.name}.`)]
  if (entry.reject) return [decides('rejected', `The policy "${entry.name}" rejects ${facts.reference.repository.name}.`)]
  const reasons: Reason[] = []
  const subjects = facts.graph === null ? new Set<Digest>() : judgedSubjects(facts.graph, facts.platform)
  for (const digest of facts.reference.digest === null ? subjects : new Set([...subjects, facts.reference.digest])) {
    const other = facts.revokedAs.get(digest)
    if (policy.denyDigests.has(digest)) reasons.push(decides('revoked', `The policy revokes ${digest}.`, digest))
    else if (other !== undefined) reasons.push(decides('revoked', `The policy revokes ${other}, and ${digest} is the same bytes.`, digest))
  }
  for (const { revoked, found, keyId, state } of facts.checked) {
    if (revoked && state !== 'mismatch' && subjects.has(found.beside.digest)) reasons.push(decides('revoked', `The policy revokes the key ${keyId ?? ''}, which signed this.`, found.beside.digest))
  }
  if (facts.unread?.final) reasons.push(decides(facts.unread.code, facts.unread.message))
  for (const { code, message, subject } of facts.graph?.problems ?? []) reasons.push(decides(code, message, subject))
  return reasons
}

/** (2): what is not met, R7 among it; `denies` where that alone makes it a deny (4). */
function requirements(graph: Graph, facts: Facts, entry: PolicyEntry, coverage: Coverage): { unmet: readonly Reason[]; denies: boolean } {
  const leaves = judgedLeaves(graph, facts.platform)
  if (leaves.length === 0 && facts.platform !== null) {
    return { unmet: [decides('no-such-platform', `The image has nothing for ${platformName(facts.platform)}.`, graph.root.digest)], denies: true }
  }
  if (leaves.length === 0) {
    return coverage.of(graph.root).met ? { unmet: [], denies: false } : { unmet: [decides('nothing-runnable', 'The index lists nothing that would run, and it is not signed itself.', graph.root.digest)], denies: true }
  }
  const unmet = leaves.flatMap((leaf) => uncovered(leaf, coverage.of(leaf), entry))
  if (entry.require.coverage === 'index' && !coverage.setIsSigned()) {
    unmet.push(decides('index-not-signed', 'No accepted signature covers the index as a whole, as the policy demands.', graph.root.digest))
  }
  unmet.push(...unreadIndexes(graph, coverage, entry))
  const divergences = coverage.divergences(facts.platform)
  unmet.push(...divergences.map(({ platform, runtime, pick }) => decides('runtime-divergence', `For ${plain(platform)}, ${runtime} would take ${pick}, which no accepted signature covers.`, pick)))
  return { unmet, denies: divergences.length > 0 }
}

/** A registry that answers with other bytes than were signed may give them to a runtime too. */
function wrongLeaves(graph: Graph, platform: Platform | null): Reason[] {
  return judgedLeaves(graph, platform).filter(({ digest }) => graph.wrongLeaves.has(digest))
    .map(({ digest }) => decides('digest-mismatch', `What was answered for ${digest} does not have that digest.`, digest))
}

/** What an unread index lists may run as well (R7): only a signature on it, or on what lists it, speaks for that; where each leaf must be signed, nothing does. */
function unreadIndexes(graph: Graph, coverage: Coverage, entry: PolicyEntry): Reason[] {
  const unread = [...graph.nodes.values()].filter((node) => node.role === 'nested' && node.document === null)
  return unread.filter((node) => entry.require.coverage === 'each' || !coverage.of(node).met)
    .map(({ digest }) => decides('not-covered', `What ${digest} lists was not read, and no signature that counts covers it.`, digest))
}

function uncovered(leaf: GraphNode, { met, signers }: NodeCoverage, entry: PolicyEntry): Reason[] {
  if (met || entry.require.coverage === 'index') return []
  if (signers > 0) return [decides('threshold-not-met', `${leaf.digest} is vouched for by ${signers} of ${entry.require.threshold} signers that the policy demands.`, leaf.digest)]
  return [decides('not-covered', `${leaf.digest} is covered by no signature that counts.`, leaf.digest)]
}

/** What a signature "on or beside a judged subject" is: the referenced object, each judged leaf, every index between. */
export function judgedSubjects(graph: Graph, platform: Platform | null): ReadonlySet<Digest> {
  const nested = [...graph.nodes.values()].filter((node) => node.role === 'nested')
  return new Set([graph.root, ...nested, ...judgedLeaves(graph, platform)].map((node) => node.digest))
}

/** Accepted signatures that lack something the policy demands: the reason behind "not covered". */
function shortcomings(facts: Facts, entry: PolicyEntry): Reason[] {
  return facts.checked.filter(({ state }) => state === 'accepted').flatMap((signature) => (
    unmetBy(signature, entry.require, facts.reference, facts.at)
      .filter((code) => code !== 'no-trusted-key' && code !== 'not-covered')
      .map((code) => ({ code, message: `The signature by "${signature.signer ?? ''}" does not count: ${SHORTCOMING[code] ?? 'a demand of the policy is not met'}.`, effect: 'decides' as const, subject: signature.found.beside.digest }))
  ))
}

const SHORTCOMING: Partial<Record<Code, string>> = {
  'repository-not-met': 'it does not say the repository that the policy demands',
  'tag-not-met': 'it does not say the tag that was asked for',
  'too-old': 'it is older than the policy allows, or does not say when it was made',
  'annotation-not-met': 'it does not say an annotation that the policy demands',
}

/** Every place that failed. An attestation is no signature: where none is lacking, its places are not needed for any outcome. */
function failedPlaces(facts: Facts, attestationsLack: boolean): Reason[] {
  const forAttestations = (subject: Digest, place: Place): boolean => place === 'att-tag' || (facts.graph !== null && isAttestationManifest(facts.graph.nodes.get(subject)))
  return facts.places.filter(({ state }) => state === 'failed').map(({ subject, place, code }): Reason => (
    { code: 'place-failed', message: `The ${place} of ${subject} could not be read (${code ?? 'unknown'}).`, effect: forAttestations(subject, place) && !attestationsLack ? 'warns' : 'decides', subject }
  ))
}

function tooLate({ late }: Facts): Reason[] {
  return [...late].map((subject) => decides('timeout', `The deadline passed before all that stands at ${subject} was checked.`, subject))
}

function untried(facts: Facts, attestationsLack: boolean): Reason[] {
  const signatures = [...facts.left].map(([subject, count]) => decides('too-many-signatures', `${count} signatures at ${subject} were not tried.`, subject))
  const left = attestationsLack ? facts.statements.filter(({ code }) => code === 'too-many-signatures') : []
  const statements = [...Map.groupBy(left, ({ found }) => found.beside.digest)].map(([subject, list]) => decides('too-many-signatures', `${list.length} attestations at ${subject} were not tried.`, subject))
  return [...signatures, ...statements]
}

/** Without its root a keyless signature is neither good nor bad. */
function trustFailure({ trust: { failure } }: Facts): Reason[] {
  return failure === null ? [] : [decides(failure.code, failure.message)]
}

/** R6: each leaf is signed, but by no common signed index. */
function setUnsigned(graph: Graph, facts: Facts, coverage: Coverage): Reason[] {
  if (coverage.setIsVouchedFor(judgedLeaves(graph, facts.platform))) return []
  return [{ code: 'set-unsigned', message: 'Each platform is signed, but nobody vouches for the set of them.', effect: 'warns', subject: graph.root.digest }]
}

/** E2. A live verification is its own recorder, so that it gives the same bytes as its record does (E4). */
function warnings(facts: Facts): Reason[] {
  const { warning } = facts.trust
  const root = warning === null ? [] : [{ ...warning, effect: 'warns' as const, subject: null }]
  if (facts.reference.digest !== null && facts.places.every(({ state }) => state !== 'absent')) return root
  return [...root, { code: 'recorders-word', message: 'What a tag names, and that something is absent, is the word of the registry and of whoever recorded its answers.', effect: 'warns', subject: null }]
}

function coverageOf(facts: Facts, entry: PolicyEntry | null): Coverage | null {
  return facts.graph === null || entry === null || entry.reject ? null : new Coverage(facts.graph, entry, facts.checked, facts.reference, facts.at)
}

function asWarnings(reasons: readonly Reason[]): Reason[] {
  return reasons.map((reason) => ({ ...reason, effect: 'warns' as const }))
}

function decides(code: Code, message: string, subject: Digest | null = null): Reason {
  return { code, message, effect: 'decides', subject }
}
