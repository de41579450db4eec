/**
 * Runs OCI's own conformance suite against the demo's registry: `node test/interop/conformance.ts`. Prints the totals and what did not
 * pass; exits 1 on any failure. The suite is built by test/interop/peers.sh. Twice: as distribution-spec 1.1, and as its development state
 * (digest headers required, uploads cancelled, tag parameters).
 */
import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { serveRegistry } from '../../demo/registry/serve.ts'

const SUITE = 'conformance-v0.0.0-20260831232431-97274622c111'

async function suitePath(): Promise<string> {
  const { stdout } = await promisify(execFile)(join(import.meta.dirname, 'peers.sh'), ['conformance'])
  return join(stdout.trim(), SUITE)
}

interface Outcome {
  readonly code: number
  readonly output: string
}

async function runSuite(version: string): Promise<Outcome> {
  const registry = await serveRegistry()
  const results = await mkdtemp(join(tmpdir(), 'sealdex-conformance-'))
  try {
    const env = { ...process.env, OCI_REGISTRY: registry.host, OCI_TLS: 'disabled', OCI_RESULTS_DIR: results, OCI_LOG: 'error', OCI_VERSION: version }
    const suite = spawn(await suitePath(), [], { env, cwd: results, stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    for await (const chunk of suite.stdout) output += String(chunk)
    const code = suite.exitCode ?? (await new Promise<number>((resolve) => suite.once('exit', (status) => resolve(status ?? 1))))
    return { code, output }
  } finally {
    await registry.close()
    await rm(results, { recursive: true })
  }
}

/** The suite's own totals, and each line of its tree that tells of something other than a pass. */
function summary(output: string): string {
  const [tree = ''] = output.split('\nConfiguration:')
  const troubles = tree.split('\n').filter((line) => /: (?:FAIL|Error|Skip)$|^\s+- /.test(line))
  const totals = /OCI Conformance Result:[\s\S]*?Total\.*:\s*\d+/.exec(output)?.[0] ?? output
  return [...troubles, totals].join('\n')
}

function total(output: string, word: string): number {
  return Number(new RegExp(`${word}\\.+:\\s*(\\d+)`).exec(output)?.[1] ?? 0)
}

let [passed, failed] = [0, 0]
for (const version of ['1.1', 'dev']) {
  const { code, output } = await runSuite(version)
  console.log(`distribution-spec ${version}\n${summary(output)}\n`)
  passed += total(output, 'Pass')
  failed += Math.max(total(output, 'FAIL') + total(output, 'Error'), code === 0 ? 0 : 1)
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
