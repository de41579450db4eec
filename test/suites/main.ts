import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runInBun, runInChromium, runInDeno, runInNode, runInWorkerd, type Run } from '../runtimes/launch.ts'
import { judgeConformance, readConformance } from './conformance.ts'
import { jsonSuite } from './json.ts'
import type { Answer } from './wycheproof-run.ts'
import { judgeWycheproof, prepareWycheproof, type Prepared, type SuiteResult } from './wycheproof.ts'

/** `node test/suites/main.ts DIR`: the public suites, read from a folder (with vectors/json, vectors/wycheproof and conformance, or a checkout of any of the projects). */

const RUNTIMES: Readonly<Record<string, Run>> = { node: runInNode, workerd: runInWorkerd, chromium: runInChromium, deno: runInDeno, bun: runInBun }
const ENTRY = fileURLToPath(new URL('wycheproof-run.ts', import.meta.url))
const CONFORMANCE_ENTRY = fileURLToPath(new URL('conformance-run.ts', import.meta.url))

function firstFolder(root: string, candidates: readonly string[]): string | undefined {
  return candidates.map((name) => join(root, name)).find((path) => existsSync(path))
}

async function readFolder(path: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const names = (await readdir(path)).filter((name) => name.endsWith('.json')).sort()
  return new Map(await Promise.all(names.map(async (name) => [name, new Uint8Array(await readFile(join(path, name)))] as const)))
}

async function runJson(root: string): Promise<readonly SuiteResult[]> {
  const folder = firstFolder(root, ['vectors/json', 'json', 'test_parsing'])
  if (folder === undefined) return []
  const files = await readFolder(folder)
  return ['y_', 'n_', 'i_'].map((prefix) => report(`JSONTestSuite ${prefix}`, jsonSuite(new Map([...files].filter(([name]) => name.startsWith(prefix))))))
}

async function runWycheproof(root: string): Promise<readonly SuiteResult[]> {
  const folder = firstFolder(root, ['vectors/wycheproof', 'wycheproof', 'testvectors_v1'])
  if (folder === undefined) return []
  const prepared = new Map<string, Prepared>()
  for (const [name, bytes] of await readFolder(folder)) {
    const file = prepareWycheproof(name, new TextDecoder().decode(bytes))
    if (file !== null) prepared.set(name, file)
  }
  const groups = [...prepared.values()].flatMap((file) => file.groups)
  const results: SuiteResult[] = []
  for (const [runtime, run] of Object.entries(RUNTIMES)) {
    const answers = await run(ENTRY, groups) as Readonly<Record<string, Answer>>
    for (const [name, file] of prepared) results.push(report(`${runtime} ${name}`, judgeWycheproof(file, answers, runtime)))
  }
  return results
}

/** Every case by its artifact and by its digest, in every runtime: the same answers, all right. */
async function runConformance(root: string): Promise<readonly SuiteResult[]> {
  const folder = firstFolder(root, ['conformance', 'bundle-verify', 'test/assets/bundle-verify'])
  if (folder === undefined) return []
  const cases = readConformance(folder)
  const inputs = cases.map(({ input }) => input)
  const results: SuiteResult[] = []
  let first: string | null = null
  for (const [runtime, run] of Object.entries(RUNTIMES)) {
    const answers = await run(CONFORMANCE_ENTRY, inputs) as Readonly<Record<string, string>>
    const { passed, failed } = judgeConformance(cases, answers)
    first ??= JSON.stringify(answers)
    // the same refusals in the same words
    const others = JSON.stringify(answers) === first ? [] : ['its answers are not those of the first runtime, word for word']
    results.push(report(`${runtime} sigstore-conformance`, { passed, failed: [...failed, ...others] }))
  }
  return results
}

function report(name: string, result: SuiteResult): SuiteResult {
  console.log(`${name}: ${result.passed} passed, ${result.failed.length} failed`)
  for (const line of result.failed) console.log(`  ${line}`)
  return result
}

async function main(): Promise<void> {
  const root = process.argv[2]
  if (root === undefined) throw new Error('usage: node test/suites/main.ts DIR')
  const results = [...await runJson(resolve(root)), ...await runConformance(resolve(root)), ...await runWycheproof(resolve(root))]
  const passed = results.reduce((sum, result) => sum + result.passed, 0)
  const failed = results.reduce((sum, result) => sum + result.failed.length, 0)
  if (passed + failed === 0) console.log(`nothing was found in ${root}`)
  console.log(`${passed} passed, ${failed} failed`)
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0
}

await main()
