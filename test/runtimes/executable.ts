import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildExecutable } from '../interop/package.ts'
import { run } from '../interop/process.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const PATIENCE_MS = 900_000

interface Counts {
  readonly passed: number
  readonly failed: number
}

/** The tests of the command line, where the executable runs instead of the sources; those that call a function of the command run as ever. */
export async function testExecutable(): Promise<Counts> {
  const folder = await mkdtemp(join(tmpdir(), 'sealdex-executable-'))
  try {
    const [program, report] = [await buildExecutable(folder), join(folder, 'report.json')]
    const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')
    const { code, stdout, stderr } = await run(process.execPath, [vitest, 'run', '--project', 'node', 'test/cli', '--reporter=dot', '--reporter=json', `--outputFile=${report}`], {
      cwd: ROOT, env: { SEALDEX_PROGRAM: program }, timeoutMs: PATIENCE_MS,
    })
    const { numPassedTests, numFailedTests, numFailedTestSuites } = JSON.parse(await readFile(report, 'utf8')) as Record<string, number>
    const failed = Math.max(numFailedTests ?? 0, numFailedTestSuites ?? 0, code === 0 ? 0 : 1)
    if (failed > 0) console.log(`${stdout}\n${stderr}`)
    return { passed: numPassedTests ?? 0, failed }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
