import { Problem } from './problem.ts'
import type { Limited, Lines } from './settings.ts'

/** What a server of its own can bear. */
export interface Load {
  /** How many requests are worked on at once. */
  readonly working: number
  /** Besides, with a posted tar in memory. */
  readonly tars: number
  /** How many may wait for that, and how many milliseconds. */
  readonly waiting: number
  readonly waitMs: number
}

export function linesFor(load: Load): Lines {
  return { questions: loadLimit(load), tars: loadLimit({ ...load, working: load.tars }) }
}

/** Lets so many works run at once, and the others wait in line: each may read 16 MiB, so memory stays flat whatever comes. */
export function loadLimit(load: Omit<Load, 'tars'>): Limited {
  let running = 0
  const line: (() => void)[] = []
  return async (work) => {
    if (running < load.working) running++
    else await turn(line, load)
    try {
      return await work()
    } finally {
      // whoever is next takes the place over
      const next = line.shift()
      if (next === undefined) running--
      else next()
    }
  }
}

function turn(line: (() => void)[], { waiting, waitMs }: Omit<Load, 'tars'>): Promise<void> {
  const busy = (why: string): Problem => new Problem('busy', why, { headers: { 'Retry-After': '5' } })
  if (line.length >= waiting) return Promise.reject(busy(`${waiting} requests wait already.`))
  return new Promise((resolve, reject) => {
    const go = (): void => {
      clearTimeout(timer)
      resolve()
    }
    const timer = setTimeout(() => {
      line.splice(line.indexOf(go), 1)
      reject(busy(`The request waited for ${waitMs} ms.`))
    }, waitMs)
    line.push(go)
  })
}
