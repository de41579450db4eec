import type { Digest } from '../crypto/digest.ts'
import type { Platform } from '../oci/platform.ts'
import { judgedLeaves, leavesOf, type Graph } from './graph.ts'
import { judgedSubjects } from './judge.ts'
import type { Objects } from './objects.ts'

export interface LeafReading {
  readonly objects: Objects
  readonly platform: Platform | null
  readonly reading: 'needed' | 'all'
}

export interface LeafAnswers {
  readonly asked: readonly Digest[]
  /** Those for which other bytes came. */
  readonly wrong: readonly Digest[]
}

/**
 * The bytes of leaves. No rule needs them, since a digest that is signed speaks for them; but a registry that answers with other bytes is not to be allowed.
 * So they are asked for along with the first places: no round trip more, and only where the requests that are left suffice for every place that may still be
 * asked. An answer of other bytes is all that counts; absent, failed or late change nothing.
 */
export class LeafBytes {
  readonly #objects: Objects
  readonly #leaves: readonly Digest[]
  readonly #all: boolean
  readonly #fits: boolean
  #asked: Promise<LeafAnswers> | null = null

  constructor(graph: Graph, { objects, platform, reading }: LeafReading, placesOfEach: number) {
    this.#objects = objects
    this.#all = reading === 'all'
    const leaves = this.#all ? leavesOf(graph) : judgedLeaves(graph, platform)
    this.#leaves = leaves.filter(({ document }) => document === null).map(({ digest }) => digest)
    this.#fits = objects.guard.requestsLeft >= this.#leaves.length + placesOfEach * judgedSubjects(graph, platform).size
  }

  /** Asks, the first time, and waits for nothing. */
  askAlong(): void {
    if (this.#asked !== null || !this.#fits) return
    this.#asked = this.#ask()
    // whoever awaits it does so later
    this.#asked.catch(() => {})
  }

  /** What came. Where everything is read and they did not fit, they are asked for now, with the requests that are left. */
  async answers(): Promise<LeafAnswers> {
    return this.#asked ?? (this.#all ? this.#ask() : { asked: [], wrong: [] })
  }

  async #ask(): Promise<LeafAnswers> {
    const answers = await Promise.all(this.#leaves.map(async (digest) => ((await this.#objects.wrongBytes(digest)) === 'answered' ? [digest] : [])))
    return { asked: this.#leaves, wrong: answers.flat() }
  }
}
