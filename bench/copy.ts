import { randomFillSync } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { descriptorOf, objectOf, type ImageObject } from '../demo/images.ts'
import { digestOf } from '../demo/registry/grammar.ts'
import { registry, verify, policyFromKeys } from '../src/index.ts'
import { startDockerRegistry } from '../test/interop/docker-registry.ts'
import { startOlareg } from '../test/interop/olareg.ts'
import { buildPackage } from '../test/interop/package.ts'
import { findPeers } from '../test/interop/peers.ts'
import { pushBlob, pushManifest } from '../test/interop/push.ts'
import { timedChild, type Run } from './child.ts'
import { median } from './compare.ts'
import { roundTrips, startCountingProxy } from './counting-proxy.ts'
import { openBench } from './signed-images.ts'

// An image of 8 platforms with 40 referrers, registry to registry on loopback, by whole processes in turns: time and peak memory with large layers, requests with small ones.
const PLATFORMS = ['386', 'amd64', 'arm', 'arm64', 'ppc64le', 'riscv64', 's390x', 'mips64le'] as const
const LAYER_BYTES = 50_000_000
const RUNS = 5
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const INDEX = 'application/vnd.oci.image.index.v1+json'
const REPOSITORY = 'bench/app'

interface Command {
  readonly name: string
  readonly program: string
  readonly args: (from: string, to: string) => readonly string[]
}

const peers = await findPeers()
const [docker, target, olareg] = await Promise.all([startDockerRegistry(), startDockerRegistry(), startOlareg(peers.olareg)])
const bench = await openBench([docker, target, olareg])
const plain = (reference: string): readonly string[] => ['--host', `reg=${reference.split('/')[0] ?? ''},tls=disabled`]
const built = await buildPackage(bench.folder)
console.log(built === null ? 'the package is not built: the checkout is measured' : 'the package, built anew')
const OURS: Command = { name: 'sealdex copy', program: process.execPath, args: (from, to) => [built ?? join(import.meta.dirname, '..', 'bin', 'sealdex.js'), 'copy', from, to] }
const PEERS: readonly Command[] = [
  { name: 'regctl image copy --referrers --digest-tags', program: peers.regctl, args: (from, to) => [...plain(from), ...plain(to), 'image', 'copy', '--referrers', '--digest-tags', from, to] },
  { name: 'cosign copy', program: peers.cosign, args: (from, to) => ['copy', '--force', from, to] },
]

try {
  for (const [title, host, keepsLists] of [['docker-registry (digest tags) to docker-registry', docker.host, false], ['olareg (referrers API) to docker-registry', olareg.host, true]] as const) {
    console.log(title)
    await push(host, REPOSITORY, LAYER_BYTES, keepsLists)
    await compareRuns(`${host}/${REPOSITORY}:v1`, title)
    await push(host, `${REPOSITORY}-small`, 1_500_000, keepsLists)
    await countRequests(host, `${REPOSITORY}-small`)
  }
  console.log('peak memory by the size of layers (constant: nothing of a layer is held)')
  for (const size of [5_000_000, 50_000_000, 200_000_000]) {
    await push(docker.host, `bench/size-${size}`, size, false)
    for (const command of [OURS, ...PEERS]) {
      const { peak, wall, cpu } = await timed(command, `${docker.host}/bench/size-${size}:v1`, `${target.host}/size-${size}/${command.name.split(' ')[0] ?? ''}:v1`)
      console.log(`  8 layers of ${size / 1e6} MB: ${command.name} ${peak.toFixed(0)} MiB, ${wall.toFixed(0)} ms, of a processor ${cpu.toFixed(0)} ms`)
    }
  }
} finally {
  await bench.close()
  await rm(bench.folder, { recursive: true, force: true })
}

async function compareRuns(from: string, title: string): Promise<void> {
  const runs = new Map([OURS, ...PEERS].map((command) => [command, [] as Run[]]))
  for (let i = 0; i < RUNS; i++) {
    for (const [command, all] of runs) all.push(await timed(command, from, `${target.host}/${title.slice(0, 3)}${i}/${command.name.split(' ')[0] ?? ''}:v1`))
  }
  const middle = (command: Command, of: keyof Run): number => median((runs.get(command) ?? []).map((run) => run[of]))
  for (const command of runs.keys()) console.log(`  ${command.name}: median ${middle(command, 'wall').toFixed(0)} ms, of a processor ${middle(command, 'cpu').toFixed(0)} ms, peak ${middle(command, 'peak').toFixed(0)} MiB`)
  const ratio = (peer: Command, of: keyof Run): string => (middle(OURS, of) / middle(peer, of)).toFixed(2)
  for (const peer of PEERS) console.log(`  ratio sealdex / ${peer.name}: time ${ratio(peer, 'wall')}, of a processor ${ratio(peer, 'cpu')}, memory ${ratio(peer, 'peak')}`)
  await whatArrived(title)
}

/** How much of the 40 referrers each tool brought along, by what is listed for the index and its platforms. */
async function whatArrived(title: string): Promise<void> {
  const policy = await policyFromKeys([await readFile(bench.publicKey, 'utf8')])
  for (const { name } of [OURS, ...PEERS]) {
    const reference = `${target.host}/${title.slice(0, 3)}0/${name.split(' ')[0] ?? ''}:v1`
    const { attachments } = await verify(reference, { source: registry(), policy, all: true, timeoutMs: 60_000 })
    console.log(`  ${name}: ${new Set(attachments.map(({ digest }) => digest)).size} of 40 referrers are found at the destination`)
  }
}

async function countRequests(host: string, repository: string): Promise<void> {
  const [source, sink] = [await startCountingProxy(host), await startCountingProxy(target.host)]
  try {
    for (const command of [OURS, ...PEERS]) {
      const to = `${sink.host}/${host.split(':')[1] ?? ''}/${command.name.split(' ')[0] ?? ''}-small:v1`
      await timed(command, `${source.host}/${repository}:v1`, to)
      const [read, written] = [source.take(), sink.take()]
      const all = [...read, ...written].toSorted((a, b) => a.start - b.start)
      console.log(`  ${command.name}: ${all.length} requests (${read.length} to the source, ${written.length} to the destination) in ${roundTrips(all)} round trips`)
    }
  } finally {
    await Promise.all([source.close(), sink.close()])
  }
}

function timed({ name, program, args }: Command, from: string, to: string): Promise<Run> {
  return timedChild(name, program, args(from, to), bench)
}

/** Random layers, so that nothing is stored twice; 8 referrers of the index, 4 of each platform. */
async function push(host: string, repository: string, layerBytes: number, keepsLists: boolean): Promise<void> {
  const blob = async (bytes: Uint8Array<ArrayBuffer>, mediaType: string): Promise<ImageObject> => {
    const object = { mediaType, bytes, digest: await digestOf(bytes) }
    await pushBlob(host, repository, object.digest, bytes)
    return object
  }
  const manifest = async (document: object, mediaType = MANIFEST): Promise<ImageObject> => {
    const object = await objectOf(mediaType, { schemaVersion: 2, mediaType, ...document })
    await pushManifest(host, repository, object.digest, object)
    return object
  }
  const json = (value: unknown): Uint8Array<ArrayBuffer> => new TextEncoder().encode(JSON.stringify(value))
  const empty = await blob(json({}), 'application/vnd.oci.empty.v1+json')
  const images = []
  for (const architecture of PLATFORMS) {
    const layer = await blob(randomFillSync(new Uint8Array(layerBytes)), 'application/vnd.oci.image.layer.v1.tar')
    const config = await blob(json({ architecture, os: 'linux', rootfs: { type: 'layers', diff_ids: [layer.digest] } }), 'application/vnd.oci.image.config.v1+json')
    images.push({ ...descriptorOf(await manifest({ config: descriptorOf(config), layers: [descriptorOf(layer)] })), platform: { os: 'linux', architecture } })
  }
  const index = await manifest({ manifests: images }, INDEX)
  await pushManifest(host, repository, 'v1', index)
  for (const [subject, count] of [[descriptorOf(index), 8], ...images.map(({ mediaType, digest, size }) => [{ mediaType, digest, size }, 4] as const)] as const) {
    const listed = []
    for (let i = 0; i < count; i++) {
      const file = await blob(json({ spdx: i, subject: subject.digest }), 'application/spdx+json')
      const artifact = await manifest({ artifactType: 'application/spdx+json', config: descriptorOf(empty), layers: [descriptorOf(file)], subject })
      listed.push({ ...descriptorOf(artifact), artifactType: 'application/spdx+json' })
    }
    if (keepsLists) continue
    const list = await objectOf(INDEX, { schemaVersion: 2, mediaType: INDEX, manifests: listed })
    await pushManifest(host, repository, subject.digest.replace(':', '-'), list)
  }
}
