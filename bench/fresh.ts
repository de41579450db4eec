import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { loadTrustedRoot, verifyBundle } from '../src/index.ts'
import { fromFolder, fromKit } from './bundle-samples.ts'
import { median, us } from './compare.ts'

// A process that verifies one bundle fifty times and ends, as functions at the edge and command lines do: the library as the package carries it, and @sigstore/verify.
// Nothing is compiled beforehand. node bench/fresh.ts [DIR]: with a bundle of a folder of sigstore-conformance instead of the kit's.

const ROOT = join(import.meta.dirname, '..')
const RUNS = 11
const TIMES = 50

/** Milliseconds. */
interface Measured {
  readonly loaded: number
  readonly first: number
  readonly all: number
}

/** A sample as text, which its own process makes bytes of. */
type Sent = Readonly<Record<'bundle' | 'artifact' | 'root', string>>

/** Runs in the process that is measured, from its text: it may use nothing from around it. */
async function measured(library: string, verifierOf: (library: never, root: string) => Promise<(bundle: Uint8Array, artifact: Uint8Array) => Promise<unknown>>, { bundle, artifact, root }: Sent, times: number): Promise<void> {
  const [bytes, signed] = [new TextEncoder().encode(bundle), new TextEncoder().encode(artifact)]
  const start = performance.now()
  const verify = await verifierOf(await import(library) as never, root)
  const loaded = performance.now() - start
  await verify(bytes, signed)
  const first = performance.now() - start - loaded
  for (let i = 1; i < times; i++) await verify(bytes, signed)
  console.log(JSON.stringify({ loaded, first, all: performance.now() - start }))
}

async function ours(library: { readonly loadTrustedRoot: typeof loadTrustedRoot; readonly verifyBundle: typeof verifyBundle }, root: string): Promise<(bundle: Uint8Array<ArrayBuffer>, artifact: Uint8Array<ArrayBuffer>) => Promise<unknown>> {
  const trust = await library.loadTrustedRoot(root)
  return (bundle, artifact) => library.verifyBundle(bundle, artifact, trust)
}

async function theirs({ Verifier, toSignedEntity, toTrustMaterial }: typeof import('@sigstore/verify'), root: string): Promise<(bundle: Uint8Array, artifact: Uint8Array) => Promise<unknown>> {
  const [{ bundleFromJSON }, { TrustedRoot }] = [await import('@sigstore/bundle'), await import('@sigstore/protobuf-specs')]
  const verifier = new Verifier(toTrustMaterial(TrustedRoot.fromJSON(JSON.parse(root))), { tlogThreshold: 1, ctlogThreshold: 1, timestampThreshold: 1 })
  return async (bundle, artifact) => verifier.verify(toSignedEntity(bundleFromJSON(JSON.parse(new TextDecoder().decode(bundle))), Buffer.from(artifact)))
}

function run(library: string, verifierOf: { toString(): string }, sample: Sent): Measured {
  const script = `await (${measured.toString()})(${JSON.stringify(library)}, ${verifierOf.toString()}, ${JSON.stringify(sample)}, ${TIMES})`
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { cwd: ROOT, encoding: 'utf8' })
  if (status !== 0) throw new Error(`a process ended with ${status}: ${stderr}`)
  return JSON.parse(stdout) as Measured
}

const home = mkdtempSync(join(tmpdir(), 'sealdex-bench-'))
try {
  symlinkSync(join(ROOT, 'node_modules'), join(home, 'node_modules'))
  const { status } = spawnSync(process.execPath, [join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', '--config', 'vite.library.config.ts', '--outDir', join(home, 'src'), '--logLevel', 'error'], { cwd: ROOT, stdio: 'inherit' })
  if (status !== 0) throw new Error('the library could not be built')
  const library = pathToFileURL(join(home, 'src', 'index.js')).href
  const folder = process.argv[2]
  const { bundle, artifact, root } = folder === undefined ? fromKit('message, Rekor v1, v0.3') : fromFolder(folder, 'happy-path-v0.3', 'trusted_root.public-good.json')
  const [bundleText = '', artifactText = ''] = [bundle, artifact].map((bytes) => new TextDecoder().decode(bytes))
  const sample: Sent = { bundle: bundleText, artifact: artifactText, root }
  const runs = Array.from({ length: RUNS }, () => [run(library, ours, sample), run('@sigstore/verify', theirs, sample)] as const)
  console.log(`one bundle ${TIMES} times in a new process, ${RUNS} processes each, in turns, medians`)
  for (const [title, of] of [['loaded, root read', 'loaded'], ['the first verification', 'first'], [`all ${TIMES}, with loading`, 'all']] as const) {
    const [a, b] = [median(runs.map(([own]) => own[of])), median(runs.map(([, peer]) => peer[of]))]
    console.log(`  ${title}: sealdex ${us(a)}, @sigstore/verify ${us(b)} (${(b / a).toFixed(1)} times as fast)`)
  }
} finally {
  rmSync(home, { recursive: true })
}
