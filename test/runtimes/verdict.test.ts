import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { runInChromium, runInNode, runInWorkerd } from './launch.ts'
import { verdictCases } from './verdict-cases.ts'

const ENTRY = fileURLToPath(new URL('./verdict-run.ts', import.meta.url))

describe('E4: the same verdict bytes in every runtime, over every fixture', () => {
  const cases = verdictCases()
  let inNode: readonly string[] = []
  beforeAll(async () => {
    inNode = await runInNode(ENTRY, cases) as readonly string[]
  })

  it('judges every case in Node', () => {
    expect(inNode).toHaveLength(cases.length)
    expect(cases.length).toBeGreaterThan(180)
  })

  for (const [runtime, run] of [['workerd', runInWorkerd], ['Chromium', runInChromium]] as const) {
    it(`in ${runtime}`, async () => {
      const there = await run(ENTRY, cases) as readonly string[]
      cases.forEach(({ name }, i) => expect(there[i], name).toBe(inNode[i]))
    })
  }
})
