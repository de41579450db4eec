import type { Code } from '../base/codes.ts'
import { formatTime } from '../base/time.ts'
import type { Digest } from '../crypto/digest.ts'
import { signaturesInIndex } from '../form/forms.ts'
import * as ANNOTATION from '../oci/annotations.ts'
import type { Descriptor } from '../oci/descriptor.ts'
import type { ImageIndex } from '../oci/document.ts'
import { isIndexType, isManifestType } from '../oci/media-types.ts'
import { digestTag } from '../oci/place.ts'
import type { Policy, PolicyEntry } from '../policy/policy.ts'
import { Checker, type CheckedSignature, type CheckedStatement } from '../verify/checker.ts'
import { walkGraph, type Graph } from '../verify/graph.ts'
import { readEntry, report, type PlaceReport } from '../verify/places.ts'
import type { Trust } from '../verify/trust.ts'
import { annotationKind, tombstoned } from './annotation-kind.ts'
import { loadedOrThrow, type Writing } from './context.ts'
import { signedIndexAt } from './detached.ts'
import { referrersOf } from './referrer.ts'
import type { Removal } from './remove.ts'
import type { Subject } from './subject.ts'
import { untilRead } from './write.ts'

export type PruneReason = 'expired' | 'untrusted' | 'tombstoned'

/** Something that is to go, and why. */
export interface Prunable extends Removal {
  readonly kind: 'signature' | 'referrer'
  readonly why: PruneReason
  readonly signer: string | null
  /** It stands in the index at the digest tag. */
  readonly atTag: boolean
}

export interface Judging {
  /** Null: nobody is named, so nobody is a stranger. */
  readonly policy: Policy | null
  readonly entry: PolicyEntry | null
  /** Seconds since 1970. */
  readonly at: number
  readonly trust: Trust
}

export interface Found {
  readonly found: readonly Prunable[]
  readonly kept: readonly { readonly digest: Digest; readonly code: Code; readonly message: string }[]
  /** Whether the registry keeps a list of referrers. */
  readonly listed: boolean
}

/** Everything at the places (b) and (c) of the subject, each object and each signature judged by itself. */
export async function findPrunable(writing: Writing, subject: Subject, judging: Judging): Promise<Found> {
  const { objects, timing, reference } = writing
  const root = loadedOrThrow(await untilRead(() => objects.resolve(reference), timing), reference.canonical)
  const graph = await walkGraph(root, objects)
  const listed = await referrersOf(writing, subject.digest)
  const atTag = signedIndexAt(await untilRead(async () => {
    const loaded = await objects.tagged(digestTag(subject.digest))
    return loaded.state === 'absent' ? null : loadedOrThrow(loaded, digestTag(subject.digest))
  }, timing), subject.digest)
  const entries = objectsAmong([...(listed ?? []), ...(atTag?.manifests ?? [])]).filter(({ digest }) => digest !== subject.digest && !graph.nodes.has(digest))
  const beside = { digest: subject.digest, mediaType: null, size: null, platform: null, annotations: null }
  const reports = await Promise.all(entries.map((entry) => readEntry('referrers', beside, objects, entry)))
  const indexes = await Promise.all(entries.map(async ({ digest, mediaType }) => objects.document(digest, mediaType)))
  const buried = tombstonesIn([...(atTag === null ? [] : [atTag]), ...indexes.flatMap((loaded) => (loaded.state === 'read' && loaded.value.document.kind === 'index' ? [loaded.value.document] : []))])
  const judge = new Judge(writing, judging, graph, buried)
  const found: Prunable[] = atTag === null ? [] : [...(await judge.atTag(subject.digest, atTag))]
  const kept: Found['kept'][number][] = []
  for (const [i, { digest }] of entries.entries()) {
    const verdict = await judge.object(digest, reports[i] ?? report(digest, 'referrers', 'absent'), atTag?.manifests.some((entry) => entry.digest === digest) ?? false)
    if (verdict === null) continue
    if ('why' in verdict) found.push(verdict)
    else kept.push(verdict)
  }
  return { found, kept, listed: listed !== null }
}

function objectsAmong(entries: readonly Descriptor[]): readonly Descriptor[] {
  return [...new Map(entries.filter(({ mediaType }) => isManifestType(mediaType) || isIndexType(mediaType)).map((entry) => [entry.digest, entry])).values()]
}

/** By digest, the suffixes that tombstones name. */
function tombstonesIn(indexes: readonly ImageIndex[]): ReadonlyMap<Digest, ReadonlySet<string>> {
  const buried = new Map<Digest, ReadonlySet<string>>()
  for (const { digest, annotations } of indexes.flatMap(({ manifests }) => manifests)) buried.set(digest, new Set([...(buried.get(digest) ?? []), ...tombstoned(annotations)]))
  return buried
}

/** Answers of the verifier that say who signed, and that it is nobody of the policy. What else is not accepted may be for want of something: a root, a payload, a newer version. */
const STRANGERS: ReadonlySet<Code | null> = new Set<Code | null>(['no-trusted-key', 'no-trusted-identity', 'outside-key-window'])

class Judge {
  readonly #writing: Writing
  readonly #judging: Judging
  readonly #graph: Graph
  readonly #buried: ReadonlyMap<Digest, ReadonlySet<string>>

  constructor(writing: Writing, judging: Judging, graph: Graph, buried: ReadonlyMap<Digest, ReadonlySet<string>>) {
    this.#writing = writing
    this.#judging = judging
    this.#graph = graph
    this.#buried = buried
  }

  /** Signatures in annotations, each by itself. */
  async atTag(subject: Digest, index: ImageIndex): Promise<readonly Prunable[]> {
    const { signatures } = await this.#check({ ...report(subject, 'digest-tag', 'read'), signatures: signaturesInIndex(index) })
    return signatures.flatMap((signature): readonly Prunable[] => {
      const [why, suffix] = [this.#reason(signature), suffixOf(signature)]
      return why === null || suffix === null ? [] : [{ kind: 'signature', atTag: true, suffix, ...this.#item(signature.found.beside.digest, why, signature) }]
    })
  }

  /** An object of its own: it goes if all that it carries should. Null: it carries no signature, or all of it stays. */
  async object(digest: Digest, read: PlaceReport, atTag: boolean): Promise<Prunable | Found['kept'][number] | null> {
    if (read.state === 'failed') return { digest, code: read.code ?? 'not-found', message: `${digest} could not be read, so it is not known what it is.` }
    const { signatures, statements } = await this.#check(read)
    const all = [...signatures, ...statements]
    const reasons = all.map((one) => this.#reason(one))
    const first = reasons.find((why) => why !== null)
    if (first === undefined) return null
    if (reasons.includes(null)) return { digest, code: 'others-kept', message: `${digest} carries other signatures besides what should go, and it can only go as a whole.` }
    return { kind: 'referrer', atTag, suffix: null, ...this.#item(digest, first, all[0]) }
  }

  #item(digest: Digest, why: PruneReason, { signer }: Pick<CheckedSignature, 'signer'> = { signer: null }): Pick<Prunable, 'digest' | 'why' | 'signer' | 'time'> {
    return { digest, why, signer, time: formatTime(this.#judging.at) }
  }

  async #check(read: PlaceReport): Promise<{ readonly signatures: readonly CheckedSignature[]; readonly statements: readonly CheckedStatement[] }> {
    const { policy, entry, at, trust } = this.#judging
    const checker = new Checker({
      reference: this.#writing.reference, at, policy, entry, payloads: [], trust, suffices: null, statements: true,
      platformsOf: (digest) => this.#graph.nodes.get(digest)?.entries.flatMap(({ descriptor }) => descriptor.platform ?? []) ?? [],
      inGraph: (digest) => this.#graph.nodes.has(digest),
      expired: () => this.#writing.objects.guard.expired,
    })
    await checker.check([read])
    await checker.checkStatements([read])
    return { signatures: checker.checked, statements: checker.statements }
  }

  #reason(checked: CheckedSignature | CheckedStatement): PruneReason | null {
    const suffix = suffixOf(checked)
    if (suffix !== null && this.#buried.get(checked.found.beside.digest)?.has(suffix) === true) return 'tombstoned'
    if (this.#judging.policy === null) return null
    if (checked.state === 'expired') return 'expired'
    return checked.revoked || (checked.state === 'untrusted' && STRANGERS.has(checked.code)) ? 'untrusted' : null
  }
}

/** Of a signature in annotations that can be taken out by its name; null for others. */
function suffixOf({ found }: CheckedSignature | CheckedStatement): string | null {
  if (found.kind !== 'simple-signing' || !found.at.startsWith(ANNOTATION.signature)) return null
  const kind = annotationKind(found.at)
  return kind.kind === 'content' || kind.kind === 'group' ? kind.suffix : null
}
