import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, type Rolldown, type UserConfig } from 'vite'
import cliConfig from '../vite.cli.config.ts'
import { pageConfig } from '../web/vite.config.ts'

// How large what is shipped is, gzipped, and what it is made of: the Worker as wrangler bundles it, what the page loads first, what the command loads at its start.
// A part's share of the gzipped bytes is its share of the bytes before: of the minified ones in the Worker, else of those that are then minified.
const ROOT = join(import.meta.dirname, '..')
const gzipped = (bytes: string | Uint8Array): number => gzipSync(bytes, { level: 9 }).length

function partOf(path: string): string {
  return /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? /(?:^|\/)(src\/(?:[^/]+(?=\/))?|worker|web|schema)/.exec(path)?.[1] ?? 'other'
}

function tell(what: string, code: readonly (string | Uint8Array)[], modules: readonly (readonly [path: string, bytes: number])[]): void {
  const total = code.reduce((sum, part) => sum + gzipped(part), 0)
  const parts = new Map<string, number>()
  for (const [path, bytes] of modules) parts.set(partOf(path), (parts.get(partOf(path)) ?? 0) + bytes)
  const all = [...parts.values()].reduce((a, b) => a + b, 0)
  console.log(`${what}: ${total} bytes gzipped, ${code.reduce((sum, part) => sum + Buffer.byteLength(part), 0)} as they are`)
  for (const [part, bytes] of [...parts].sort(([, a], [, b]) => b - a)) if (bytes > 0) console.log(`  ${String(Math.round((total * bytes) / all)).padStart(7)}  ${part}`)
}

function worker(): void {
  const folder = mkdtempSync(join(tmpdir(), 'sealdex-size-'))
  try {
    const metafile = join(folder, 'meta.json')
    const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'node_modules/wrangler/bin/wrangler.js'), 'deploy', '--dry-run', '--config', join(ROOT, 'test/worker/wrangler.toml'), '--outdir', folder, '--metafile', metafile], {
      encoding: 'utf8', env: { ...process.env, CLOUDFLARE_CF_FETCH_ENABLED: 'false', WRANGLER_SEND_METRICS: 'false', WRANGLER_HIDE_BANNER: 'true' },
    })
    if (status !== 0) throw new Error(stderr)
    const { outputs } = JSON.parse(readFileSync(metafile, 'utf8')) as { outputs: Record<string, { inputs: Record<string, { bytesInOutput: number }> }> }
    const modules = Object.values(outputs).flatMap(({ inputs }) => Object.entries(inputs).map(([path, { bytesInOutput }]) => [path, bytesInOutput] as const))
    tell('Worker', readdirSync(folder).filter((name) => name.endsWith('.js')).map((name) => readFileSync(join(folder, name))), modules)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The entry and what it imports at once, of what vite makes. */
async function firstLoad(what: string, config: UserConfig): Promise<void> {
  const built = await build({ ...config, configFile: false, logLevel: 'silent', build: { ...config.build, write: false } })
  const outputs = (Array.isArray(built) ? built : [built]).flatMap((one) => ('output' in one ? one.output : []))
  const chunks = new Map(outputs.flatMap((one): [string, Rolldown.OutputChunk][] => (one.type === 'chunk' ? [[one.fileName, one]] : [])))
  const loaded = new Set<Rolldown.OutputChunk>()
  const load = (chunk: Rolldown.OutputChunk | undefined): void => {
    if (chunk === undefined || loaded.has(chunk)) return
    loaded.add(chunk)
    for (const name of chunk.imports) load(chunks.get(name))
  }
  for (const chunk of chunks.values()) if (chunk.isEntry) load(chunk)
  tell(what, [...loaded].map(({ code }) => code), [...loaded].flatMap(({ modules }) => Object.entries(modules).map(([path, { renderedLength }]) => [path, renderedLength] as const)))
}

worker()
await firstLoad('page, JavaScript that is loaded first', pageConfig('../dist/web'))
await firstLoad('command, what each of its commands loads', cliConfig)
