import type { Code } from '../base/codes.ts'
import { SealdexError } from '../base/errors.ts'
import { stringifyJson, type JsonObject } from '../base/json.ts'
import { digestOf, type Digest } from '../crypto/digest.ts'
import type { Note } from '../edit/context.ts'
import { digestIn, entriesOf, uniteIndexes } from '../edit/merge.ts'
import { uniteLayers } from '../edit/sig-manifest.ts'
import { emptyIndex, indexBytes } from '../edit/subject.ts'
import { writeUntilItStays, type Slot } from '../edit/write.ts'
import * as MEDIA from '../oci/media.ts'
import { digestTag } from '../oci/place.ts'
import { listed } from '../source/layout-scan.ts'
import type { WriteResult } from '../source/write-result.ts'
import { Objects, type LoadedDocument } from '../verify/objects.ts'
import type { Carrier, Carrying } from './carry.ts'
import type { CopyNode, TagKind } from './plan.ts'
import type { Trouble } from './stream.ts'

/** A tag beside a subject at the destination. */
export interface TagWork {
  readonly kind: TagKind
  readonly tag: string
  readonly subject: Digest
  /** What stands there at the source; null where only the list of referrers is to be kept at the tag. */
  readonly node: CopyNode | null
}

export type TagResult = { readonly state: 'copied' | 'there' | 'united'; readonly digest: Digest } | ({ readonly state: 'lost' } & Trouble)

interface Change {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly mediaType: string
}

/** Writes what stands beside subjects at tags, as a union with what stands there at the destination: nothing of others is overwritten (W2, W4). */
export class TagWriter {
  readonly #of: Carrying
  readonly #carrier: Carrier
  readonly #objects: Objects
  readonly #keepsLists: boolean
  readonly #note: (code: Code, message: Note['message']) => void

  /** `keepsLists`: the destination lists referrers by itself, so no tag has to. */
  constructor(of: Carrying, carrier: Carrier, keepsLists: boolean, note: (code: Code, message: string) => void) {
    this.#of = of
    this.#carrier = carrier
    this.#objects = new Objects(of.to.store, of.to.reference.repository, of.guard)
    this.#keepsLists = keepsLists
    this.#note = note
  }

  /** Every tag that the destination needs: those of the source, and digest tags for what is attached where nothing else lists it. */
  works(): readonly TagWork[] {
    const { plan } = this.#of
    const works = plan.tags.map((planned): TagWork => ({ ...planned, node: plan.nodes.get(planned.digest) ?? null }))
    if (this.#keepsLists) return works
    const has = new Set(works.filter(({ kind }) => kind === 'digest-tag').map(({ subject }) => subject))
    const more = [...plan.attached.keys()].filter((subject) => plan.nodes.has(subject) && !has.has(subject))
    return [...works, ...more.map((subject): TagWork => ({ kind: 'digest-tag', tag: digestTag(subject), subject, node: null }))]
  }

  async write(work: TagWork): Promise<TagResult> {
    try {
      const ours = work.kind === 'digest-tag' ? await this.#index(work) : await this.#manifest(work)
      return 'state' in ours ? ours : await this.#put(work, ours)
    } catch (error) {
      if (!(error instanceof SealdexError)) throw error
      return { state: 'lost', code: error.code, message: error.message }
    }
  }

  /** The index of a digest tag: the source's, without what could not be carried, and with what is attached where the destination keeps no lists. */
  async #index({ node, subject }: TagWork): Promise<Ours> {
    const { plan } = this.#of
    const index = node?.document.raw ?? emptyIndex()
    const lost = await this.#lostEntries(node)
    const left = lost.size === 0 ? index : new Map(index).set('manifests', entriesOf(index).filter((entry) => !lost.has(digestIn(entry))))
    const attached = this.#keepsLists ? [] : (plan.attached.get(subject) ?? []).flatMap((digest) => plan.nodes.get(digest) ?? [])
    const there = await Promise.all(attached.map((one) => this.#carrier.carry(one)))
    const known = new Set(entriesOf(left).map(digestIn))
    const added = attached.filter(({ digest }, i) => there[i]?.state !== 'lost' && !known.has(digest)).map(({ digest, bytes, document }) => listed(digest, bytes.length, document).raw)
    const ours = added.length === 0 ? left : new Map(left).set('manifests', [...entriesOf(left), ...added])
    const isWhole = node !== null && lost.size === 0 && added.length === 0
    return {
      exact: isWhole ? { bytes: node.bytes, mediaType: node.document.mediaType } : null,
      empty: entriesOf(ours).length === 0,
      over: async (standing) => {
        const united = uniteIndexes(standing, ours)
        return stringifyJson(united) === stringifyJson(standing) ? null : { bytes: indexBytes(united), mediaType: MEDIA.ociIndex }
      },
      alone: () => ({ bytes: indexBytes(ours), mediaType: node?.document.mediaType ?? MEDIA.ociIndex }),
      kind: 'index',
    }
  }

  async #lostEntries(node: CopyNode | null): Promise<ReadonlySet<string>> {
    const { plan } = this.#of
    const results = await Promise.all((node?.children ?? []).map(async (digest) => {
      const child = plan.nodes.get(digest)
      return child === undefined || (await this.#carrier.carry(child)).state === 'lost' ? [digest] : []
    }))
    const trouble = node === null ? null : await this.#carrier.blobs(node)
    if (trouble !== null) throw new SealdexError(trouble.code, trouble.message)
    return new Set(results.flat())
  }

  /** cosign's manifests: layers are never united with one another, since two signers of one payload are two layers of one digest (formats.md 12.5). */
  async #manifest({ node }: TagWork): Promise<Ours | TagResult> {
    if (node === null) throw new TypeError('cosign\'s tags come from the source')
    const trouble = (await this.#carrier.children(node)) ?? (await this.#carrier.blobs(node))
    if (trouble !== null) return { state: 'lost', ...trouble }
    const exact = { bytes: node.bytes, mediaType: node.document.mediaType }
    const over = async (standing: JsonObject): Promise<Change | null> => {
      const united = await uniteLayers(standing, node.document.raw, (config) => this.#writeConfig(config))
      return united === null ? null : { bytes: united, mediaType: MEDIA.ociManifest }
    }
    return { exact, empty: false, over, alone: () => exact, kind: node.document.kind === 'index' ? 'index' : 'manifest' }
  }

  async #writeConfig(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const { to, guard } = this.#of
    const stream = { size: bytes.length, chunks: async function* () { yield bytes } }
    const result = await to.store.writeBlob(to.reference.repository, await digestOf(bytes), stream, null, guard)
    if (result.state === 'refused' || result.state === 'failed') throw new SealdexError(result.code, result.message)
  }

  async #put(work: TagWork, ours: Ours): Promise<TagResult> {
    const first = await this.#read(work.tag)
    if (ours.empty) return { state: 'there', digest: first?.digest ?? work.subject }
    const standing = standingIn(first, work, ours)
    // nobody signs what was not there a moment ago: one write, and one look whether it stands
    if (standing === null && !this.#isShared(work)) {
      const change = ours.exact ?? ours.alone()
      const trouble = await this.#carrier.put({ tag: work.tag }, change.bytes, change.mediaType)
      if (trouble !== null) return { state: 'lost', ...trouble }
      const digest = await digestOf(change.bytes)
      if ((await this.#read(work.tag))?.digest === digest) {
        this.#noteReplaced(first, work)
        return { state: 'copied', digest }
      }
    }
    const { last, writes } = await writeUntilItStays(this.#slot(work, ours), this.#of.timing)
    if (standing === null) this.#noteReplaced(first, work)
    return { state: writes === 0 ? 'there' : standing === null ? 'copied' : 'united', digest: last?.digest ?? work.subject }
  }

  #noteReplaced(first: LoadedDocument | null, { tag }: TagWork): void {
    if (first !== null) this.#note('replaced', `${first.digest} stood at ${tag}, where "cosign copy" puts images; what belongs there took its place.`)
  }

  #isShared({ subject }: TagWork): boolean {
    return this.#of.to.store.kind === 'registry' && this.#carrier.stoodBefore(subject)
  }

  #slot(work: TagWork, ours: Ours): Slot<LoadedDocument | null, Change> {
    const { to, guard } = this.#of
    return {
      read: () => this.#read(work.tag),
      version: (seen) => seen?.digest ?? '',
      unite: async (seen) => {
        const standing = standingIn(seen, work, ours)
        return standing === null ? (ours.exact ?? ours.alone()) : ours.over(standing)
      },
      put: (change, over): Promise<WriteResult> => to.store.putManifest(to.reference.repository, { tag: work.tag }, change.bytes, change.mediaType, guard, over === null ? {} : { ifMatch: over.digest }),
    }
  }

  async #read(tag: string): Promise<LoadedDocument | null> {
    const loaded = await this.#objects.tagged(tag)
    if (loaded.state === 'read') return loaded.value
    if (loaded.state === 'absent') return null
    throw new SealdexError(loaded.code, `${loaded.message} Nothing is written over what could not be read.`)
  }
}

/** What is to stand at a tag, on its own or over something. */
interface Ours {
  /** The source's own bytes, where nothing has to be changed in them. */
  readonly exact: Change | null
  readonly empty: boolean
  readonly kind: 'index' | 'manifest'
  over(standing: JsonObject): Promise<Change | null>
  alone(): Change
}

/** What others put there; null where nothing stands that ours could be united with. */
function standingIn(seen: LoadedDocument | null, { kind, subject, tag }: TagWork, ours: Ours): JsonObject | null {
  if (seen === null) return null
  if (seen.document.kind === ours.kind) return kind === 'digest-tag' && seen.digest === subject ? null : seen.document.raw
  // an image at the digest tag means that no signed index is there (R2)
  if (kind === 'digest-tag') return null
  throw new SealdexError('form-unsupported', `At ${tag} of the destination stands something that is no manifest of cosign's; it was left as it is.`)
}
