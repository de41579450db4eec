import { gzipSync } from 'node:zlib'
import { build, minifySync, type Rolldown, type UserConfig } from 'vite'
import cliConfig from '../vite.cli.config.ts'
import workerConfig from '../vite.worker.config.ts'
import { pageConfig } from '../web/vite.config.ts'

// How large what is shipped is, gzipped, and what it is made of: all that is uploaded of the Worker, what the page loads first, what the command loads at its start.
// A part's share of the gzipped bytes is its share of the minified ones.
type Chunk = Rolldown.OutputChunk

function partOf(path: string): string {
  return /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? /(?:^|\/)(src\/(?:[^/]+(?=\/))?|worker|web|schema)/.exec(path)?.[1] ?? 'other'
}

function tell(what: string, chunks: readonly Chunk[]): void {
  const total = chunks.reduce((sum, { code }) => sum + gzipSync(code, { level: 9 }).length, 0)
  const parts = new Map<string, number>()
  for (const [path, { code }] of chunks.flatMap(({ modules }) => Object.entries(modules))) {
    const minified = minifySync(path, code ?? '', { module: true, compress: false, mangle: true }).code
    parts.set(partOf(path), (parts.get(partOf(path)) ?? 0) + minified.length)
  }
  const all = [...parts.values()].reduce((a, b) => a + b, 0)
  console.log(`${what}: ${total} bytes gzipped, ${chunks.reduce((sum, { code }) => sum + Buffer.byteLength(code), 0)} as they are`)
  for (const [part, bytes] of [...parts].sort(([, a], [, b]) => b - a)) if (bytes > 0) console.log(`  ${String(Math.round((total * bytes) / all)).padStart(7)}  ${part}`)
}

async function chunksOf(config: UserConfig): Promise<readonly Chunk[]> {
  const built = await build({ ...config, configFile: false, logLevel: 'silent', build: { ...config.build, write: false } })
  return (Array.isArray(built) ? built : [built]).flatMap((one) => ('output' in one ? one.output : [])).filter((one) => one.type === 'chunk')
}

/** The entries and what they import at once. */
function loadedFirst(all: readonly Chunk[]): readonly Chunk[] {
  const chunks = new Map(all.map((chunk) => [chunk.fileName, chunk]))
  const loaded = new Set<Chunk>()
  const load = (chunk: Chunk | undefined): void => {
    if (chunk === undefined || loaded.has(chunk)) return
    loaded.add(chunk)
    for (const name of chunk.imports) load(chunks.get(name))
  }
  for (const chunk of all) if (chunk.isEntry) load(chunk)
  return [...loaded]
}

tell('Worker, all that is uploaded', await chunksOf(workerConfig))
tell('page, JavaScript that is loaded first', loadedFirst(await chunksOf(pageConfig('../dist/web'))))
tell('command, what each of its commands loads', loadedFirst(await chunksOf(cliConfig)))
