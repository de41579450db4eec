import { Problem } from './problem.ts'
import type { Load } from './settings.ts'

/** Runs the work, perhaps later; throws `busy` where that would be too late. */
export type Limited = <T>(work: () => Promise<T>) => Promise<T>

/** Lets so many works run at once, and the others wait in line: each may read 16 MiB, so memory stays flat whatever comes. */
export function loadLimit(load: Omit<Load, 'tars'> | null): Limited {
  if (load === null) return (work) => work()
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
