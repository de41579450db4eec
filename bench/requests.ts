import { startDockerRegistry } from '../test/interop/docker-registry.ts'
import { startOlareg } from '../test/interop/olareg.ts'
import { findPeers } from '../test/interop/peers.ts'
import { run, sealdex, type Ran } from '../test/interop/process.ts'
import { counted } from './counted.ts'
import { startCountingProxy, type CountingProxy } from './counting-proxy.ts'
import { openBench, pushNewImage, signOurs, signSig, type Bench } from './signed-images.ts'

// Requests and round trips of whole commands, by tag, seen from a proxy before the registry: the same measure for sealdex and cosign. Neither registry asks for a token.
const peers = await findPeers()
const registries = await Promise.all([startDockerRegistry(), startOlareg(peers.olareg)])
const bench = await openBench(registries)
const TWELVE = ['386', 'amd64', 'arm', 'arm64', 'loong64', 'mips64le', 'mipsle', 'ppc64', 'ppc64le', 'riscv64', 's390x', 'wasm'].map((architecture) => ({ os: 'linux', architecture }))

try {
  for (const [name, { host }] of [['docker-registry (no referrers API)', registries[0]], ['olareg (referrers API)', registries[1]]] as const) {
    console.log(name)
    await seed(host, bench)
    const proxy = await startCountingProxy(host)
    try {
      await measure(proxy, bench)
    } finally {
      await proxy.close()
    }
  }
} finally {
  await bench.close()
}

async function seed(host: string, bench: Bench): Promise<void> {
  for (const layout of ['flat', 'detached'] as const) {
    await pushNewImage(host, layout)
    await signOurs(host, layout, bench, layout)
  }
  await pushNewImage(host, 'sig')
  await signSig(peers.cosign, host, 'sig', bench)
  await pushNewImage(host, 'unsigned', { platforms: TWELVE })
}

async function measure(proxy: CountingProxy, { publicKey, env }: Bench): Promise<void> {
  const ours = (repository: string, ...more: string[]): Promise<Ran> => sealdex(['verify', `${proxy.host}/${repository}:v1`, '--key', publicKey, ...more], { env })
  const cosigns = (repository: string, ...more: string[]): Promise<Ran> => run(peers.cosign, ['verify', '--key', publicKey, '--insecure-ignore-tlog=true', ...more, `${proxy.host}/${repository}:v1`], { env })
  await counted(proxy, 'flat: sealdex verify', 0, () => ours('flat'))
  await counted(proxy, 'detached: sealdex verify', 0, () => ours('detached'))
  await counted(proxy, '.sig: sealdex verify', 0, () => ours('sig'))
  await counted(proxy, '.sig: cosign verify --new-bundle-format=false', 0, () => cosigns('sig', '--new-bundle-format=false'))
  await counted(proxy, '.sig: cosign verify', 0, () => cosigns('sig'))
  await counted(proxy, '12 unsigned platforms, 40 requests at most: sealdex verify', 1, () => ours('unsigned', '--max-requests', '40'))
  await counted(proxy, '12 unsigned platforms, their manifests too, as by default: sealdex verify', 1, () => ours('unsigned'))
}
