import { describe, expect, test } from 'vitest'
import { loadLimit } from '../../worker/load.ts'
import { Problem } from '../../worker/problem.ts'

const load = { working: 2, waiting: 3, waitMs: 60_000 }

/** Works that end when they are told to. */
function works(): { readonly start: () => Promise<number>; readonly running: () => number; readonly end: () => void } {
  const ends: (() => void)[] = []
  let running = 0
  let count = 0
  return {
    running: () => running,
    end: () => ends.shift()?.(),
    async start() {
      const number = ++count
      running++
      await new Promise<void>((resolve) => ends.push(resolve))
      running--
      return number
    },
  }
}

describe('the load', () => {
  test('so many at once, the others in their order', async () => {
    const [limited, { start, running, end }] = [loadLimit(load), works()]
    const all = [1, 2, 3, 4, 5].map(() => limited(start))
    await Promise.resolve()
    expect(running()).toBe(2)
    for (let i = 0; i < 5; i++) {
      end()
      await all[i]
      expect(running()).toBeLessThanOrEqual(2)
    }
    expect(await Promise.all(all)).toEqual([1, 2, 3, 4, 5])
    const again = limited(start)
    await Promise.resolve()
    end()
    expect(await again).toBe(6)
  })

  test('the line is full: 503 with Retry-After, at once', async () => {
    const [limited, { start, end }] = [loadLimit(load), works()]
    const all = [1, 2, 3, 4, 5].map(() => limited(start))
    await expect(limited(start)).rejects.toMatchObject({ code: 'busy', headers: { 'Retry-After': '5' } })
    for (const one of all) {
      end()
      await one
    }
  })

  test('whoever waits too long is told so, and is not waited for', async () => {
    const [limited, { start, end }] = [loadLimit({ ...load, waitMs: 20 }), works()]
    const first = [limited(start), limited(start)]
    await expect(limited(start)).rejects.toBeInstanceOf(Problem)
    end()
    end()
    expect(await Promise.all(first)).toEqual([1, 2])
    const next = limited(start)
    await Promise.resolve()
    end()
    expect(await next).toBe(3)
  })

  test('one that fails gives its place back', async () => {
    const limited = loadLimit({ ...load, working: 1 })
    for (let i = 0; i < 3; i++) await expect(limited(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await limited(() => Promise.resolve(1))).toBe(1)
  })
})
