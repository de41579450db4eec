import { assert, asyncProperty, integer } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SealdexError } from '../../src/base/errors.ts'
import * as LIMITS from '../../src/base/limits.ts'
import { writeUntilItStays, type Slot } from '../../src/edit/write.ts'
import type { WriteResult } from '../../src/source/write-result.ts'
import { VirtualClock } from './clock.ts'

type Names = readonly string[]

interface Lag {
  /** Longest wait before and after a read or write takes effect, in milliseconds of the virtual clock. */
  readonly read: number
  readonly write: number
  /** Longest time for putting a union together. */
  readonly unite: number
}

/** A tag in which the last write wins, whatever it was read from, as on every registry measured (compatibility.md 3). */
class Tag {
  content: Names = []
  readonly clock: VirtualClock
  readonly lag: Lag

  constructor(clock: VirtualClock, lag: Lag) {
    this.clock = clock
    this.lag = lag
  }

  slot(own: string): Slot<Names, Names> {
    const pause = (longest: number): Promise<void> => this.clock.sleep(this.clock.random() * longest)
    return {
      read: async () => {
        await pause(this.lag.read)
        const seen = this.content
        await pause(this.lag.read)
        return seen
      },
      unite: async (seen) => {
        if (seen.includes(own)) return null
        await pause(this.lag.unite)
        return [...seen, own]
      },
      version: (seen) => seen.join(),
      put: async (change) => {
        await pause(this.lag.write)
        this.content = change
        await pause(this.lag.write)
        return { state: 'written', subjectAcknowledged: false }
      },
    }
  }
}

async function sixteenWriters(seed: number, lag: Lag): Promise<Names> {
  const clock = new VirtualClock(seed)
  const tag = new Tag(clock, lag)
  const writers = Array.from({ length: 16 }, async (_, i) => {
    await clock.sleep(clock.random() * 2_000)
    return writeUntilItStays(tag.slot(`writer ${i}`), clock)
  })
  await clock.run(writers)
  return tag.content
}

describe('W4: no lost update', () => {
  test('W4: 16 writers on one tag where the last write wins all stand there in the end, whatever the interleaving', async () => {
    await assert(asyncProperty(integer(), async (seed) => {
      expect(new Set(await sixteenWriters(seed, { read: 60, write: 60, unite: 20 })).size).toBe(16)
    }), { numRuns: 60 })
  })

  test('W4: the same where writes are held back for seconds and overtake each other', async () => {
    await assert(asyncProperty(integer(), async (seed) => {
      expect(new Set(await sixteenWriters(seed, { read: 100, write: 3_000, unite: 20 })).size).toBe(16)
    }), { numRuns: 100, examples: [[-134516561]] })
  })

  test('W4: the same where a writer takes long between its read and its write: it reads again', async () => {
    await assert(asyncProperty(integer(), async (seed) => {
      expect(new Set(await sixteenWriters(seed, { read: 50, write: 50, unite: 3_500 })).size).toBe(16)
    }), { numRuns: 100, examples: [[15]] })
  })

  test('W4: what is overwritten during the watch is written again, and the watch begins anew', async () => {
    const clock = new VirtualClock(1)
    const tag = new Tag(clock, { read: 10, write: 10, unite: 0 })
    const overwrite = async (): Promise<void> => {
      await clock.sleep(2_500)
      tag.content = ['another tool']
    }
    const other = overwrite()
    const work = writeUntilItStays(tag.slot('ours'), clock)
    await clock.run<unknown>([work, other])
    expect(await work).toMatchObject({ writes: 2, last: ['another tool', 'ours'] })
    expect(clock.now()).toBeGreaterThan(2_500 + LIMITS.writeWatchMs)
  })

  test('W4: what another wrote while the own was put together for the first time is read before the write, and nothing of it is taken away', async () => {
    const clock = new VirtualClock(7)
    const tag = new Tag(clock, { read: 0, write: 0, unite: 0 })
    const slot = tag.slot('ours')
    let signed = false
    const unite = async (seen: Names): Promise<Names | null> => {
      if (!signed) {
        await clock.sleep(300)
        tag.content = ['another tool']
      }
      signed = true
      return slot.unite(seen)
    }
    const [kept] = await clock.run([writeUntilItStays({ ...slot, unite }, clock)])
    expect(kept).toMatchObject({ writes: 1, last: ['another tool', 'ours'] })
  })

  test('W4: one who is always overwritten gives up with write-contended', async () => {
    const clock = new VirtualClock(2)
    const tag = new Tag(clock, { read: 10, write: 10, unite: 0 })
    const slot = { ...tag.slot('ours'), put: async (): Promise<WriteResult> => ({ state: 'written', subjectAcknowledged: false }) }
    await expect(clock.run([writeUntilItStays(slot, clock)])).rejects.toMatchObject({ code: 'write-contended' })
    expect(clock.now()).toBeGreaterThan(LIMITS.writeGiveUpMs)
  })

  test('W4: where every read takes longer than a write may follow it, nothing is written, and that is said', async () => {
    const clock = new VirtualClock(6)
    const tag = new Tag(clock, { read: 10, write: 10, unite: 0 })
    const slot = tag.slot('ours')
    const unite = async (seen: Names): Promise<Names> => {
      await clock.sleep(LIMITS.writeAfterReadMs + 1)
      return seen
    }
    await expect(clock.run([writeUntilItStays({ ...slot, unite }, clock)])).rejects.toMatchObject({ code: 'write-contended', message: expect.stringContaining('nothing was written') as string })
    expect(tag.content).toEqual([])
  })

  test('W4: what stands there already is not written and not watched', async () => {
    const clock = new VirtualClock(3)
    const tag = new Tag(clock, { read: 10, write: 10, unite: 0 })
    tag.content = ['ours']
    const [kept] = await clock.run([writeUntilItStays(tag.slot('ours'), clock)])
    expect(kept).toMatchObject({ writes: 0 })
    expect(clock.now()).toBeLessThan(100)
  })
})

describe('what a registry answers', () => {
  const answering = (answers: readonly WriteResult[]): Promise<{ tag: Tag; outcome: unknown }> => {
    const clock = new VirtualClock(4)
    const tag = new Tag(clock, { read: 10, write: 10, unite: 0 })
    const slot = tag.slot('ours')
    const left = [...answers]
    const work = writeUntilItStays({ ...slot, put: async (change, over) => left.shift() ?? slot.put(change, over) }, clock)
    return clock.run([work]).then(([kept]) => ({ tag, outcome: kept }), (outcome: unknown) => ({ tag, outcome }))
  }

  test('a refusal ends it with its code', async () => {
    const { outcome } = await answering([{ state: 'refused', code: 'unauthorized', message: 'no' }])
    expect(outcome).toMatchObject({ code: 'unauthorized' })
  })

  test('a registry that does look at If-Match and says no is asked again with what stands there now', async () => {
    const { outcome } = await answering([{ state: 'refused', code: 'write-contended', message: 'changed' }])
    expect(outcome).toMatchObject({ writes: 2 })
  })

  test('a deadline that ends the watch says that it was written', async () => {
    const clock = new VirtualClock(5)
    const slot = new Tag(clock, { read: 10, write: 10, unite: 0 }).slot('ours')
    const read = async (): Promise<Names> => {
      if (clock.now() > 1_000) throw new SealdexError('timeout', 'Time is up.')
      return slot.read()
    }
    await expect(clock.run([writeUntilItStays({ ...slot, read }, clock)])).rejects.toMatchObject({ code: 'timeout', message: expect.stringContaining('written before that') as string })
  })

  test('a server error may pass; one that stays does not take two minutes', async () => {
    const error: WriteResult = { state: 'failed', code: 'registry-error', message: '500' }
    expect((await answering([error, error])).outcome).toMatchObject({ writes: 3 })
    expect((await answering(Array.from({ length: 9 }, () => error))).outcome).toBeInstanceOf(SealdexError)
  })
})
