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
  #asked: Promise<readonly Digest[]> | null = null

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

  /** Leaves for which other bytes came. Where everything is read and they did not fit, they are asked for now, with the requests that are left. */
  async wrong(): Promise<readonly Digest[]> {
    return this.#asked ?? (this.#all ? this.#ask() : [])
  }

  async #ask(): Promise<readonly Digest[]> {
    const answers = await Promise.all(this.#leaves.map(async (digest) => ((await this.#objects.wrongBytes(digest)) === 'answered' ? [digest] : [])))
    return answers.flat()
  }
}
