import type { Code } from '../base/codes.ts'
import { SealdexError } from '../base/errors.ts'
import * as LIMITS from '../base/limits.ts'
import type { WriteResult } from '../source/write-result.ts'
import type { Timing } from './clock.ts'

/** A place that others write to as well: a tag. `Seen` is what one read of it gave. */
export interface Slot<Seen, Change> {
  /** Throws a SealdexError for what could not be read. */
  read(): Promise<Seen>
  /** What is to be written over what was seen: the union of that with our own. Null: our own stands there already. Throws to stop. */
  unite(seen: Seen): Promise<Change | null>
  put(change: Change, over: Seen): Promise<WriteResult>
  /** Equal only for two reads between which nothing was changed. */
  version(seen: Seen): string
}

export interface Kept<Seen> {
  /** What the first read gave, and the last one, in which our own stands. */
  readonly first: Seen
  readonly last: Seen
  /** Writes that were made; 0 if our own stood there already. */
  readonly writes: number
}

/** Answers that may be another next time. */
const PASSING: ReadonlySet<Code> = new Set<Code>(['registry-error', 'unreachable', 'rate-limited'])
/** Ends of the caller's own budgets. */
const CUT_SHORT: ReadonlySet<Code> = new Set<Code>(['timeout', 'request-budget', 'evidence-too-large'])
const TRIES = 5
/** After a failure in passing. */
const FAILED_WAIT_MS = 100
/** Longest of the first wait after others were seen: they write in bursts and never look again, so who writes after them takes nothing away and is not overwritten. */
const FIRST_WAIT_MS = 1_000
/** A gap between a read and its write that is worth another read. */
const SOON_MS = 50

/**
 * The write without a lost update (W4). Registries take any write over any other and ignore `If-Match`, so: read, unite, write, and look until our
 * own is there and nothing has changed for `LIMITS.writeWatchMs`. Whoever read before our write can overwrite it only within the time that a write may
 * follow its read, which is shorter than the watch; and then we see it and begin again, after a random wait that grows. That our own stayed is not
 * enough: one late write may take it away and the next put it back between two looks, and whoever read in between writes without it later.
 * Throws `write-contended` after `LIMITS.writeGiveUpMs`, and what the registry refuses.
 */
export async function writeUntilItStays<Seen, Change>(slot: Slot<Seen, Change>, timing: Timing): Promise<Kept<Seen>> {
  const writing = new Writing(slot, timing)
  try {
    return await writing.run()
  } catch (error) {
    if (!(error instanceof SealdexError) || writing.writes === 0 || !CUT_SHORT.has(error.code)) throw error
    throw new SealdexError(error.code, `${error.message} It was written before that, and whether it stays was not seen to the end; sign again to make sure.`, { cause: error })
  }
}

class Writing<Seen, Change> {
  readonly #slot: Slot<Seen, Change>
  readonly #timing: Timing
  readonly #began: number
  writes = 0
  #slowestWrite = 0
  #failedWrites = 0

  constructor(slot: Slot<Seen, Change>, timing: Timing) {
    this.#slot = slot
    this.#timing = timing
    this.#began = timing.now()
  }

  async run(): Promise<Kept<Seen>> {
    let first: { readonly seen: Seen } | null = null
    let united = false
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LIMITS.writeLongestWaitMs)) {
      const readAt = this.#timing.now()
      const seen = await this.#read()
      first ??= { seen }
      const unitedSince = this.#timing.now()
      const change = await this.#slot.unite(seen)
      if (change === null && this.writes === 0) return { first: seen, last: seen, writes: 0 }
      // the first time it is signed, which may take long: others wrote meanwhile, and now it is at hand
      if (change !== null && !united && this.#timing.now() - unitedSince > SOON_MS) {
        united = true
        continue
      }
      // an old read must not be written over what came after it
      const fresh = this.#timing.now() - readAt <= LIMITS.writeAfterReadMs
      const mayStand = change === null || (fresh && (await this.#put(change, seen)))
      const last = mayStand ? await this.#watch() : null
      if (last !== null) return { first: first.seen, last: last.seen, writes: this.writes }
      await this.#rest(wait)
    }
  }

  /** Whether it may have been written. */
  async #put(change: Change, over: Seen): Promise<boolean> {
    const putAt = this.#timing.now()
    this.writes++
    const result = await this.#slot.put(change, over)
    this.#slowestWrite = Math.max(this.#slowestWrite, this.#timing.now() - putAt)
    if (result.state === 'refused' && result.code === 'write-contended') return false
    this.#failedWrites = result.state === 'failed' ? this.#failedWrites + 1 : 0
    if (result.state === 'refused' || (result.state === 'failed' && !mayPass(result.code, this.#failedWrites))) throw new SealdexError(result.code, result.message)
    return true
  }

  /** What stands there at the end of the watch, or null as soon as our own is not there. */
  async #watch(): Promise<{ readonly seen: Seen } | null> {
    const writtenAt = this.#timing.now()
    let version: string | null = null
    let quietSince = writtenAt
    for (;;) {
      const readAt = this.#timing.now()
      const seen = await this.#read()
      if ((await this.#slot.unite(seen)) !== null) return null
      if (this.#slot.version(seen) !== version) [version, quietSince] = [this.#slot.version(seen), this.#timing.now()]
      // where writes are slow, another's may be on its way for as long as ours was
      const left = Math.min(quietSince + LIMITS.writeWatchMs + 2 * this.#slowestWrite, writtenAt + LIMITS.writeLongestWatchMs) - readAt
      if (left <= 0) return { seen }
      await this.#timing.sleep(Math.min(left, 200 + this.#timing.random() * 400))
    }
  }

  async #rest(longest: number): Promise<void> {
    if (this.#timing.now() - this.#began > LIMITS.writeGiveUpMs) {
      const [seconds, most] = [LIMITS.writeGiveUpMs / 1000, LIMITS.writeAfterReadMs / 1000]
      throw new SealdexError('write-contended', this.writes > 0
        ? `Others wrote to the same place all the time for ${seconds} s; sign again when it is quieter.`
        : `For ${seconds} s each reading took longer than the ${most} s within which a write has to follow it, so that it overwrites nobody; nothing was written.`)
    }
    await this.#timing.sleep(this.#timing.random() * longest)
  }

  #read(): Promise<Seen> {
    return untilRead(() => this.#slot.read(), this.#timing)
  }
}

/** A read that is tried again where the registry fails in passing: docker-registry answers 500 for a tag that is being written at that moment. */
export async function untilRead<T>(read: () => Promise<T>, timing: Timing): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await read()
    } catch (error) {
      if (!(error instanceof SealdexError) || !mayPass(error.code, failures)) throw error
      await timing.sleep(timing.random() * FAILED_WAIT_MS * 2 ** failures)
    }
  }
}

function mayPass(code: Code, failures: number): boolean {
  return PASSING.has(code) && failures < TRIES
}
