import type { Code } from '../base/codes.ts'
import * as LIMITS from '../base/limits.ts'
import type { Digest, DigestMaker } from '../crypto/digest.ts'
import type { Timing } from '../edit/clock.ts'
import type { Descriptor } from '../oci/descriptor.ts'
import type { Repository } from '../oci/reference.ts'
import type { BlobWritten } from '../source/blob-store.ts'
import { Guard } from '../source/guarded.ts'
import type { WriteTarget } from '../source/registry-writer.ts'
import type { CopySide, CopySource, CopyTarget } from './endpoint.ts'
import type { CopyNode, CopyPlan } from './plan.ts'
import { Queue } from './queue.ts'
import { BlobPassage, type Trouble } from './stream.ts'
import { Watch } from './watch.ts'

export interface Carrying {
  readonly plan: CopyPlan
  readonly from: CopySide<CopySource>
  readonly to: CopySide<CopyTarget>
  readonly guard: Guard
  readonly timing: Timing
  readonly makeDigest: DigestMaker | undefined
  /** Layers on their way at once. */
  readonly atOnce: number
  readonly stallMs: number
  /** Told of bytes of blobs and of manifests as they arrive. */
  readonly onMoved: (moved: { readonly bytes?: number; readonly blob?: BlobWritten['state']; readonly size?: number; readonly manifest?: true }) => void
}

/** What became of a manifest: it is at the destination now, or why not. */
export type Carried = { readonly state: 'copied' | 'there' } | ({ readonly state: 'lost' } & Trouble)

const TRIES = 3
const MANIFESTS_AT_ONCE = 8
/** Answers that may be another next time. */
const PASSING: ReadonlySet<Code> = new Set<Code>(['registry-error', 'unreachable', 'rate-limited'])

/** Carries manifests with all they need: what one names is there before it is (W6), and each thing travels once. */
export class Carrier {
  readonly #of: Carrying
  readonly #layerQueue: Queue
  readonly #smallQueue: Queue
  readonly #manifestQueue = new Queue(MANIFESTS_AT_ONCE)
  readonly #manifests = new Map<Digest, Promise<Carried>>()
  readonly #blobs = new Map<Digest, Promise<Trouble | null>>()
  /** Was at the destination before: others may write beside it. */
  readonly #stood = new Set<Digest>()

  constructor(of: Carrying) {
    this.#of = of
    this.#layerQueue = new Queue(of.atOnce)
    // more at once of what is held in memory and is answers more than bytes
    this.#smallQueue = new Queue(2 * of.atOnce)
  }

  stoodBefore(digest: Digest): boolean {
    return this.#stood.has(digest)
  }

  /** Whether it was asked to be carried, and what became of it. */
  outcome(digest: Digest): Promise<Carried> | undefined {
    return this.#manifests.get(digest)
  }

  /** `after`: it is written once that has come to its end, and what it needs may come before. */
  carry(node: CopyNode, after: Promise<unknown> = Promise.resolve()): Promise<Carried> {
    const known = this.#manifests.get(node.digest)
    if (known !== undefined) return known
    const carried = this.#carry(node, after)
    this.#manifests.set(node.digest, carried)
    return carried
  }

  async #carry(node: CopyNode, after: Promise<unknown>): Promise<Carried> {
    const { to, guard } = this.#of
    const there = await this.#manifestQueue.run(() => to.store.hasManifest(to.reference.repository, node.digest, guard))
    if (there.state === 'read') this.#stood.add(node.digest)
    // one that is there has its blobs, as every registry sees to and no folder does; what an index lists is looked at all the same
    const hasBlobs = there.state === 'read' && to.store.kind === 'registry'
    const lost = (await this.children(node)) ?? (hasBlobs ? null : await this.blobs(node))
    if (lost !== null) return { state: 'lost', code: lost.code, message: `${node.digest} was not written. ${lost.message}` }
    if (there.state !== 'read') {
      await after
      const trouble = await this.#manifestQueue.run(() => this.put({ digest: node.digest }, node.bytes, node.document.mediaType))
      if (trouble !== null) return { state: 'lost', ...trouble }
    }
    this.#of.onMoved({ manifest: true })
    return { state: there.state === 'read' ? 'there' : 'copied' }
  }

  /** All that an index lists; what its source lists without having it may be missing at the destination too. */
  async children({ children }: CopyNode): Promise<Trouble | null> {
    const { nodes, absent, notCarried } = this.#of.plan
    const carried = await Promise.all(children.filter((digest) => !absent.has(digest)).map(async (digest): Promise<Trouble | null> => {
      const child = nodes.get(digest)
      if (child === undefined) return { code: notCarried.find((one) => one.digest === digest)?.code ?? 'not-found', message: `It lists ${digest}, which could not be read.` }
      const result = await this.carry(child)
      return result.state === 'lost' ? { code: result.code, message: `It lists ${digest}, which was not written.` } : null
    }))
    return carried.find((trouble) => trouble !== null) ?? null
  }

  async blobs({ blobs }: CopyNode): Promise<Trouble | null> {
    const carried = await Promise.all(blobs.map((blob) => this.#blob(blob)))
    return carried.find((trouble) => trouble !== null) ?? null
  }

  /** A write that is tried again where it may pass; the same bytes under their own digest may be written twice. */
  async put(target: WriteTarget, bytes: Uint8Array<ArrayBuffer>, mediaType: string): Promise<Trouble | null> {
    const { to, guard, timing } = this.#of
    for (let tries = 1; ; tries++) {
      const result = await to.store.putManifest(to.reference.repository, target, bytes, mediaType, guard)
      if (result.state === 'written') return null
      if (result.state === 'refused' || tries === TRIES || !PASSING.has(result.code)) return { code: result.code, message: result.message }
      await timing.sleep(timing.random() * 1_000 * tries)
    }
  }

  #blob(blob: Descriptor): Promise<Trouble | null> {
    const known = this.#blobs.get(blob.digest)
    if (known !== undefined) return known
    const carried = (blob.size > LIMITS.blobBytes ? this.#layerQueue : this.#smallQueue).run(() => this.#move(blob))
    this.#blobs.set(blob.digest, carried)
    return carried
  }

  async #move(blob: Descriptor): Promise<Trouble | null> {
    const { timing, onMoved } = this.#of
    for (let tries = 1; ; tries++) {
      let moved = 0
      const { written, trouble } = await this.#once(blob, (count) => {
        moved += count
        onMoved({ bytes: count })
      })
      if (trouble === null) {
        onMoved({ bytes: blob.size - moved, blob: written, size: blob.size })
        return null
      }
      // the bar goes back to where it was
      onMoved({ bytes: -moved })
      if (isForeign(blob) && trouble.code === 'not-found') return null
      if (written === 'refused' || tries === TRIES || !PASSING.has(trouble.code)) return trouble
      await timing.sleep(timing.random() * 1_000 * tries)
    }
  }

  async #once(blob: Descriptor, onBytes: (count: number) => void): Promise<{ readonly written: BlobWritten['state']; readonly trouble: Trouble | null }> {
    const { from, to, guard, stallMs, makeDigest } = this.#of
    const watch = new Watch(stallMs, guard.signal)
    const own = new Guard({ timeoutMs: guard.remainingMs(), maxRequests: guard.requestsLeft, maxBytes: Infinity, signal: watch.signal })
    const passage = new BlobPassage({ source: from.store, from: from.name ?? from.reference.canonical, repository: from.reference.repository, blob, guard: own, watch, makeDigest, onBytes })
    try {
      const result = await to.store.writeBlob(to.reference.repository, blob.digest, passage.stream, this.#mountedFrom(), own)
      // a passage that ended early ends its upload too: the reason is the first of both
      if ('code' in result) return { written: result.state, trouble: passage.trouble ?? { code: result.code, message: result.message } }
      return { written: result.state, trouble: null }
    } catch (error) {
      if (passage.trouble === null) throw error
      return { written: 'failed', trouble: passage.trouble }
    } finally {
      watch.end()
      guard.requests += own.requests
      guard.tokenRequests += own.tokenRequests
    }
  }

  #mountedFrom(): Repository | null {
    const { from, to } = this.#of
    const [source, target] = [from.reference.repository, to.reference.repository]
    const oneRegistry = from.store.kind === 'registry' && to.store.kind === 'registry' && source.registry === target.registry
    return oneRegistry && source.path !== target.path ? source : null
  }
}

/** Layers that are handed out elsewhere: their manifests are taken without them. */
function isForeign({ mediaType, raw }: Descriptor): boolean {
  return raw.has('urls') && /foreign|nondistributable/.test(mediaType)
}
