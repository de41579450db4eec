import { SealdexError } from '../base/errors.ts'
import * as LIMITS from '../base/limits.ts'
import type { Digest, DigestMaker } from '../crypto/digest.ts'
import { realTiming, type Timing } from '../edit/clock.ts'
import type { Note } from '../edit/context.ts'
import { Guard } from '../source/guarded.ts'
import { Carrier, type Carried, type Carrying } from './carry.ts'
import type { CopySide, CopySource, CopyTarget } from './endpoint.ts'
import { planCopy, type CopyNode, type CopyPlan, type CopyRole, type NotCarried, type TagKind } from './plan.ts'
import { TagWriter, type TagResult } from './tags.ts'

export interface CopyProgress {
  readonly step: 'looking' | 'carrying' | 'done'
  /** Manifests that were found, and that are at the destination. */
  readonly manifests: { readonly done: number; readonly all: number }
  /** Bytes of blobs. */
  readonly bytes: { readonly done: number; readonly all: number }
}

export interface CopyOptions {
  /** Layers on their way at once, and of what is small twice as many. Default 4. */
  readonly atOnce?: number
  /** A faster hash than the built-in one, such as node:crypto's. */
  readonly makeDigest?: DigestMaker
  /** Milliseconds for everything. Default `LIMITS.copyDeadlineMs`. */
  readonly timeoutMs?: number
  /** Default `LIMITS.copyRequests`. */
  readonly maxRequests?: number
  /** Milliseconds in which something has to move. Default `LIMITS.copyStallMs`. */
  readonly stallMs?: number
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: CopyProgress) => void
  /** The clock of waits, for tests. Default: the real one. */
  readonly timing?: Timing
}

/** One manifest, index or tag that is at the destination now. */
export interface CarriedObject {
  readonly kind: CopyRole | TagKind | 'tag'
  readonly digest: Digest
  readonly mediaType: string
  readonly tag: string | null
  /** `there`: it was there already. `united`: with what stood there. */
  readonly state: 'copied' | 'there' | 'united'
}

export interface CopyResult {
  readonly version: 1
  /** As the sides are called. */
  readonly source: string
  readonly destination: string
  readonly digest: Digest
  /** What the destination named before; null: nothing. */
  readonly before: Digest | null
  /** Whether the destination names the digest now. */
  readonly complete: boolean
  readonly carried: readonly CarriedObject[]
  readonly notCarried: readonly NotCarried[]
  readonly blobs: { readonly copied: number; readonly mounted: number; readonly there: number; readonly copiedBytes: number }
  readonly notes: readonly Note[]
}

const AT_ONCE = 4
/** Bytes that move between two words about them. */
const TOLD_BYTES = 1_048_576

/**
 * Copies an image with all that is attached to any part of it: nested indexes, every platform, referrers of referrers, digest tags, cosign's tags (W6).
 * What a manifest names is written before it, the destination's tag last; what stands there already is not sent again, so running it again completes
 * what was broken off. What cannot be carried is listed, with a code. Throws a SealdexError where the reference itself cannot be read
 * (`reference-not-found`, `unauthorized`, `malformed` …), and `bad-option` for a destination of another digest.
 */
export async function copy(from: CopySide<CopySource>, to: CopySide<CopyTarget>, options: CopyOptions = {}): Promise<CopyResult> {
  const { timeoutMs = LIMITS.copyDeadlineMs, maxRequests = LIMITS.copyRequests, signal } = options
  const guard = new Guard({ timeoutMs, maxRequests, maxBytes: LIMITS.copyManifestBytes, ...(signal !== undefined && { signal }) })
  const moving = new Moving(options.onProgress ?? (() => undefined))
  const plan = await planCopy(from.reference, from.store, guard, (count) => moving.found(count))
  if (to.reference.digest !== null && to.reference.digest !== plan.root.digest) throw new SealdexError('bad-option', `The destination names ${to.reference.digest}, and the source is ${plan.root.digest}; leave the digest out.`)
  moving.planned(plan)
  const carrying: Carrying = {
    plan, from, to, guard,
    timing: options.timing ?? realTiming,
    makeDigest: options.makeDigest,
    atOnce: options.atOnce ?? AT_ONCE,
    stallMs: options.stallMs ?? LIMITS.copyStallMs,
    onMoved: (moved) => moving.moved(moved),
  }
  return new Copying(carrying, moving).run()
}

class Copying {
  readonly #of: Carrying
  readonly #moving: Moving
  readonly #carrier: Carrier
  readonly #carried: CarriedObject[] = []
  readonly #notCarried: NotCarried[]
  readonly #notes: Note[] = []

  constructor(of: Carrying, moving: Moving) {
    this.#of = of
    this.#moving = moving
    this.#carrier = new Carrier(of)
    this.#notCarried = [...of.plan.notCarried]
  }

  async run(): Promise<CopyResult> {
    const { plan, from, to } = this.#of
    const before = await this.#before()
    const image = this.#carrier.carry(plan.root)
    const beside = this.#attached()
    // their small blobs pass by its layers; what is attached to something is written after it
    const results = await Promise.all(beside.map((node) => this.#carrier.carry(node, image)))
    const root = await image
    const parts = [...plan.nodes.values()].filter(({ role }) => role === 'part')
    this.#record(plan.root, root)
    for (const part of parts) this.#record(part, await this.#carrier.carry(part))
    beside.forEach((node, i) => this.#record(node, results[i] as Carried))
    await this.#tags()
    for (const node of plan.nodes.values()) {
      const result = node.role === 'listed' && !beside.includes(node) ? this.#carrier.outcome(node.digest) : undefined
      if (result !== undefined) this.#record(node, await result)
    }
    const complete = root.state !== 'lost' && (await this.#name(before))
    await this.#commit()
    this.#moving.end()
    return {
      version: 1, source: from.name ?? from.reference.canonical, destination: to.name ?? to.reference.canonical, digest: plan.root.digest, before, complete,
      carried: this.#carried, notCarried: this.#notCarried, blobs: this.#moving.blobs, notes: this.#notes,
    }
  }

  /** What is attached, by its own manifest, to something that is carried, level by level. */
  #attached(): readonly CopyNode[] {
    const { nodes, attached, root } = this.#of.plan
    const isPart = ({ role }: CopyNode): boolean => role === 'image' || role === 'part'
    const found = new Set<CopyNode>()
    const queue = [root, ...[...nodes.values()].filter((node) => node !== root && (isPart(node) || node.role === 'listed'))]
    // an array may grow while it is walked
    for (const subject of queue) {
      for (const digest of attached.get(subject.digest) ?? []) {
        const node = nodes.get(digest)
        if (node === undefined || found.has(node) || isPart(node)) continue
        found.add(node)
        queue.push(node)
      }
    }
    return [...found]
  }

  #record(node: CopyNode, result: Carried): void {
    const { digest, role, document } = node
    const place = role === 'image' || role === 'part' ? 'image' : role === 'attached' ? 'referrers' : 'digest-tag'
    if (result.state === 'lost') this.#notCarried.push({ digest, place, subject: document.subject?.digest ?? null, code: result.code, message: result.message })
    else this.#carried.push({ kind: role, digest, mediaType: document.mediaType, tag: null, state: result.state })
  }

  async #tags(): Promise<void> {
    const { plan, to, guard } = this.#of
    // the API itself is the probe: OCI-Subject is also sent by registries that keep no list (formats.md 3)
    const list = await to.store.referrers(to.reference.repository, plan.root.digest, guard)
    if (list.state === 'failed') this.#notes.push({ code: list.code, message: `${list.message} What is attached was listed at digest tags too.` })
    const writer = new TagWriter(this.#of, this.#carrier, list.state === 'read', (code, message) => void this.#notes.push({ code, message }))
    const works = writer.works()
    const results = await Promise.all(works.map((work) => writer.write(work)))
    works.forEach(({ kind, tag, subject, node }, i) => {
      const result = results[i] as TagResult
      if (result.state === 'lost') this.#notCarried.push({ digest: node?.digest ?? null, place: kind, subject, code: result.code, message: result.message })
      else this.#carried.push({ kind, digest: result.digest, mediaType: node?.document.mediaType ?? 'application/vnd.oci.image.index.v1+json', tag, state: result.state })
    })
  }

  async #before(): Promise<Digest | null> {
    const { to, guard } = this.#of
    const { tag, repository } = to.reference
    if (tag === null) return null
    const standing = await to.store.tagged(repository, tag, guard)
    return standing.state === 'read' ? standing.value.object.digest : null
  }

  /** The destination's tag, last of all. */
  async #name(before: Digest | null): Promise<boolean> {
    const { plan: { root }, to } = this.#of
    const { tag } = to.reference
    if (tag === null) return true
    const trouble = before === root.digest ? null : await this.#carrier.put({ tag }, root.bytes, root.document.mediaType)
    if (trouble === null) this.#carried.push({ kind: 'tag', digest: root.digest, mediaType: root.document.mediaType, tag, state: before === root.digest ? 'there' : 'copied' })
    else this.#notCarried.push({ digest: root.digest, place: 'tag', subject: null, ...trouble })
    return trouble === null
  }

  async #commit(): Promise<void> {
    const { to: { store } } = this.#of
    if (store.commit !== undefined) await store.commit()
  }
}

/** The bar, and the count of what moved. */
class Moving {
  readonly #tell: (progress: CopyProgress) => void
  #manifests = { done: 0, all: 0 }
  #bytes = { done: 0, all: 0 }
  #step: CopyProgress['step'] = 'looking'
  /** Bytes that moved since it was told. */
  #untold = 0
  blobs: { copied: number; mounted: number; there: number; copiedBytes: number } = { copied: 0, mounted: 0, there: 0, copiedBytes: 0 }
  #sizes = new Map<Digest, number>()

  constructor(tell: (progress: CopyProgress) => void) {
    this.#tell = tell
  }

  found(count: number): void {
    this.#manifests.all = count
    this.#say()
  }

  planned({ nodes }: CopyPlan): void {
    for (const { blobs } of nodes.values()) for (const { digest, size } of blobs) this.#sizes.set(digest, size)
    this.#bytes.all = [...this.#sizes.values()].reduce((sum, size) => sum + size, 0)
    this.#step = 'carrying'
    this.#say()
  }

  moved({ bytes = 0, blob, size = 0, manifest }: Parameters<Carrying['onMoved']>[0]): void {
    this.#bytes.done += bytes
    this.#untold += bytes
    if (manifest === true) this.#manifests.done++
    if (blob === 'written') {
      this.blobs.copied++
      this.blobs.copiedBytes += size
    }
    if (blob === 'mounted') this.blobs.mounted++
    if (blob === 'there') this.blobs.there++
    if (blob !== undefined || manifest === true || Math.abs(this.#untold) >= TOLD_BYTES) this.#say()
  }

  end(): void {
    this.#step = 'done'
    this.#say()
  }

  #say(): void {
    this.#untold = 0
    this.#tell({ step: this.#step, manifests: { ...this.#manifests }, bytes: { ...this.#bytes } })
  }
}
