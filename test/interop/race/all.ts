/** The races, on all registries at the same time: their writers wait for most of it. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Checks } from '../checks.ts'
import { ALL_REGISTRIES } from '../expectations.ts'
import type { Surroundings } from '../matrix.ts'
import { buildPackage } from '../package.ts'
import { findNotation } from '../peers.ts'
import { mustRun, run } from '../process.ts'
import { checkMixed } from './mixed.ts'
import { checkOthers, type RaceRow } from './others.ts'
import { raceTable } from './section.ts'
import type { Tools } from './writers.ts'

export async function checkRaces(checks: Checks, { peers, folder, env, hosts }: Surroundings): Promise<readonly RaceRow[]> {
  const at = join(folder, 'races')
  await mkdir(at)
  const [sealdex, notation] = [await buildPackage(at), await findNotation()]
  if (sealdex === null) throw new Error('The package does not build: npm run build says why.')
  const tools = async (name: string): Promise<Tools> => {
    const own = join(at, name)
    await mkdir(own)
    return { peers, notation, sealdex, env: { ...env, COSIGN_PASSWORD: 'race' }, folder: own }
  }
  // sixteen that compile the same at the same moment would take turns, not race
  for (const command of ['sign', 'attach', 'attest']) await mustRun(run(process.execPath, [sealdex, command, '--help'], { env }))
  await Promise.all(ALL_REGISTRIES.map(async (name) => checkMixed(checks, await tools(`${name}-mixed`), name, hosts[name])))
  const rows = await Promise.all(ALL_REGISTRIES.map(async (name) => checkOthers(checks, await tools(`${name}-others`), name, hosts[name])))
  for (const line of raceTable(rows.flat())) console.log(`      ${line}`)
  return rows.flat()
}
