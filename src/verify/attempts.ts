import type { Code } from '../base/codes.ts'
import * as LIMITS from '../base/limits.ts'

/** Pays for verifications before they are made. Throws where none may be made any more: what was begun then counts as not tried. */
export type Spend = (attempts: number) => void

/** Why something was not tried, or not to its end. */
export type Left = Extract<Code, 'too-many-signatures' | 'timeout'>

/** At work at once: enough for every runtime's threads, and all that is still under way when the deadline passes. */
const LANES = 16

class NoneLeft extends Error {
  readonly code: Left

  constructor(code: Left) {
    super(code)
    this.code = code
  }
}

/** The verifications of one signature by one key that a whole verdict may cost (R11), whatever stands in the index and in the policy. */
export class Attempts {
  #left: number = LIMITS.attempts
  readonly #expired: () => boolean

  constructor(expired: () => boolean) {
    this.#expired = expired
  }

  /**
   * Works on the items in their order; those that are left say why. `most` is what an item may need. As many go at once as could all have that; what they did
   * not use serves the next, so that which are left does not depend on what finishes first (E4).
   */
  async run<Item, Result extends object>(items: readonly Item[], most: (item: Item) => number, work: (item: Item, spend: Spend) => Promise<Result>): Promise<readonly (Result | Left)[]> {
    const results: (Result | Left)[] = []
    while (results.length < items.length) {
      const wave: (readonly [Item, number])[] = []
      let free = this.#left
      for (const item of items.slice(results.length)) {
        const wanted = most(item)
        // the first may have all that there is, if that is less than it may need
        if (wanted > free && wave.length > 0) break
        const granted = Math.min(wanted, free)
        wave.push([item, granted])
        free -= granted
      }
      results.push(...(await this.#wave(wave, work)))
    }
    return results
  }

  async #wave<Item, Result>(wave: readonly (readonly [Item, number])[], work: (item: Item, spend: Spend) => Promise<Result>): Promise<readonly (Result | Left)[]> {
    const results: (Result | Left)[] = []
    const queue = wave.entries()
    await Promise.all(Array.from({ length: Math.min(LANES, wave.length) }, async () => {
      for (const [i, [item, granted]] of queue) results[i] = await this.#one(item, granted, work)
    }))
    return results
  }

  async #one<Item, Result>(item: Item, granted: number, work: (item: Item, spend: Spend) => Promise<Result>): Promise<Result | Left> {
    let left = granted
    const spend: Spend = (attempts) => {
      if (this.#expired()) throw new NoneLeft('timeout')
      if (attempts > left) throw new NoneLeft('too-many-signatures')
      left -= attempts
      this.#left -= attempts
    }
    try {
      return await work(item, spend)
    } catch (error) {
      if (!(error instanceof NoneLeft)) throw error
      return error.code
    }
  }
}
