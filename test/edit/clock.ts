import type { Timing } from '../../src/edit/clock.ts'

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

  /** Runs work that waits for nothing but promises and this clock to its end. */
  async run<T>(work: readonly Promise<T>[]): Promise<readonly T[]> {
    const { all, isDone } = ending(work)
    for (await microtasks(); !isDone(); await microtasks()) this.#wakeNext()
    return all
  }

  /** Runs work that also waits for the network or for WebCrypto: time moves on only when all who are not at their end sleep. */
  async runParties<T>(work: readonly Promise<T>[]): Promise<readonly T[]> {
    let active = work.length
    for (const one of work) one.then(() => active--, () => active--)
    const { all, isDone } = ending(work)
    while (!isDone()) {
      await microtasks()
      if (active > 0 && this.#sleepers.length >= active) this.#wakeNext()
    }
    return all
  }

  #wakeNext(): void {
    this.#sleepers.sort((a, b) => a.at - b.at || a.order - b.order)
    const next = this.#sleepers.shift()
    if (next === undefined) throw new Error('Everything waits for something that never comes.')
    this.#now = next.at
    next.wake()
  }
}

function ending<T>(work: readonly Promise<T>[]): { readonly all: Promise<readonly T[]>; readonly isDone: () => boolean } {
  const all = Promise.all(work)
  let done = false
  const end = (): void => {
    done = true
  }
  all.then(end, end)
  return { all, isDone: () => done }
}

/** A clock for one writer: a wait is over at once, and time has passed. */
export function instantTiming(): Timing {
  let now = 0
  return {
    now: () => now,
    random: () => 0.5,
    sleep: async (milliseconds) => {
      now += milliseconds
    },
  }
}

/** After all that promises alone can do. */
function microtasks(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
