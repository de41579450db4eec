/** W4 with whole processes of all our writers: sixteen at once sign, attach and attest on one image, and nothing of it is lost. */
import type { Checks } from '../checks.ts'
import { notThere } from './judge.ts'
import { Lanes } from './lanes.ts'
import { race } from './round.ts'
import { ours, type Tools, type Writer } from './writers.ts'

const ROUNDS = 6
const MIX: readonly Writer['does'][] = [
  'sign', 'attach', 'attest', 'sign', 'attach --key', 'attest', 'sign', 'attach', 'attest', 'sign', 'attach --key', 'attest', 'sign', 'attach', 'attest', 'sign',
]

export async function checkMixed(checks: Checks, tools: Tools, registry: string, host: string): Promise<void> {
  const writers = await ours(tools, MIX)
  const lanes = await Lanes.open(host, writers.length)
  try {
    for (let number = 1; number <= ROUNDS; number++) {
      const round = await race(host, lanes, `race/mixed-${number}`, writers)
      const missing = await notThere({ ...round, host }, writers, round.rans)
      const done = round.rans.filter(({ code }) => code === 0).length
      const title = `${registry}, ours alone, round ${number}: ${done} of ${writers.length} done, ${writers.length - missing.length} there; ${round.record.losses.length} entries overwritten and put back, ${round.seconds.toFixed(1)} s`
      checks.check(title, missing.length === 0 && done === writers.length ? null : missing.join('\n'))
    }
  } finally {
    await lanes.close()
  }
}
