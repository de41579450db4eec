import { runMutations, type Report } from './run.ts'

/**
 * `node test/sigstore/mutations/main.ts [COUNT] [SEED]`: valid bundles of every kind, changed 20,000 times; none may be accepted with another meaning.
 * The seed is new for each run, and printed: with it the run is repeated.
 */
const [count = 20_000, seed = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0] = process.argv.slice(2).map(Number)

function show({ tried, refused, unsigned, noted, failures }: Report): void {
  console.log(`${tried} mutations of valid bundles, seed ${seed}`)
  console.log(`refused: ${[...refused].sort(([, a], [, b]) => b - a).map(([code, times]) => `${code} ${times}`).join(', ')}`)
  console.log(`noted, and the rest suffices: ${noted}`)
  console.log('accepted with the same meaning, since nobody signs it:')
  for (const [{ what, why }, times] of [...unsigned].sort(([, a], [, b]) => b - a)) console.log(`  ${times} × ${what}: ${why}`)
  for (const line of failures.slice(0, 50)) console.log(`FAILED ${line}`)
  if (failures.length > 0) console.log(`to repeat it: npm run test:mutations -- ${tried} ${seed}`)
  console.log(`${tried - failures.length} passed, ${failures.length} failed`)
}

const report = await runMutations(seed, count)
show(report)
process.exitCode = report.failures.length > 0 || report.tried === 0 ? 1 : 0
