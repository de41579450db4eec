import type { Ran } from '../test/interop/process.ts'
import { roundTrips, type CountingProxy } from './counting-proxy.ts'

/** What one command cost. */
export interface Cost {
  readonly requests: number
  readonly roundTrips: number
}

/** More than these are counted and not listed. */
const LISTED = 14

/** Runs a command against the proxy and prints its requests, each with its times; a command that ends otherwise than with `wanted` fails the bench. */
export async function counted(proxy: CountingProxy, title: string, wanted: number, work: () => Promise<Ran>): Promise<Cost> {
  proxy.take()
  const { code, stdout, stderr } = await work()
  const passed = proxy.take()
  console.log(`  ${title}: ${passed.length} requests in ${roundTrips(passed)} round trips, exit ${code}${code === 1 && stdout.startsWith('UNSIGNED') ? ' (unsigned)' : ''}`)
  const first = passed[0]?.start ?? 0
  for (const { method, path, status, start, end } of passed.length <= LISTED ? passed : []) {
    console.log(`    ${(start - first).toFixed(0).padStart(4)} to ${(end - first).toFixed(0).padStart(4)} ms  ${method} ${path.replaceAll(/([0-9a-f]{8})[0-9a-f]{56}/g, '$1…')}  ${status}`)
  }
  if (code !== wanted) {
    console.log(`${stderr}${stdout}`)
    process.exitCode = 1
  }
  return { requests: passed.length, roundTrips: roundTrips(passed) }
}
