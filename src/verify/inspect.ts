import type { Code } from '../base/codes.ts'
import type { Digest } from '../crypto/digest.ts'
import type { Place } from '../oci/place.ts'
import { platformName } from '../oci/platform.ts'
import { parseReference } from '../oci/reference.ts'
import { entryFor, type Policy } from '../policy/policy.ts'
import { Guard } from '../source/guarded.ts'
import { attachmentsOf, type VerdictAttachment } from './attachments.ts'
import type { SignatureState } from './checked.ts'
import type { CheckedSignature } from './checker.ts'
import { gather } from './gather.ts'
import { leavesOf, statedPlatforms, type Graph, type GraphNode, type Role } from './graph.ts'
import type { Facts } from './judge.ts'
import { Objects } from './objects.ts'
import { openEnvelope } from './open-envelope.ts'
import { placesOf, type VerdictPlace } from './place-list.ts'
import { RUNTIMES } from './runtimes.ts'
import { proofOf, signedOf, type VerdictProof, type VerdictSigned } from './subjects.ts'
import { trustFor, type TrustOptions } from './trust.ts'
import { clock, platformOf, type ReadOptions } from './options.ts'

/** One signature, with what it says of its signer. Unproved until a key of the policy verifies it. */
export interface InspectedSignature {
  readonly state: SignatureState
  readonly code: Code | null
  readonly form: string
  readonly place: Place
  /** Name of the policy's signer; null while nothing proves it. */
  readonly signer: string | null
  /** 64 hex: the key that verified it, or null. */
  readonly keyId: string | null
  /** Hex, the start of a key's identifier: what it says of itself, a claim. */
  readonly hint: string | null
  readonly certificate: boolean
  readonly signed: VerdictSigned | null
  /** What the trusted root proves of it, whether or not a policy names its signer. */
  readonly proof: VerdictProof | null
}

export interface InspectedNode {
  readonly digest: Digest
  readonly mediaType: string
  readonly size: number
  readonly role: Role
  readonly platform: string | null
  readonly signatures: readonly InspectedSignature[]
  readonly children: readonly InspectedNode[]
}

/** What each kind of runtime would take for a platform, whoever signed it (R7). */
export interface InspectedPick {
  readonly platform: string
  readonly picks: readonly { readonly runtime: string; readonly digest: Digest | null }[]
}

/** What is there: the picture of an index, and who signed what. Decides nothing. */
export interface Inspection {
  readonly version: 1
  readonly reference: string
  readonly digest: Digest | null
  /** Why nothing was read; null where something was. */
  readonly unread: { readonly code: Code; readonly message: string } | null
  readonly root: InspectedNode | null
  /** Signatures about things outside the graph, such as attachments. */
  readonly elsewhere: readonly { readonly digest: Digest; readonly signatures: readonly InspectedSignature[] }[]
  readonly attachments: readonly VerdictAttachment[]
  readonly runtimes: readonly InspectedPick[]
  readonly places: readonly VerdictPlace[]
  /** Wrong in the graph, or not readable. */
  readonly problems: readonly { readonly code: Code; readonly message: string; readonly subject: Digest }[]
}

export interface InspectOptions extends ReadOptions, TrustOptions {
  /** Keys that would prove a signature; without, nothing is proved. */
  readonly policy?: Policy | Promise<Policy> | null
}

/** Reads every place of what the reference names and lists what stands there. Throws for wrong use only. */
export async function inspect(reference: string, options: InspectOptions): Promise<Inspection> {
  const parsed = parseReference(reference)
  const policy = (await options.policy) ?? null
  const objects = new Objects(options.source, parsed.repository, new Guard(options))
  const entry = policy === null ? null : entryFor(policy, parsed.repository)
  const at = clock(options)
  const { facts } = await gather({ reference: parsed, objects, policy, entry, platform: platformOf(options), at, reading: 'all', payloads: [], trust: await trustFor(options, true, at) })
  return inspectionOf(facts, 'all')
}

/** The picture of facts that were gathered. */
export function inspectionOf(facts: Facts, reading: 'needed' | 'all'): Inspection {
  const { graph, unread } = facts
  return {
    version: 1,
    reference: facts.reference.canonical,
    digest: graph?.root.digest ?? null,
    unread: unread === null ? null : { code: unread.code, message: unread.message },
    root: graph === null ? null : nodeOf(graph, graph.root, null, signaturesBySubject(facts), new Set()),
    elsewhere: graph === null ? [] : [...signaturesBySubject(facts)].filter(([digest]) => !graph.nodes.has(digest)).sort(([a], [b]) => (a < b ? -1 : 1)).map(([digest, signatures]) => ({ digest, signatures })),
    attachments: attachmentsOf(facts),
    runtimes: graph === null ? [] : picksOf(graph),
    places: placesOf(facts, reading),
    problems: graph === null ? [] : [...graph.problems, ...graph.failures],
  }
}

function signaturesBySubject(facts: Facts): Map<Digest, InspectedSignature[]> {
  const grouped = Map.groupBy(facts.checked, ({ found }) => found.beside.digest)
  return new Map([...grouped].map(([digest, list]) => [digest, list.map(signatureOf)]))
}

function signatureOf(checked: CheckedSignature): InspectedSignature {
  const { state, code, found, place, signer, keyId, signed } = checked
  return {
    state,
    code,
    form: found.form,
    place,
    signer,
    keyId,
    hint: found.kind === 'simple-signing' ? (found.keyHints[0] ?? null) : null,
    certificate: hasCertificate(found),
    signed: signed === null ? null : signedOf(signed),
    proof: proofOf(checked),
  }
}

/** A certificate stands beside it, or in its bundle: made without a key. */
function hasCertificate(found: CheckedSignature['found']): boolean {
  if (found.kind === 'simple-signing') return found.material.certificates.length > 0
  if (found.kind !== 'envelope') return found.kind === 'notation'
  const opened = openEnvelope(found)
  return found.material.certificates.length > 0 || (opened?.state === 'read' && opened.bundle?.signer.kind === 'certificate')
}

function nodeOf(graph: Graph, node: GraphNode, platform: string | null, signatures: ReadonlyMap<Digest, readonly InspectedSignature[]>, drawn: Set<Digest>): InspectedNode {
  // an index that is listed again is drawn once: repeats within repeats would grow without bound (T13)
  const children = node.document?.kind === 'index' && !drawn.has(node.digest) ? node.document.manifests : []
  drawn.add(node.digest)
  return {
    digest: node.digest,
    mediaType: node.mediaType,
    size: node.size,
    role: node.role,
    platform,
    signatures: signatures.get(node.digest) ?? [],
    children: children.flatMap((entry) => {
      const child = graph.nodes.get(entry.digest)
      return child === undefined ? [] : [nodeOf(graph, child, entry.platform === null ? null : platformName(entry.platform), signatures, drawn)]
    }),
  }
}

function picksOf(graph: Graph): InspectedPick[] {
  if (graph.root.document?.kind !== 'index') return []
  return [...statedPlatforms(leavesOf(graph))].map(([name, platform]) => ({ platform: name, picks: RUNTIMES.map((runtime) => ({ runtime: runtime.name, digest: runtime.pick(graph, platform) })) }))
}
