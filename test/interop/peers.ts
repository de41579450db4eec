/** The real programs that the interop scripts talk to: found or built, never skipped. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DOCKER_REGISTRY } from './docker-registry.ts'
import { mustRun, run } from './process.ts'

/** What peers.sh builds; the versions stand there and here. */
const BUILT = { crane: 'v0.22.1', oras: 'v1.3.6', regctl: 'v0.11.7', cosign: 'v3.1.3', distribution: 'v3.1.2', olareg: 'v0.1.2' } as const
/** A private Sigstore, of which the last two are ours: built only for the part that starts it. */
const SIGSTORE = { 'fulcio': 'v1.8.8', 'timestamp-server': 'v2.1.2', 'rekor-tiles': 'v2.3.0', 'rekor-server': 'v1.5.3', 'ctlog': 'v1', 'trillianmem': 'v1' } as const
/** Built only for the part that asks for it. */
export const NOTATION = 'v1.3.2'
/** Ours, with the library of podman and skopeo. */
const POLICY_CONTEXT = 'v1'
/** Debian's packages. */
const INSTALLED = { skopeo: '/usr/bin/skopeo', podman: '/usr/bin/podman', containerd: '/usr/bin/containerd', ctr: '/usr/bin/ctr' } as const

export type PeerName = keyof typeof BUILT | keyof typeof INSTALLED

/** Path of each program. */
export type Peers = Readonly<Record<PeerName, string>>

/** Throws, with what to do, if one is missing and cannot be built. */
export async function findPeers(): Promise<Peers> {
  const missing = [...Object.values(INSTALLED), DOCKER_REGISTRY].filter((path) => !existsSync(path))
  if (missing.length > 0) throw new Error(`Not installed: ${missing.join(', ')}. On Debian: apt-get install docker-registry skopeo podman containerd`)
  const { stdout } = await mustRun(run(join(import.meta.dirname, 'peers.sh'), Object.keys(BUILT), { timeoutMs: 1_800_000 }))
  const folder = stdout.trim()
  const built = Object.entries(BUILT).map(([name, version]) => [name, join(folder, `${name}-${version}`)] as const)
  return { ...INSTALLED, ...Object.fromEntries(built) } as Peers
}

/** Path of notation; throws if it is missing and cannot be built. */
export async function findNotation(): Promise<string> {
  const { stdout } = await mustRun(run(join(import.meta.dirname, 'peers.sh'), ['notation'], { timeoutMs: 1_800_000 }))
  return join(stdout.trim(), `notation-${NOTATION}`)
}

/** Path of what judges by podman's library; throws if it is missing and cannot be built. */
export async function findPolicyContext(): Promise<string> {
  const { stdout } = await mustRun(run(join(import.meta.dirname, 'peers.sh'), ['policy-context'], { timeoutMs: 1_800_000 }))
  return join(stdout.trim(), `policy-context-${POLICY_CONTEXT}`)
}

export type SigstorePeers = Readonly<Record<keyof typeof SIGSTORE, string>>

/** Throws if one is missing and cannot be built. */
export async function findSigstore(): Promise<SigstorePeers> {
  const { stdout } = await mustRun(run(join(import.meta.dirname, 'peers.sh'), Object.keys(SIGSTORE), { timeoutMs: 3_600_000 }))
  return Object.fromEntries(Object.entries(SIGSTORE).map(([name, version]) => [name, join(stdout.trim(), `${name}-${version}`)])) as SigstorePeers
}

/** Name and version of everything that took part, as the programs say it. */
export async function versionsOf(peers: Peers): Promise<readonly string[]> {
  const ask = async (program: string, ...args: string[]): Promise<string> => {
    const { stdout, stderr } = await run(program, args)
    return /\d+\.\d+\.\d+/.exec(`${stdout}${stderr}`)?.[0] ?? 'unknown'
  }
  const built = Object.entries(BUILT).map(([name, version]) => `${name} ${version.slice(1)}`)
  const [registry, skopeo, podman, ctr] = await Promise.all([ask(DOCKER_REGISTRY, '--version'), ask(peers.skopeo, '--version'), ask(peers.podman, '--version'), ask(peers.ctr, '--version')])
  return [`docker-registry ${registry}`, ...built.toReversed(), `skopeo ${skopeo}`, `podman ${podman}`, `containerd and ctr ${ctr}`, `Node ${process.versions.node}`]
}
