import type { Code } from '../base/codes.ts'
import { SealdexError } from '../base/errors.ts'
import * as LIMITS from '../base/limits.ts'
import type { Digest } from '../crypto/digest.ts'
import type { Descriptor } from '../oci/descriptor.ts'
import type { Document } from '../oci/document.ts'
import { isIndexType, isManifestType } from '../oci/media-types.ts'
import { cosignTag, digestTag } from '../oci/place.ts'
import { isTag, type Reference } from '../oci/reference.ts'
import type { Guard } from '../source/guarded.ts'
import type { Loaded } from '../verify/objects.ts'
import type { CopySource } from './endpoint.ts'
import { keptObjects, type KeptObjects } from './kept.ts'
import { Queue } from './queue.ts'

/** What an object is to the image. `listed`: an index at a digest tag lists it. */
export type CopyRole = 'image' | 'part' | 'attached' | 'listed' | 'signatures'

/** A manifest or index that is to be carried, byte for byte. */
export interface CopyNode {
  readonly digest: Digest
  readonly document: Document
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly role: CopyRole
  /** Manifests and indexes that have to be there before it. */
  readonly children: readonly Digest[]
  readonly blobs: readonly Descriptor[]
}

export type TagKind = 'digest-tag' | 'sig-tag' | 'att-tag' | 'sbom-tag'

/** A tag beside a subject, and what it names. */
export interface PlannedTag {
  readonly kind: TagKind
  readonly tag: string
  readonly subject: Digest
  readonly digest: Digest
}

/** What cannot be carried. */
export interface NotCarried {
  /** Null where it is not known what stands there. */
  readonly digest: Digest | null
  /** The place it would have come from, or be written to. */
  readonly place: 'image' | 'referrers' | TagKind | 'tag'
  readonly subject: Digest | null
  readonly code: Code
  readonly message: string
}

/** All that belongs to an image at its source (W6). */
export interface CopyPlan {
  readonly root: CopyNode
  readonly nodes: ReadonlyMap<Digest, CopyNode>
  readonly tags: readonly PlannedTag[]
  /** By subject, what its own manifest attaches to it. */
  readonly attached: ReadonlyMap<Digest, readonly Digest[]>
  readonly notCarried: readonly NotCarried[]
  /** Listed and proved absent at the source: who lists it may be carried without it. */
  readonly absent: ReadonlySet<Digest>
}

const READS_AT_ONCE = 16
/** What is attached, from which on the tags beside it are looked up in the list of all tags: each would be asked for three. */
const LISTED_SUBJECTS = 4

/** Walks the image and everything that is attached to any part of it. Throws where the reference itself cannot be read. */
export async function planCopy(reference: Reference, source: CopySource, guard: Guard, onFound: (count: number) => void): Promise<CopyPlan> {
  return new Planning(keptObjects(source, reference.repository, guard), reference, onFound).run()
}

class Planning {
  readonly #objects: KeptObjects
  readonly #reference: Reference
  readonly #onFound: (count: number) => void
  readonly #queue = new Queue(READS_AT_ONCE)
  readonly #nodes = new Map<Digest, CopyNode>()
  readonly #asked = new Map<Digest, Promise<CopyNode | null>>()
  readonly #tags: PlannedTag[] = []
  readonly #attached = new Map<Digest, Set<Digest>>()
  readonly #notCarried: NotCarried[] = []
  readonly #absent = new Set<Digest>()
  /** By what the source answered first when it was asked for referrers. */
  #keepsNoLists: Promise<boolean> | null = null
  /** Undefined: not asked for yet. */
  #names: ReadonlySet<string> | null | undefined
  /** Found, and not yet asked what is attached to it. */
  #fresh: CopyNode[] = []

  constructor(objects: KeptObjects, reference: Reference, onFound: (count: number) => void) {
    this.#objects = objects
    this.#reference = reference
    this.#onFound = onFound
  }

  async run(): Promise<CopyPlan> {
    const loaded = await this.#objects.resolve(this.#reference)
    if (loaded.state === 'absent') throw new SealdexError('reference-not-found', `${this.#reference.canonical} is not there.`)
    if (loaded.state !== 'read') throw new SealdexError(loaded.code, loaded.message)
    const root = await this.#take(loaded, 'image', 0)
    if (root === null) throw new SealdexError('form-unsupported', `${loaded.value.digest} is of a type that is not read, so what belongs to it is not known.`)
    for (let depth = 0; this.#fresh.length > 0; depth++) {
      const subjects = this.#fresh
      this.#fresh = []
      if (depth > LIMITS.attachedDepth) subjects.forEach(({ digest }) => this.#lost(digest, 'referrers', null, 'too-deep', `What is attached to ${digest} was not looked for: it is itself attached ${LIMITS.attachedDepth} levels deep.`))
      else {
        const names = depth === 0 ? null : await this.#tagNames(subjects.length)
        await Promise.all(subjects.map((subject) => this.#beside(subject, names)))
      }
    }
    const attached = new Map([...this.#attached].map(([subject, digests]) => [subject, [...digests].sort()] as const))
    // in one order, whatever came first
    const tags = this.#tags.sort((a, b) => (a.tag < b.tag ? -1 : 1))
    const nodes = new Map([...inOrder(root, this.#nodes), ...[...this.#nodes].sort(([a], [b]) => (a < b ? -1 : 1))])
    return { root, nodes, tags, attached, notCarried: this.#notCarried, absent: this.#absent }
  }

  /**
   * The tags of the repository, once there is more to look for than their list costs. Some lists lack tags that are there (a cache's, or the first of more), so
   * it is believed only if it names all that was found by asking; null: each has to be asked for.
   */
  async #tagNames(subjects: number): Promise<ReadonlySet<string> | null> {
    if (this.#names === undefined && subjects < LISTED_SUBJECTS) return null
    if (this.#names === undefined) {
      const { digest, tag } = this.#reference
      const found = [...(digest === null ? [tag ?? 'latest'] : []), ...this.#tags.map((one) => one.tag)]
      const names = found.length === 0 ? null : await this.#objects.tagNames()
      this.#names = names !== null && found.every((one) => names.has(one)) ? names : null
    }
    return this.#names
  }

  /** The places (b), (c) and (d) of a subject (R2), cosign's `.sbom` tag among them. `names`: tags that are known to be there, and no others; null: not known. */
  async #beside(subject: CopyNode, names: ReadonlySet<string> | null): Promise<void> {
    const { digest } = subject
    const isPart = subject.role === 'image' || subject.role === 'part'
    const beside = (kind: TagKind, tag: string) => (isTag(tag) && (names?.has(tag) ?? true) ? this.#tag(kind, tag, digest) : Promise.resolve())
    await Promise.all([
      this.#referrers(digest),
      beside('digest-tag', digestTag(digest)),
      beside('sig-tag', cosignTag(digest, 'sig')),
      beside('att-tag', cosignTag(digest, 'att')),
      isPart ? beside('sbom-tag', `${digest.replace(':', '-')}.sbom`) : Promise.resolve(),
    ])
  }

  async #referrers(subject: Digest): Promise<void> {
    if (this.#keepsNoLists !== null && (await this.#keepsNoLists)) return
    const asked = this.#queue.run(() => this.#objects.referrers(subject))
    // who keeps none at all is asked once
    this.#keepsNoLists ??= asked.then((first) => first.state === 'absent' && first.everywhere === true)
    const list = await asked
    if (list.state === 'absent') return
    if (list.state === 'failed') return this.#lost(null, 'referrers', subject, list.code, list.message)
    const taken = list.value.slice(0, LIMITS.referrers)
    if (taken.length < list.value.length) this.#lost(null, 'referrers', subject, 'too-many-referrers', `${subject} has ${list.value.length} referrers; ${LIMITS.referrers} are read.`)
    await Promise.all(taken.map((entry) => this.#visit(entry, 'attached', 0, { place: 'referrers', subject })))
  }

  async #tag(kind: TagKind, tag: string, subject: Digest): Promise<void> {
    const loaded = await this.#queue.run(() => this.#objects.tagged(tag))
    if (loaded.state === 'absent') return
    if (loaded.state !== 'read') return this.#lost(null, kind, subject, loaded.code, loaded.message)
    const { document, digest } = loaded.value
    // an image, or the subject itself, stands there after `cosign copy` and means that no signed index is there (R2)
    if (kind === 'digest-tag' && (document.kind !== 'index' || digest === subject)) return
    const node = await this.#take(loaded, 'signatures', 0, { place: kind, subject })
    if (node !== null) this.#tags.push({ kind, tag, subject, digest })
  }

  /** What an index or a list names, if it is a manifest, with all that it needs. */
  async #visit(entry: Descriptor, role: CopyRole, depth: number, at: { readonly place: NotCarried['place']; readonly subject: Digest | null }): Promise<CopyNode | null> {
    const { digest, mediaType } = entry
    let asked = this.#asked.get(digest)
    if (asked === undefined) {
      asked = this.#queue.run(() => this.#objects.document(digest, mediaType)).then((loaded) => this.#loaded(digest, loaded, role, depth, at))
      this.#asked.set(digest, asked)
    }
    return asked
  }

  async #loaded(digest: Digest, loaded: Loaded, role: CopyRole, depth: number, at: { readonly place: NotCarried['place']; readonly subject: Digest | null }): Promise<CopyNode | null> {
    if (loaded.state === 'read') return this.#take(loaded, role, depth, at)
    if (loaded.state === 'absent') this.#absent.add(digest)
    const [code, message] = loaded.state === 'absent' ? ['not-found' as const, `${digest} is listed and is not there.`] : [loaded.code, loaded.message]
    this.#lost(digest, at.place, at.subject, code, message)
    return null
  }

  async #take({ value }: Extract<Loaded, { state: 'read' }>, role: CopyRole, depth: number, at: { readonly place: NotCarried['place']; readonly subject: Digest | null } = { place: 'image', subject: null }): Promise<CopyNode | null> {
    const { digest, document } = value
    const known = this.#nodes.get(digest)
    if (known !== undefined) return known
    const lost = (code: Code, message: string): null => {
      this.#lost(digest, at.place, at.subject, code, message)
      return null
    }
    if (this.#nodes.size >= LIMITS.layoutManifests) return lost('too-many-descriptors', `More than ${LIMITS.layoutManifests} manifests belong to the image.`)
    if (document.kind === 'opaque') return lost('form-unsupported', `${digest} is of a type that is not read, so what belongs to it is not known.`)
    if (depth > LIMITS.indexDepth) return lost('too-deep', `Indexes are nested deeper than ${LIMITS.indexDepth} levels.`)
    const entries = document.kind === 'index' ? document.manifests : []
    const manifests = entries.filter(({ mediaType }) => isIndexType(mediaType) || isManifestType(mediaType))
    const blobs = document.kind === 'index' ? entries.filter((entry) => !manifests.includes(entry)) : [document.config, ...document.layers]
    const node: CopyNode = { digest, document, bytes: this.#objects.bytesOf(digest), role: role === 'listed' && document.subject !== null ? 'attached' : role, children: [...new Set(manifests.map((entry) => entry.digest))], blobs }
    this.#nodes.set(digest, node)
    this.#onFound(this.#nodes.size)
    this.#attach(node)
    if (role !== 'signatures') this.#fresh.push(node)
    const childRole = role === 'image' ? 'part' : role === 'signatures' ? 'listed' : role
    await Promise.all(manifests.map((entry) => this.#visit(entry, childRole, depth + 1, at)))
    return node
  }

  /** By its own manifest, wherever it was found: a list is nobody's word. */
  #attach({ digest, document }: CopyNode): void {
    if (document.subject === null) return
    const all = this.#attached.get(document.subject.digest) ?? new Set()
    this.#attached.set(document.subject.digest, all.add(digest))
  }

  #lost(digest: Digest | null, place: NotCarried['place'], subject: Digest | null, code: Code, message: string): void {
    this.#notCarried.push({ digest, place, subject, code, message })
  }
}

/** An image as its indexes list it. */
function inOrder(root: CopyNode, nodes: ReadonlyMap<Digest, CopyNode>): readonly (readonly [Digest, CopyNode])[] {
  const found = new Map([[root.digest, root]])
  // a Map may grow while it is walked
  for (const node of found.values()) {
    for (const digest of node.children) {
      const child = nodes.get(digest)
      if (child !== undefined && !found.has(digest)) found.set(digest, child)
    }
  }
  return [...found]
}
