/**
 * No lost update on a real registry (W4): `node test/interop/lost-updates.ts [ROUNDS]`. Sixteen processes with sixteen keys sign one image at the same
 * moment on docker-registry 2.8.2, in `detached` and in `flat`; then the image is verified with each of the sixteen keys alone. Exits 1 if one is lost.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildImage, type BuiltImage } from '../../demo/images.ts'
import { parseDigest } from '../../src/crypto/digest.ts'
import { generateKey } from '../../src/crypto/private-key.ts'
import { parseReference, type Repository } from '../../src/oci/reference.ts'
import { policyFromKeys } from '../../src/policy/from-options.ts'
import { Guard } from '../../src/source/guarded.ts'
import { registry } from '../../src/source/registry.ts'
import type { WriteResult } from '../../src/source/write-result.ts'
import { verify } from '../../src/verify/verify.ts'
import { startDockerRegistry } from './docker-registry.ts'

const WRITERS = 16
const ROUNDS = Number(process.argv[2] ?? 6)
const LAYOUTS = ['detached', 'flat'] as const
const source = registry()

interface Key {
  readonly publicPem: string
  readonly file: string
}

interface Outcome {
  readonly layout: string
  readonly round: number
  readonly signed: number
  /** Keys by each of which alone the verifier allows the image. */
  readonly found: number
  readonly seconds: number
  readonly errors: readonly string[]
}

async function makeKeys(folder: string): Promise<readonly Key[]> {
  return Promise.all(Array.from({ length: WRITERS }, async (_, i) => {
    const key = await generateKey(i % 2 === 0 ? 'ec-p256' : 'ed25519')
    const file = join(folder, `${i}.pem`)
    await writeFile(file, key.pkcs8Pem(), { mode: 0o600 })
    return { publicPem: key.publicPem, file }
  }))
}

async function push(repository: Repository, tag: string, image: BuiltImage): Promise<void> {
  const guard = new Guard({ timeoutMs: 30_000 })
  const done = (result: WriteResult): void => {
    if (result.state !== 'written') throw new Error(result.message)
  }
  for (const { bytes } of image.blobs) done(await source.putBlob(repository, bytes, guard))
  for (const { bytes, digest, mediaType } of image.manifests) done(await source.putManifest(repository, { digest: parseDigest(digest) }, bytes, mediaType, guard))
  done(await source.putManifest(repository, { tag }, image.index.bytes, image.index.mediaType, guard))
}

interface Writer {
  readonly ready: Promise<void>
  readonly child: ChildProcess
  /** Null, or what went wrong. */
  readonly ended: Promise<string | null>
}

function startWriter(reference: string, layout: string, { file }: Key): Writer {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'sign-once.ts'), reference, layout, file], { stdio: ['pipe', 'pipe', 'pipe'] })
  let [output, errors] = ['', '']
  child.stderr.on('data', (chunk) => (errors += String(chunk)))
  const ended = new Promise<string | null>((resolve) => child.once('close', (code) => resolve(code === 0 && output.includes('"version":1') ? null : `exit ${code}: ${errors.slice(0, 400)}`)))
  const ready = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk) => {
      output += String(chunk)
      if (output.startsWith('ready\n')) resolve()
    })
    void ended.then(() => resolve())
  })
  return { ready, child, ended }
}

/** Whether the verifier allows the image by this key alone. */
async function isAllowed(reference: string, { publicPem }: Key): Promise<boolean> {
  const { outcome } = await verify(reference, { source, policy: policyFromKeys([publicPem]), timeoutMs: 60_000 })
  return outcome === 'allow'
}

async function round(host: string, layout: (typeof LAYOUTS)[number], number: number, keys: readonly Key[]): Promise<Outcome> {
  const { repository } = parseReference(`${host}/demo/${layout}`)
  const tag = `round-${number}`
  const image = await buildImage({ text: `${layout} ${number}` })
  await push(repository, tag, image)
  const writers = keys.map((key) => startWriter(`${repository.name}:${tag}`, layout, key))
  await Promise.all(writers.map(({ ready }) => ready))
  const began = performance.now()
  for (const { child } of writers) child.stdin?.write('go\n')
  const ends = await Promise.all(writers.map(({ ended }) => ended))
  const seconds = (performance.now() - began) / 1000
  const found = await Promise.all(keys.map((key) => isAllowed(`${repository.name}:${tag}`, key)))
  return { layout, round: number, signed: ends.filter((end) => end === null).length, found: found.filter(Boolean).length, seconds, errors: ends.filter((end) => end !== null) }
}

/** Prints a line per round; answers whether anything was lost. */
async function allRounds(host: string, keys: readonly Key[]): Promise<boolean> {
  let lost = false
  for (const layout of LAYOUTS) {
    for (let number = 1; number <= ROUNDS; number++) {
      const { signed, found, seconds, errors } = await round(host, layout, number, keys)
      console.log(`${layout} round ${number}: ${found} of ${WRITERS} keys verify, ${signed} of ${WRITERS} processes say they signed, ${seconds.toFixed(1)} s`)
      for (const error of errors) console.log(`  ${error}`)
      if (found < WRITERS || signed < WRITERS) lost = true
    }
  }
  return lost
}

const server = await startDockerRegistry()
const folder = await mkdtemp(join(tmpdir(), 'sealdex-lost-updates-'))
try {
  const lost = await allRounds(server.host, await makeKeys(folder))
  console.log(lost ? 'Updates were lost.' : `No update was lost in ${ROUNDS} rounds of each layout.`)
  process.exitCode = lost ? 1 : 0
} finally {
  await server.close()
  await rm(folder, { recursive: true, force: true })
}
