/** The app as it really runs: in workerd, Deno and Bun as a bundle, and on Node as `sealdex serve`. Each listens on loopback and goes with the test. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Miniflare } from 'miniflare'
import { build, type InlineConfig, type Rolldown } from 'vite'
import workerConfig from '../../vite.worker.config.ts'
import { openApiFile } from '../../worker/openapi.ts'

export type Variables = Readonly<Record<string, string>>

export interface Launched {
  /** `http://127.0.0.1:port`. */
  readonly url: string
  readonly pid: number | null
  stop(): Promise<void>
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const BIN = join(ROOT, 'node_modules/.bin')
const COMPATIBILITY_DATE = '2026-11-01'

let bundled: Promise<string> | null = null

/** worker/index.ts with all it imports as one ES module. */
function bundle(): Promise<string> {
  bundled ??= bundleOf(join(ROOT, 'worker/index.ts'))
  return bundled
}

type Modules = Readonly<Record<string, string>>

/** The Worker as it is uploaded: its modules by name. */
export async function uploadedWorker(): Promise<Modules> {
  const chunks = await chunksOf({ ...workerConfig, root: ROOT, configFile: false, build: { ...workerConfig.build, write: false } })
  return Object.fromEntries(chunks.map(({ fileName, code }) => [fileName, code])) as Modules
}

/** The Worker as it is uploaded and, in place of Cloudflare's static files, the description alone: nobody else here has a page. */
async function worker(): Promise<Modules> {
  const description = JSON.stringify(new TextDecoder().decode(openApiFile().bytes))
  return {
    'main.js': `import worker from './workerd.js'
const assets = { fetch: async (url) => (new URL(url).pathname === '/openapi.json' ? new Response(${description}) : new Response(null, { status: 404 })) }
let bindings = null; export default { fetch: (request, env) => worker.fetch(request, (bindings ??= { ...env, ASSETS: assets })) }
`,
    ...(await uploadedWorker()),
  }
}

async function chunksOf(config: InlineConfig): Promise<Rolldown.OutputChunk[]> {
  const result = await build({ ...config, logLevel: 'silent' })
  return (Array.isArray(result) ? result : [result]).flatMap((built) => ('output' in built ? built.output : [])).filter((part) => part.type === 'chunk')
}

export async function bundleOf(entry: string): Promise<string> {
  const [chunk, ...more] = await chunksOf({ configFile: false, build: { write: false, target: 'esnext', minify: false, lib: { entry, formats: ['es'], fileName: 'worker' }, rolldownOptions: { output: { codeSplitting: false } } } })
  if (chunk === undefined || more.length > 0) throw new Error(`${entry} does not bundle into one module`)
  return chunk.code
}

/** `code`: another module to run in place of the Worker. */
export async function startWorkerd(variables: Variables, code?: string): Promise<Launched> {
  const env = Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, { type: 'text' as const, value }]))
  const texts = code === undefined ? await worker() : { 'main.js': code }
  const modules = Object.fromEntries(Object.entries(texts).map(([name, contents]) => [name, { type: 'esm' as const, contents }]))
  const manifest = { mainModule: 'main.js', modulesRoot: '/', modules }
  const miniflare = new Miniflare({ host: '127.0.0.1', port: 0, handleStructuredLogs: () => {}, workers: [{ config: { name: 'sealdex', compatibilityDate: COMPATIBILITY_DATE, manifest, env } }] })
  const url = await miniflare.ready
  return { url: url.origin, pid: null, stop: () => miniflare.dispose() }
}

export function startServe(variables: Variables, args: readonly string[] = []): Promise<Launched> {
  return startProcess([process.execPath, join(ROOT, 'src/cli/main.ts'), 'serve', '--port', '0', ...args], variables)
}

export async function startDeno(variables: Variables): Promise<Launched> {
  return startFile('worker.mjs', await bundle(), (file) => [join(BIN, 'deno'), 'serve', '--no-config', '--no-remote', '--no-prompt', '--host', '127.0.0.1', '--port', '0', '--allow-net', '--allow-env', file], variables)
}

export async function startBun(variables: Variables): Promise<Launched> {
  const main = "import handler from './worker.mjs'\nconst server = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: (request, server) => handler.fetch(request, server) })\nconsole.error(`serves at ${server.url}`)\n"
  return startFile('worker.mjs', await bundle(), (file) => [join(BIN, 'bun'), join(file, '..', 'main.mjs')], variables, main)
}

async function startFile(name: string, code: string, command: (file: string) => readonly string[], variables: Variables, main = ''): Promise<Launched> {
  const folder = await mkdtemp(join(tmpdir(), 'sealdex-serve-'))
  await writeFile(join(folder, name), code)
  await writeFile(join(folder, 'main.mjs'), main)
  const started = await startProcess(command(join(folder, name)), variables)
  return { ...started, stop: async () => {
    await started.stop()
    await rm(folder, { recursive: true, force: true })
  } }
}

function startProcess([program = '', ...args]: readonly string[], variables: Variables): Promise<Launched> {
  const child: ChildProcess = spawn(program, args, { env: { PATH: process.env['PATH'] ?? '', HOME: tmpdir(), NO_COLOR: '1', ...variables }, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
  })
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await ended
  }
  return new Promise((resolve, reject) => {
    let seen = ''
    const look = (chunk: Buffer): void => {
      seen += chunk.toString()
      const url = /https?:\/\/(?:127\.0\.0\.1|localhost):[0-9]+/.exec(seen)?.[0]
      if (url !== undefined) resolve({ url, pid: child.pid ?? null, stop })
    }
    child.stdout?.on('data', look)
    child.stderr?.on('data', look)
    child.once('error', reject)
    void ended.then(() => reject(new Error(`${program} ended: ${seen}`)))
  })
}
