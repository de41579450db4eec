import { fileURLToPath } from 'node:url'
import { runInBun, runInChromium, runInDeno, runInNode, runInWorkerd } from './launch.ts'
import { testExecutable } from './executable.ts'
import { verdictCases } from './verdict-cases.ts'

// npm run test:runtimes: the same verdict bytes in Node, workerd, Chromium, Deno and Bun, over every fixture; and the tests of the command, of the executable
const ENTRY = fileURLToPath(new URL('./verdict-run.ts', import.meta.url))
const cases = verdictCases()
const expected = await runInNode(ENTRY, cases) as readonly string[]
let [passed, failed] = [0, 0]
for (const [runtime, run] of Object.entries({ workerd: runInWorkerd, Chromium: runInChromium, Deno: runInDeno, Bun: runInBun })) {
  const there = await run(ENTRY, cases) as readonly string[]
  const different = cases.filter((_, i) => there[i] !== expected[i])
  for (const { name } of different) console.log(`${runtime}: another verdict for ${name}`)
  console.log(`${runtime}: ${cases.length - different.length} of ${cases.length} verdicts have the same bytes as in Node`)
  passed += cases.length - different.length
  failed += different.length
}
const executable = await testExecutable()
console.log(`executable: ${executable.passed} tests of the command pass, ${executable.failed} fail`)
passed += executable.passed
failed += executable.failed
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
