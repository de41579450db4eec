/** Other tools among ours: cosign, oras and notation overwrite what they have read before without looking again. What is lost, of whom and by whom, is counted. */
import type { Checks } from '../checks.ts'
import type { AnyRegistry } from '../expectations.ts'
import { troubleOf } from '../process.ts'
import { Lanes } from './lanes.ts'
import { notThere } from './judge.ts'
import { standing, type Thing } from './record.ts'
import { again, race, type Round } from './round.ts'
import { others, ours, TOOLS, type Tool, type Tools, type Writer } from './writers.ts'

export const ROUNDS = 6
const OURS: readonly Writer['does'][] = ['sign', 'attach', 'attest', 'sign']
const EACH = 4

export interface RaceRow {
  readonly registry: AnyRegistry
  readonly tool: Tool
  /** Processes that said they had done it. */
  readonly done: number
  /** Of these, the ones whose work was not all there at the end. */
  readonly lost: number
  /** Of the lost ones, whose write it was that left them out. */
  readonly by: Readonly<Record<Tool, number>>
  /** Entries that were missing for a while, put back or not. */
  readonly overwritten: number
}

export async function checkOthers(checks: Checks, tools: Tools, registry: AnyRegistry, host: string): Promise<readonly RaceRow[]> {
  const writers = [...await ours(tools, OURS), ...await others(tools, EACH)]
  const lanes = await Lanes.open(host, writers.length)
  const count = new Count(registry, writers)
  try {
    for (let number = 1; number <= ROUNDS; number++) {
      const round = await race(host, lanes, `race/others-${number}`, writers)
      const before = await standing(host, round.repository, round.digest)
      const said = count.add(round, before)
      await checkRestored(checks, { title: `${registry}, others among ours, round ${number}: ${said}; ours again`, host, round, lanes, writers, before })
    }
  } finally {
    await lanes.close()
  }
  return count.rows()
}

interface Afterwards {
  readonly title: string
  readonly host: string
  readonly round: Round
  readonly lanes: Lanes
  readonly writers: readonly Writer[]
  readonly before: ReadonlySet<Thing>
}

/** Ours once more: all of ours is there, and everything that was there before. */
async function checkRestored(checks: Checks, { title, host, round, lanes, writers, before }: Afterwards): Promise<void> {
  for (const [lane, writer] of writers.entries()) {
    const ran = round.rans[lane]
    if (ran !== undefined && ran.code !== 0 && writer.tool === 'sealdex') checks.check(`${title}: all of ours said that they were done`, troubleOf(ran))
  }
  const mine = [...writers.entries()].filter(([, { tool }]) => tool === 'sealdex')
  const rans = await again(round, lanes, mine)
  const missing = await notThere({ ...round, host }, mine.map(([, writer]) => writer), rans)
  const now = await standing(host, round.repository, round.digest)
  const gone = [...before].filter((thing) => !now.has(thing))
  checks.check(title, missing.length === 0 && gone.length === 0 ? null : [...missing, ...gone.map((thing) => `gone: ${thing}`)].join('\n'))
}

/** Over all rounds on one registry. */
class Count {
  readonly #registry: AnyRegistry
  readonly #writers: readonly Writer[]
  readonly #done = zero()
  readonly #lost = zero()
  readonly #overwritten = zero()
  readonly #by: Readonly<Record<Tool, Record<Tool, number>>> = { sealdex: zero(), cosign: zero(), oras: zero(), notation: zero() }

  constructor(registry: AnyRegistry, writers: readonly Writer[]) {
    this.#registry = registry
    this.#writers = writers
  }

  /** What was lost in this round, as a person would say it. */
  add({ record, rans }: Round, now: ReadonlySet<Thing>): string {
    const [done, lost] = [zero(), zero()]
    for (const { of } of record.losses) this.#overwritten[this.#toolOf(of)] += 1
    for (const [lane, { tool }] of this.#writers.entries()) {
      if (rans[lane]?.code !== 0) continue
      done[tool] += 1
      const gone = record.of(lane).filter((thing) => !now.has(thing))
      if (gone.length === 0) continue
      lost[tool] += 1
      const last = record.losses.findLast(({ thing }) => gone.includes(thing))
      if (last !== undefined) this.#by[tool][this.#toolOf(last.by)] += 1
    }
    for (const tool of TOOLS) {
      this.#done[tool] += done[tool]
      this.#lost[tool] += lost[tool]
    }
    return `lost of ${TOOLS.map((tool) => `${tool} ${lost[tool]} of ${done[tool]}`).join(', ')}`
  }

  rows(): readonly RaceRow[] {
    return TOOLS.map((tool) => ({ registry: this.#registry, tool, done: this.#done[tool], lost: this.#lost[tool], by: this.#by[tool], overwritten: this.#overwritten[tool] }))
  }

  #toolOf(lane: number): Tool {
    return this.#writers[lane]?.tool ?? 'sealdex'
  }
}

function zero(): Record<Tool, number> {
  return { sealdex: 0, cosign: 0, oras: 0, notation: 0 }
}
