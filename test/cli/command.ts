import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { loadLayout } from '../../demo/registry/layout.ts'
import { serveRegistry, type ServedRegistry } from '../../demo/registry/serve.ts'
import { run } from '../../src/cli/run.ts'
import { styleFor, type Terminal } from '../../src/cli/terminal.ts'
import { FIXTURES, layoutOf, readCase } from '../fixtures.ts'

export interface Ran {
  readonly status: number
  readonly out: string
  readonly err: string
}

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts')
/** Another build of the command that these tests are to run (`test:runtimes` gives the executable). Default: the sources. */
const PROGRAM = process.env['SEALDEX_PROGRAM']

/** A folder that goes with the test. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'sealdex-cli-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** Runs a command line in this process, with no terminal and nothing in the environment. */
export async function command(args: readonly string[], env: Terminal['env'] = {}): Promise<Ran> {
  if (PROGRAM !== undefined) return sealdex(args, { env: withoutUndefined(env) })
  let [out, err] = ['', '']
  const terminal: Terminal = {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    style: styleFor({}, {}, false),
    columns: 80,
    interactive: false,
    env,
  }
  const status = await run(args, terminal)
  return { status, out, err }
}

/** Runs the real command as a process of its own, with the environment given and no other but PATH. */
export function sealdex(args: readonly string[], options: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string; readonly input?: string; readonly program?: readonly string[]; readonly onStart?: (child: ReturnType<typeof spawn>) => void } = {}): Promise<Ran> {
  const [program = process.execPath, ...before] = options.program ?? (PROGRAM === undefined ? [process.execPath, MAIN] : [PROGRAM])
  const child = spawn(program, [...before, ...args], { env: { PATH: process.env['PATH'] ?? '', ...options.env }, cwd: options.cwd, stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.input ?? '')
  options.onStart?.(child)
  let [out, err] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status) => resolve({ status: status ?? -1, out, err }))
  })
}

function withoutUndefined(env: Terminal['env']): Record<string, string> {
  return Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}

/** Options that read a case of test/fixtures out of its layout, by its first key. */
export function fromCase(name: string, key?: string): string[] {
  const { reference, keys = [] } = readCase(name)
  const file = key ?? keys[0]
  return [reference, '--source', `layout:${join(FIXTURES, name, 'layout')}`, ...(file === undefined ? [] : ['--key', keyFile(name, file)])]
}

export function keyFile(name: string, file: string): string {
  return join(FIXTURES, name, file)
}

/** The case on an embedded registry that goes with the test; the reference is `host/demo/app:tag` of the case. */
export async function servedCase(name: string, options: Parameters<typeof serveRegistry>[0] = {}): Promise<{ readonly registry: ServedRegistry; readonly reference: string }> {
  const registry = await serveRegistry(options)
  // a test may have closed it
  onTestFinished(() => registry.close().catch(() => {}))
  await loadLayout(registry.store, 'demo/app', layoutOf(name))
  return { registry, reference: `${registry.host}/demo/app:${readCase(name).reference.split(':').at(-1) ?? ''}` }
}
