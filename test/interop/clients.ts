/** How each real client pulls or copies an image, and how one sees what arrived. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { MatrixImage } from './image.ts'
import type { PeerName, Peers } from './peers.ts'
import { mustRun, run, type Ran } from './process.ts'

/** One run of one client. */
export interface Cell {
  readonly peers: Peers
  readonly env: Readonly<Record<string, string>>
  readonly host: string
  /** Full reference of the signed image. */
  readonly source: string
  /** Full reference, in another repository of the same registry. */
  readonly destination: string
  /** Empty, this run's own. */
  readonly folder: string
  /** podman's storage and containerd's socket, for all runs. */
  readonly podman: string
  readonly containerd: string
  readonly image: MatrixImage
}

export interface Client {
  readonly name: string
  readonly program: PeerName
  readonly args: (cell: Cell) => readonly string[]
  /** A copy to a registry or a layout, or a pull: then null, or what arrived instead of linux/amd64. */
  readonly arrives: 'registry' | 'layout' | ((cell: Cell, ran: Ran) => Promise<string | null>)
  /** Tried again so often where it fails, for the reason that stands beside it. */
  readonly attempts?: number
}

export const layoutFolder = ({ folder }: Cell): string => join(folder, 'layout')

const ORAS = ['--from-plain-http', '--to-plain-http'] as const
const AMD64 = ['--override-os', 'linux', '--override-arch', 'amd64'] as const
const regctl = (host: string): readonly string[] => ['--host', `reg=${host},tls=disabled`]

/** A namespace for each run: what another run unpacked is not seen. */
const ctr = ({ containerd, folder }: Cell): readonly string[] => ['--address', containerd, '--namespace', folder.split('/').at(-1) ?? 'default']

export const CLIENTS: readonly Client[] = [
  { name: 'crane pull', program: 'crane', args: (cell) => ['pull', cell.source, join(cell.folder, 'image.tar')], arrives: inTarball },
  { name: 'crane pull --format oci', program: 'crane', args: (cell) => ['pull', '--format', 'oci', cell.source, layoutFolder(cell)], arrives: 'layout' },
  { name: 'crane copy', program: 'crane', args: ({ source, destination }) => ['copy', source, destination], arrives: 'registry' },
  { name: 'oras copy', program: 'oras', args: ({ source, destination }) => ['copy', ...ORAS, source, destination], arrives: 'registry' },
  { name: 'oras copy -r', program: 'oras', args: ({ source, destination }) => ['copy', '-r', ...ORAS, source, destination], arrives: 'registry' },
  { name: 'regctl image copy', program: 'regctl', args: ({ host, source, destination }) => [...regctl(host), 'image', 'copy', source, destination], arrives: 'registry' },
  ...[['--referrers'], ['--digest-tags'], ['--referrers', '--digest-tags']].map((flags): Client => ({
    name: ['regctl image copy', ...flags].join(' '), program: 'regctl',
    args: ({ host, source, destination }) => [...regctl(host), 'image', 'copy', ...flags, source, destination], arrives: 'registry',
  })),
  { name: 'skopeo copy', program: 'skopeo', args: (cell) => ['copy', ...AMD64, '--src-tls-verify=false', `docker://${cell.source}`, `oci:${layoutFolder(cell)}:v1`], arrives: inLayout },
  { name: 'skopeo copy --all, to a layout', program: 'skopeo', args: (cell) => ['copy', '--all', '--src-tls-verify=false', `docker://${cell.source}`, `oci:${layoutFolder(cell)}:v1`], arrives: 'layout' },
  {
    name: 'skopeo copy --all, to a registry', program: 'skopeo',
    args: ({ source, destination }) => ['copy', '--all', '--src-tls-verify=false', '--dest-tls-verify=false', `docker://${source}`, `docker://${destination}`], arrives: 'registry',
  },
  {
    name: 'podman pull', program: 'podman',
    args: ({ podman, source }) => ['--root', join(podman, 'root'), '--runroot', join(podman, 'run'), '--storage-driver', 'vfs', '--events-backend', 'file', 'pull', '--quiet', '--platform', 'linux/amd64', '--tls-verify=false', source],
    arrives: async ({ image }, { stdout }) => unlike(`sha256:${stdout.trim()}`, image),
  },
  { name: 'ctr images pull', program: 'ctr', args: (cell) => [...ctr(cell), 'images', 'pull', '--plain-http', '--snapshotter', 'native', '--platform', 'linux/amd64', cell.source], arrives: (cell) => inContainerd(cell, 1) },
  { name: 'ctr images pull --all-platforms', program: 'ctr', args: (cell) => [...ctr(cell), 'images', 'pull', '--plain-http', '--snapshotter', 'native', '--all-platforms', cell.source], arrives: (cell) => inContainerd(cell, 2) },
  // it pushes an index beside its manifests, and on docker-registry one in thirty copies fails of it (design/compatibility.md 1); -f, since it reaches a manifest
  // that stands in the index and in the nested one twice at a time, and takes its own first write for a stranger's
  { name: 'cosign copy -f', program: 'cosign', args: ({ source, destination }) => ['copy', '-f', source, destination], arrives: 'registry', attempts: 4 },
]

async function inTarball({ folder, image }: Cell): Promise<string | null> {
  const { stdout } = await mustRun(run('tar', ['-xOf', join(folder, 'image.tar'), 'manifest.json']))
  const [entry] = JSON.parse(stdout) as readonly { readonly Config: string }[]
  return unlike(entry?.Config ?? 'nothing', image)
}

async function inLayout(cell: Cell): Promise<string | null> {
  const read = async (path: string): Promise<unknown> => JSON.parse(await readFile(join(layoutFolder(cell), path), 'utf8'))
  const { manifests } = (await read('index.json')) as { readonly manifests: readonly { readonly digest: string }[] }
  const { config } = (await read(`blobs/${manifests[0]?.digest.replace(':', '/') ?? ''}`)) as { readonly config?: { readonly digest: string } }
  return unlike(config?.digest ?? 'an index', cell.image)
}

async function inContainerd(cell: Cell, platforms: number): Promise<string | null> {
  const [content, snapshots] = await Promise.all([
    mustRun(run(cell.peers.ctr, [...ctr(cell), 'content', 'ls', '--quiet'])), mustRun(run(cell.peers.ctr, [...ctr(cell), 'snapshots', '--snapshotter', 'native', 'ls'])),
  ])
  const unpacked: readonly string[] = snapshots.stdout.match(/sha256:[0-9a-f]{64}/g) ?? []
  if (!content.stdout.includes(cell.image.amd64Config)) return 'the config of linux/amd64 did not arrive'
  if (!unpacked.includes(cell.image.amd64DiffId)) return 'the layer of linux/amd64 was not unpacked'
  return unpacked.length === platforms ? null : `${unpacked.length} platforms were unpacked, not ${platforms}`
}

function unlike(config: string, { amd64Config }: MatrixImage): string | null {
  return config === amd64Config ? null : `WRONG: what arrived has the config ${config}, that of linux/amd64 is ${amd64Config}`
}
