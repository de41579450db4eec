import { algorithmOf, type Digest } from '../crypto/digest.ts'
import type { Place } from '../oci/place.ts'
import type { Platform } from '../oci/platform.ts'
import type { Reference } from '../oci/reference.ts'
import type { Policy, PolicyEntry } from '../policy/policy.ts'
import { attestationManifests, attestedBy } from './attestation-manifests.ts'
import { Checker, type CheckedSignature } from './checker.ts'
import { judgedLeaves, walkGraph, withWrongLeaves, type Graph, type GraphNode } from './graph.ts'
import { judge, type Decision, type Facts } from './judge.ts'
import { LeafBytes } from './leaf-bytes.ts'
import type { Loaded, Objects } from './objects.ts'
import { claimedAttachments, readPlace, report, type PlaceReport, type Subject } from './places.ts'
import { signaturesOf } from './remembered.ts'
import { unmetBy } from './requirements.ts'
import { possiblePicks } from './runtimes.ts'
import type { Trust } from './trust.ts'

export interface Inquiry {
  readonly reference: Reference
  readonly objects: Objects
  /** Null only asks what is there (`who`, `tree`, evidence): everything is then read and nothing is decided. */
  readonly policy: Policy | null
  readonly entry: PolicyEntry | null
  readonly platform: Platform | null
  readonly at: number
  /** `needed` stops as soon as the policy is met; `all` reads every place. */
  readonly reading: 'needed' | 'all'
  readonly payloads: readonly Uint8Array<ArrayBuffer>[]
  readonly trust: Trust
}

export interface Gathered {
  readonly facts: Facts
  /** Null where no policy was given. */
  readonly decision: Decision | null
}

/** Steps of the spine: resolve, walk the graph, discover place by place until the policy has what it needs, check each signature once, judge. */
export async function gather(inquiry: Inquiry): Promise<Gathered> {
  const resolved = await inquiry.objects.resolve(inquiry.reference)
  if (resolved.state !== 'read') return decided(inquiry, unreadFacts(inquiry, resolved))
  const graph = await walkGraph(resolved.value, inquiry.objects, { platformAsked: inquiry.platform !== null })
  const discovery = new Discovery(inquiry, graph)
  await discovery.take([graphReport(graph)])
  await discovery.lookUpRevoked([...graph.nodes.values()].filter(({ document }) => document !== null).map(({ digest }) => digest))
  let { facts, decision } = decided(inquiry, discovery.facts())
  const leaves = new LeafBytes(graph, inquiry, places(inquiry).length)
  for (const stage of STAGES) {
    if (inquiry.reading === 'needed' && decision?.settled) break
    const reading = discovery.read(stage.subjects(graph, inquiry, decision), stage.places(inquiry))
    leaves.askAlong()
    await reading
    ;({ facts, decision } = decided(inquiry, discovery.facts()))
  }
  const { asked, wrong } = await leaves.answers()
  const revoked = await discovery.lookUpRevoked(asked)
  if (wrong.length === 0 && !revoked) return { facts, decision }
  discovery.found(withWrongLeaves(graph, wrong))
  return decided(inquiry, discovery.facts())
}

function decided(inquiry: Inquiry, facts: Facts): Gathered {
  return { facts, decision: inquiry.policy === null ? null : judge(facts, inquiry.policy) }
}

interface Stage {
  readonly subjects: (graph: Graph, inquiry: Inquiry, decision: Decision | null) => readonly GraphNode[]
  readonly places: (inquiry: Inquiry) => readonly Place[]
}

/** An attestation is no signature, so `.att` is asked only where everything is read or the policy demands attestations: 12 unsigned platforms then cost 40 requests, a free edge plan's share. */
const places = (inquiry: Inquiry): readonly Place[] => (wantsStatements(inquiry) ? ['digest-tag', 'referrers', 'sig-tag', 'att-tag'] : ['digest-tag', 'referrers', 'sig-tag'])

function wantsStatements({ reading, entry }: Inquiry): boolean {
  return reading === 'all' || (entry !== null && entry.require.attestations.length > 0)
}

/** R2: after (a), the places of the referenced object; then, only while something is uncovered, of its nested indexes; then of each judged leaf. */
const STAGES: readonly Stage[] = [
  { subjects: (graph) => [graph.root], places },
  { subjects: (graph) => [...graph.nodes.values()].filter((node) => node.role === 'nested'), places },
  { subjects: leavesToRead, places },
  // last, since no signature of the image stands there: what signs BuildKit's attestations refers to their manifest
  { subjects: attestationManifests, places: (inquiry) => (wantsStatements(inquiry) ? ['graph', 'digest-tag', 'referrers'] : []) },
]

/** Judged leaves, and what a runtime would take instead of them; covered ones need no more, unless they lack an attestation. */
function leavesToRead(graph: Graph, inquiry: Inquiry, decision: Decision | null): readonly GraphNode[] {
  const judged = judgedLeaves(graph, inquiry.platform)
  const needed = inquiry.reading === 'needed' && decision !== null
  const picked = needed ? (decision.coverage?.divergences(inquiry.platform).map(({ pick }) => pick) ?? []) : possiblePicks(graph, judged)
  const leaves = new Set([...judged, ...picked.flatMap((digest) => graph.nodes.get(digest) ?? [])])
  return [...leaves].filter((leaf) => leaf !== graph.root && (!needed || decision.coverage?.of(leaf).met !== true || decision.lacking.has(leaf.digest)))
}

/** Place (a): signatures in the indexes of the graph. */
function graphReport(graph: Graph): PlaceReport {
  const indexes = [...graph.nodes.values()].flatMap((node) => (node.document?.kind === 'index' ? [node.document] : []))
  const failure = graph.failures[0]
  return {
    ...report(graph.root.digest, 'graph', failure === undefined ? 'read' : 'failed', failure?.code ?? null),
    signatures: indexes.flatMap(signaturesOf),
    attachments: indexes.flatMap(claimedAttachments),
  }
}

/** What was read so far, and what its signatures are. */
class Discovery {
  readonly #inquiry: Inquiry
  #graph: Graph
  readonly #reports: PlaceReport[] = []
  readonly #checker: Checker
  readonly #known: ReadonlySet<Digest>
  readonly #revokedAs = new Map<Digest, Digest>()

  constructor(inquiry: Inquiry, graph: Graph) {
    this.#inquiry = inquiry
    this.#graph = graph
    this.#known = new Set(graph.nodes.keys())
    const { reference, at, policy, entry, payloads, reading } = inquiry
    // a signature by a revoked key decides first, so none that was found may stay untried where keys are revoked
    const stopsEarly = reading === 'needed' && entry !== null && policy?.denyKeyIds.size === 0
    const platformsOf = (digest: Digest): readonly Platform[] => graph.nodes.get(digest)?.entries.flatMap(({ descriptor }) => descriptor.platform ?? []) ?? []
    this.#checker = new Checker({
      reference, at, policy, entry, payloads, platformsOf,
      suffices: stopsEarly ? (accepted) => this.#suffices(entry, accepted) : null,
      statements: wantsStatements(inquiry),
      inGraph: (digest) => graph.nodes.has(digest),
      trust: inquiry.trust,
      expired: () => inquiry.objects.guard.expired,
    })
  }

  async read(nodes: readonly GraphNode[], names: readonly Place[]): Promise<void> {
    const asked = nodes.flatMap((node) => names.map((place) => readPlace(place, subjectOf(node), this.#inquiry.objects, this.#known)))
    await this.take(await Promise.all(asked))
  }

  async take(reports: readonly PlaceReport[]): Promise<void> {
    this.#reports.push(...reports)
    await this.#checker.check(reports)
    await this.#checker.checkStatements(reports)
  }

  /** What the policy revokes is revoked by any name of its bytes, as far as they were read; whether some of these are. */
  async lookUpRevoked(digests: readonly Digest[]): Promise<boolean> {
    const { objects, policy } = this.#inquiry
    const before = this.#revokedAs.size
    for (const algorithm of new Set([...(policy?.denyDigests ?? [])].map(algorithmOf))) {
      await Promise.all(digests.filter((digest) => algorithmOf(digest) !== algorithm).map(async (digest) => {
        const other = await objects.alsoNamed(digest, algorithm)
        if (other !== null && policy?.denyDigests.has(other)) this.#revokedAs.set(digest, other)
      }))
    }
    return this.#revokedAs.size > before
  }

  /** More became known of the graph. */
  found(graph: Graph): void {
    this.#graph = graph
    this.#reports[0] = graphReport(graph)
  }

  facts(): Facts {
    const { reference, at, platform, trust } = this.#inquiry
    const common = { reference, at, platform, graph: this.#graph, unread: null, trust: trust.facts }
    return { ...common, checked: [...this.#checker.checked], statements: [...this.#checker.statements], places: [...this.#reports], left: this.#checker.left, late: this.#checker.late, revokedAs: this.#revokedAs }
  }

  /** Enough distinct signers on one subject: what else stands there need not be tried. */
  #suffices(entry: PolicyEntry, accepted: readonly CheckedSignature[]): boolean {
    const { reference, at } = this.#inquiry
    const counting = accepted.filter((signature) => unmetBy(signature, entry.require, reference, at).length === 0)
    return new Set(counting.map(({ signer }) => signer)).size >= entry.require.threshold
  }
}

function subjectOf(node: GraphNode): Subject {
  const attests = attestedBy(node)
  return { digest: node.digest, mediaType: node.mediaType, size: node.size, platform: node.entries[0]?.descriptor.platform ?? null, annotations: null, ...(attests !== null && { attests }) }
}

/** What is wrong for good in a layout (two entries of one name, bytes of another digest) is final; from a registry nothing that failed is. */
function unreadFacts(inquiry: Inquiry, resolved: Exclude<Loaded, { state: 'read' }>): Facts {
  const { reference, at, platform, trust } = inquiry
  const code = resolved.state === 'absent' ? 'reference-not-found' : resolved.code
  const message = resolved.state === 'absent' ? `${reference.canonical} is not there.` : resolved.message
  const final = resolved.state === 'broken' || (resolved.state === 'failed' && resolved.final === true)
  return { reference, at, platform, graph: null, unread: { code, message, final }, checked: [], statements: [], places: [], left: new Map(), late: new Set(), revokedAs: new Map(), trust: trust.facts }
}
