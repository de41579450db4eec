import type { Digest } from '../crypto/digest.ts'
import type { Descriptor } from '../oci/descriptor.ts'
import { isIndexType, isManifestType } from '../oci/media-types.ts'
import { isUnknownPlatform, matchesPlatform, normalPlatform, type Platform } from '../oci/platform.ts'
import { statedPlatforms, UNSTATED_PLATFORM, type Graph, type GraphNode } from './graph.ts'

/** A kind of runtime, and which entry of an index it takes for a platform (R7). */
export interface Runtime {
  readonly name: string
  /** The digest it ends at, or null where it takes nothing. Depends on the graph alone, never on who signed what. */
  readonly pick: (graph: Graph, platform: Platform) => Digest | null
}

/** What would really run: each kind of client in one table, each row below where it was read. */
export const RUNTIMES: readonly Runtime[] = [
  // moby/moby distribution/pull_v2_unix.go, filterManifests: the top level only, entries that fit or say no platform, stable sort by fit with the latter last
  { name: 'docker', pick: (graph, platform) => bestOf(topLevel(graph).filter(isManifestEntry).map(inNormalSpelling), normalPlatform(platform)) },
  // containers/image internal/manifest/oci_index.go, chooseInstance: the top level only, best fit, then zstd before gzip, then position; entries without platform last, nested indexes among them
  { name: 'containers/image', pick: (graph, platform) => unlessNested(graph, bestOf(zstdFirst(topLevel(graph)), platform)) },
  // containers/image before 5.30, internal/manifest/oci_index.go, and what older clients do: the first entry of the top level that fits
  { name: 'first-match', pick: (graph, platform) => unlessNested(graph, bestOf(topLevel(graph), platform)) },
  // google/go-containerregistry pkg/v1/remote/index.go, childByPlatform: the first entry that fits, without platform is linux/amd64; a nested index that is taken is entered (crane, cosign, ko, kaniko)
  { name: 'ggcr', pick: (graph, platform) => pickGgcr(graph, graph.root, platform) },
  // containerd/containerd core/images/image.go, Manifest: every level, entries that fit or say no platform, stable sort by fit with the latter last
  { name: 'containerd', pick: (graph, platform) => bestOf(allLevels(graph, graph.root, new Set()).filter(isManifestEntry).map(inNormalSpelling), normalPlatform(platform)) },
]

/** Everything that some kind of runtime would take for a platform of these leaves. */
export function possiblePicks(graph: Graph, leaves: readonly GraphNode[]): readonly Digest[] {
  const picks = [...statedPlatforms(leaves).values()].flatMap((platform) => RUNTIMES.map((runtime) => runtime.pick(graph, platform)))
  return [...new Set(picks)].filter((pick) => pick !== null)
}

function topLevel(graph: Graph): readonly Descriptor[] {
  return graph.root.document?.kind === 'index' ? graph.root.document.manifests : []
}

/** These clients stop with an error at a nested index that they took ("Unexpectedly received a manifest list"): nothing runs. */
function unlessNested(graph: Graph, picked: Digest | null): Digest | null {
  return picked === null || graph.nodes.get(picked)?.role === 'nested' ? null : picked
}

function isManifestEntry(descriptor: Descriptor): boolean {
  return isManifestType(descriptor.mediaType)
}

function inNormalSpelling(descriptor: Descriptor): Descriptor {
  return descriptor.platform === null ? descriptor : { ...descriptor, platform: normalPlatform(descriptor.platform) }
}

/** Entries of the index and, in place of a nested one, of that. An index is entered once, so that repeats cost nothing. */
function allLevels(graph: Graph, node: GraphNode, entered: Set<Digest>): Descriptor[] {
  if (node.document?.kind !== 'index' || entered.has(node.digest)) return []
  entered.add(node.digest)
  return node.document.manifests.flatMap((descriptor) => {
    const child = graph.nodes.get(descriptor.digest)
    return isIndexType(descriptor.mediaType) && child !== undefined ? allLevels(graph, child, entered) : [descriptor]
  })
}

/** The entry that fits best: the same variant, then the nearest that the platform can run, then one without platform. */
function bestOf(entries: readonly Descriptor[], platform: Platform): Digest | null {
  let best: Descriptor | null = null
  let bestRank = Infinity
  for (const entry of entries) {
    const rank = entry.platform === null ? Number.MAX_SAFE_INTEGER : fit(entry.platform, platform)
    if (rank < bestRank) [best, bestRank] = [entry, rank]
  }
  return best?.digest ?? null
}

const ARM_VARIANTS = ['v8', 'v7', 'v6', 'v5']

/** How well an entry fits a host of the platform: 0 is exact, more is a fall-back, Infinity does not run. */
function fit(offered: Platform, host: Platform): number {
  if (isUnknownPlatform(offered) || offered.os !== host.os) return Infinity
  if (offered.architecture === host.architecture) {
    const [wanted, given] = [variantRank(host), variantRank(offered)]
    return wanted === given ? 0 : given > wanted ? given - wanted : Infinity
  }
  // containerd's platforms.Only: an amd64 host takes 386, an arm64 host takes 32-bit arm, when nothing better is there
  if (host.architecture === 'amd64' && offered.architecture === '386') return 100
  if (host.architecture === 'arm64' && offered.architecture === 'arm') return 100 + variantRank(offered)
  return Infinity
}

/** Lower runs more: what a host of rank n takes is n and above. */
function variantRank(platform: Platform): number {
  if (platform.architecture === 'arm') return Math.max(0, ARM_VARIANTS.indexOf(platform.variant ?? 'v7'))
  if (platform.architecture === 'amd64') return 4 - Number(/^v([1-4])$/.exec(platform.variant ?? 'v1')?.[1] ?? 1)
  return 0
}

/** Since 5.30 an instance marked as zstd goes before others of the same fit. */
function zstdFirst(entries: readonly Descriptor[]): readonly Descriptor[] {
  const isZstd = (entry: Descriptor): boolean => entry.annotations.get('io.github.containers.compression.zstd') === 'true'
  return [...entries.filter(isZstd), ...entries.filter((entry) => !isZstd(entry))]
}

function pickGgcr(graph: Graph, node: GraphNode, platform: Platform): Digest | null {
  if (node.document?.kind !== 'index') return node.digest
  const taken = node.document.manifests.find((entry) => matchesPlatform(entry.platform ?? UNSTATED_PLATFORM, platform))
  if (taken === undefined) return null
  const child = graph.nodes.get(taken.digest)
  return child === undefined || !isIndexType(taken.mediaType) ? taken.digest : pickGgcr(graph, child, platform)
}
