import type { Timing } from '../../src/edit/timing.ts'

/** A clock of virtual time: nothing really waits. Time moves on when everything else has come to rest, to the earliest sleeper. */
export class VirtualClock implements Timing {
  #now = 0
  #seed: number
  #order = 0
  readonly #sleepers: { readonly at: number; readonly order: number; readonly wake: () => void }[] = []

  constructor(seed: number) {
    this.#seed = seed >>> 0
  }

  now(): number {
    return this.#now
  }

  /** Mulberry32. */
  random(): number {
    this.#seed = (this.#seed + 0x6d2b79f5) >>> 0
    let t = this.#seed
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((wake) => this.#sleepers.push({ at: this.#now + milliseconds, order: this.#order++, wake }))
  }

  /** Runs what the promises stand for to its end; `idle` resolves once nothing but sleepers is left. */
  async run<T>(work: readonly Promise<T>[], idle: () => Promise<void> = microtasks): Promise<readonly T[]> {
    const all = Promise.all(work)
    let done = false
    const end = (): void => {
      done = true
    }
    all.then(end, end)
    for (await idle(); !done; await idle()) {
      this.#sleepers.sort((a, b) => a.at - b.at || a.order - b.order)
      const next = this.#sleepers.shift()
      if (next === undefined) throw new Error('Everything waits for something that never comes.')
      this.#now = next.at
      next.wake()
    }
    return all
  }
}

/** After all that promises alone can do. */
function microtasks(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
