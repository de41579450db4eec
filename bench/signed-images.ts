import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildImage, type ImageOptions } from '../demo/images.ts'
import { encryptPrivateKey, generateKey, registry, sign, type Signer } from '../src/index.ts'
import { SIG_FLAGS } from '../test/interop/cosign-keys.ts'
import type { RunningRegistry } from '../test/interop/daemon.ts'
import { mustRun, run } from '../test/interop/process.ts'
import { pushBlob, pushManifest } from '../test/interop/push.ts'

/** A key pair in files, which cosign takes too, and surroundings without anybody's settings. */
export interface Bench {
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  readonly signer: Signer
  readonly privateKey: string
  readonly publicKey: string
  close(): Promise<void>
}

export async function openBench(registries: readonly RunningRegistry[]): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'sealdex-bench-'))
  const [privateKey, publicKey] = [join(folder, 'release.key'), join(folder, 'release.pub')]
  const key = await generateKey('ec-p256')
  await writeFile(privateKey, encryptPrivateKey(key.pkcs8, 'bench'), { mode: 0o600 })
  await writeFile(publicKey, key.publicPem)
  const env = { HOME: folder, XDG_CACHE_HOME: join(folder, 'cache'), COSIGN_PASSWORD: 'bench' }
  const close = async (): Promise<void> => {
    await Promise.all(registries.map((server) => server.close()))
    await rm(folder, { recursive: true, force: true })
  }
  return { folder, env, signer: key.signer, privateKey, publicKey, close }
}

/** Pushed under `repository:v1`. */
export async function pushNewImage(host: string, repository: string, options: ImageOptions = {}): Promise<void> {
  const { blobs, manifests, index } = await buildImage({ text: repository, ...options })
  for (const { digest, bytes } of blobs) await pushBlob(host, repository, digest, bytes)
  for (const manifest of manifests) await pushManifest(host, repository, manifest.digest, manifest)
  await pushManifest(host, repository, 'v1', index)
}

export async function signOurs(host: string, repository: string, { signer }: Bench, layout: 'flat' | 'detached'): Promise<void> {
  await sign(`${host}/${repository}:v1`, { source: registry(), signer, layout })
}

/** cosign's older form, by the same key. */
export async function signSig(cosign: string, host: string, repository: string, { privateKey, env }: Bench): Promise<void> {
  await mustRun(run(cosign, ['sign', '--key', privateKey, ...SIG_FLAGS, `${host}/${repository}:v1`], { env }))
}
