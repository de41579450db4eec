/**
 * Shows of each defence that a test fails without it: `npx node test/defences/main.ts`, or `… main.ts T54 R2` for some of them. The tests pass on a copy
 * of the tree first; then each row of table.ts is taken out of a copy, and its test must fail. Nothing here writes to the tree itself.
 */
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PAGE } from './page.ts'
import { DEFENCES, type Defence } from './table.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const PARTS = ['src', 'worker', 'web', 'demo', 'schema', 'package.json', 'tsconfig.json', 'vite.worker.config.ts'] as const
const WORKERS = 2
const wanted = process.argv.slice(2)
const ROWS = [...DEFENCES, ...PAGE].filter(({ threat }) => wanted.length === 0 || wanted.includes(threat))
/** A test that hangs without its defence has failed. */
const PATIENCE_MS = 25_000

interface Report {
  readonly failed: readonly string[]
  readonly passed: readonly string[]
  /** Null where tests ran; else why none did. */
  readonly nothing: 'patience' | 'broken' | null
}

function copyOfTree(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sealdex-defences-'))
  for (const part of PARTS) cpSync(join(ROOT, part), join(folder, part), { recursive: true })
  cpSync(join(ROOT, 'test'), join(folder, 'test'), { recursive: true, filter: (path) => !/^\/test\/(?:fixtures|interop|worker)(?:\/|$)/.test(path.slice(ROOT.length)) })
  // read through, never written through: vitest's cache is in the copy
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  // data that tests only read
  symlinkSync(join(ROOT, 'test/fixtures'), join(folder, 'test/fixtures'))
  writeFileSync(join(folder, 'vitest.config.ts'), `export default { cacheDir: '.vite', test: { include: ['test/**/*.test.ts'], testTimeout: 10_000, hookTimeout: 10_000 } }\n`)
  return folder
}

async function vitest(folder: string, args: readonly string[], patienceMs: number): Promise<Report> {
  const output = join(folder, 'report.json')
  rmSync(output, { force: true })
  const child = spawn(process.execPath, [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--reporter=json', `--outputFile=${output}`, ...args], { cwd: folder, stdio: 'ignore' })
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs)
  const signal = await new Promise((resolve) => child.once('exit', (_, by) => resolve(by)))
  clearTimeout(timer)
  try {
    return reportOf(JSON.parse(readFileSync(output, 'utf8')) as VitestJson)
  } catch {
    return { failed: [], passed: [], nothing: signal === 'SIGKILL' ? 'patience' : 'broken' }
  }
}

interface VitestJson {
  readonly testResults: readonly { readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[] }[]
}

function reportOf({ testResults }: VitestJson): Report {
  const results = testResults.flatMap(({ assertionResults }) => assertionResults)
  const named = (status: string): string[] => results.filter((result) => result.status === status).map(({ fullName }) => fullName)
  return { failed: named('failed'), passed: named('passed'), nothing: results.length > 0 ? null : 'broken' }
}

const literal = (name: string): string => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** Why the row does not hold; null where the test failed as it must. */
async function prove(folder: string, { file, find, replace, test, name }: Defence): Promise<string | null> {
  const path = join(folder, file)
  const source = readFileSync(path, 'utf8')
  const count = source.split(find).length - 1
  if (count !== 1) return `what is to be taken out stands ${count} times in ${file}`
  writeFileSync(path, source.replace(find, () => replace))
  try {
    const { failed, passed, nothing } = await vitest(folder, [test, '-t', literal(name)], PATIENCE_MS)
    if (nothing === 'broken') return 'without the defence the tests cannot be loaded'
    // without the defence it does not come to an end
    if (nothing === 'patience' || failed.length > 0) return null
    return passed.length > 0 ? 'the test passes without the defence' : 'no test of that name ran'
  } finally {
    writeFileSync(path, source)
  }
}

async function main(): Promise<void> {
  const folders = Array.from({ length: WORKERS }, copyOfTree)
  try {
    const whole = await vitest(folders[0] ?? '', [...new Set(ROWS.map(({ test }) => test))], 300_000)
    const broken = whole.nothing === null ? whole.failed : ['nothing ran']
    for (const name of broken) console.log(`failed with its defence in place: ${name}`)
    const missing = ROWS.filter(({ name }) => !whole.passed.some((full) => full.includes(name.replaceAll(' > ', ' '))))
    for (const { test, name } of missing) console.log(`no test passes that is named "${name}" in ${test}`)
    const failures = broken.length + missing.length + (broken.length > 0 ? 0 : await proveAll(folders))
    const total = ROWS.length
    console.log(`${Math.max(0, total - failures)} passed, ${failures} failed`)
    process.exitCode = failures > 0 ? 1 : 0
  } finally {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  }
}

async function proveAll(folders: readonly string[]): Promise<number> {
  const queue = [...ROWS]
  let failures = 0
  await Promise.all(folders.map(async (folder) => {
    for (let row = queue.shift(); row !== undefined; row = queue.shift()) {
      const why = await prove(folder, row)
      if (why !== null) failures++
      console.log(`${why === null ? 'ok  ' : 'FAIL'} ${row.threat.padEnd(3)} ${row.file}: ${row.name}${why === null ? '' : ` (${why})`}`)
    }
  }))
  return failures
}

await main()
