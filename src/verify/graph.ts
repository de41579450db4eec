import type { Code } from '../base/codes.ts'
import { SealdexError } from '../base/errors.ts'
import { parseJson } from '../base/json.ts'
import * as LIMITS from '../base/limits.ts'
import type { Digest } from '../crypto/digest.ts'
import type { Descriptor } from '../oci/descriptor.ts'
import type { Document, ImageIndex } from '../oci/document.ts'
import { isImageConfigType, isIndexType, isManifestType } from '../oci/media-types.ts'
import { isUnknownPlatform, matchesPlatform, parsePlatform, platformName, type Platform } from '../oci/platform.ts'
import type { Loaded, LoadedDocument, Objects } from './objects.ts'

export type Role = 'index' | 'nested' | 'image' | 'artifact'

/** One place in an index that lists a node. */
export interface Entry {
  readonly parent: Digest
  readonly position: number
  readonly descriptor: Descriptor
}

/** An object in the graph of the reference, with every entry that lists it: repeated descriptors are one node (R3). */
export interface GraphNode {
  readonly digest: Digest
  readonly mediaType: string
  readonly size: number
  /** What it is by the entry that makes most of it: what one entry calls an artifact runs where another gives it a platform. */
  role: Role
  readonly entries: Entry[]
  /** Read for indexes, for entries without a platform, and for what the reference names. */
  document: Document | null
}

export interface Problem {
  readonly code: Code
  readonly message: string
  readonly subject: Digest
}

/** The graph of a reference: its root, and everything its indexes list, in index order. */
export interface Graph {
  readonly root: GraphNode
  /** The platform in the root's own config, where the reference names an image and a platform was asked for. */
  readonly rootPlatform: Platform | null
  /** Leaves for which a registry answered with other bytes, as far as they were asked for ({@link withWrongLeaves}). */
  readonly wrongLeaves: ReadonlySet<Digest>
  readonly nodes: ReadonlyMap<Digest, GraphNode>
  /** Wrong in itself: no byte that was not read could mend it (R9, 1). */
  readonly problems: readonly Problem[]
  /** What could not be read, limits included. */
  readonly failures: readonly Problem[]
}

/** Manifests that a runtime could run; the root where the reference names no index (R: *leaf*). */
export function leavesOf(graph: Graph): GraphNode[] {
  return [...graph.nodes.values()].filter((node) => node.role === 'image' || (node === graph.root && node.role !== 'index'))
}

export const UNSTATED_PLATFORM: Platform = { os: 'linux', architecture: 'amd64', variant: null, osVersion: null }

/** The platforms that entries give a leaf; an image without any is linux/amd64 to those who take it at all. */
export function platformsOf(node: GraphNode): Platform[] {
  const stated = node.entries.flatMap((entry) => entry.descriptor.platform ?? [])
  return stated.length === 0 ? [UNSTATED_PLATFORM] : stated
}

/** The distinct platforms of leaves, by name. */
export function statedPlatforms(leaves: readonly GraphNode[]): ReadonlyMap<string, Platform> {
  return new Map(leaves.flatMap(platformsOf).map((platform) => [platformName(platform), platform]))
}

/** The leaves that are judged: all, or those that match the platform asked for (R6). An image without a platform counts as linux/amd64. */
export function judgedLeaves(graph: Graph, platform: Platform | null): GraphNode[] {
  const leaves = leavesOf(graph)
  if (platform === null) return leaves
  return leaves.filter((leaf) => {
    if (leaf === graph.root) return graph.rootPlatform !== null && matchesPlatform(graph.rootPlatform, platform)
    return platformsOf(leaf).some((offered) => matchesPlatform(offered, platform))
  })
}

/** Every index from which the node is reached, the root included. */
export function ancestorsOf(graph: Graph, node: GraphNode): ReadonlySet<Digest> {
  const found = new Set<Digest>()
  const queue = node.entries.map((entry) => entry.parent)
  for (let parent = queue.pop(); parent !== undefined; parent = queue.pop()) {
    if (found.has(parent)) continue
    found.add(parent)
    for (const entry of graph.nodes.get(parent)?.entries ?? []) queue.push(entry.parent)
  }
  return found
}

export interface WalkOptions {
  /** A platform was asked for: a single image's own is read from its config. */
  readonly platformAsked?: boolean
}

/** Walks the graph below what the reference names (R1, R7, R11): nested indexes and entries without a platform are read, leaves with one are not. */
export async function walkGraph(root: LoadedDocument, objects: Objects, { platformAsked = false }: WalkOptions = {}): Promise<Graph> {
  const walk = new Walk(objects)
  const node = walk.add(root.digest, root.document.mediaType, root.size, root.document.kind === 'index' ? 'index' : roleOf(root.document))
  node.document = root.document
  if (root.document.kind === 'index') await walk.index(node, root.document, 1)
  const rootPlatform = platformAsked ? await walk.configPlatform(node) : null
  return { root: node, rootPlatform, wrongLeaves: new Set(), nodes: walk.nodes, problems: walk.problems, failures: walk.failures }
}

/** The graph, once it is known for which of its leaves other bytes were answered: they are as good as unread. */
export function withWrongLeaves(graph: Graph, wrong: readonly Digest[]): Graph {
  if (wrong.length === 0) return graph
  const failures = wrong.map((digest): Problem => ({ code: 'digest-mismatch', message: `What was answered for ${digest} does not have that digest.`, subject: digest }))
  return { ...graph, wrongLeaves: new Set(wrong), failures: [...graph.failures, ...failures] }
}

function roleOf(document: Document): Role {
  return document.kind === 'manifest' && !isImageConfigType(document.config.mediaType) ? 'artifact' : 'image'
}

class Walk {
  readonly nodes = new Map<Digest, GraphNode>()
  readonly problems: Problem[] = []
  readonly failures: Problem[] = []
  readonly #objects: Objects

  constructor(objects: Objects) {
    this.#objects = objects
  }

  add(digest: Digest, mediaType: string, size: number, role: Role): GraphNode {
    const node: GraphNode = { digest, mediaType, size, role, entries: [], document: null }
    this.nodes.set(digest, node)
    return node
  }

  async index(node: GraphNode, index: ImageIndex, depth: number): Promise<void> {
    if (this.nodes.size + index.manifests.length > LIMITS.graphNodes) {
      // as good as unread: half of what it lists would say nothing about the other half
      node.document = null
      return this.#failure('too-many-descriptors', `The indexes of the image list more than ${LIMITS.graphNodes} objects.`, node.digest)
    }
    // all reads of one index at once, then its entries in order: the cost is round trips, the order is the index's
    const reads = new Map<Digest, Promise<Loaded>>()
    for (const { digest, mediaType, platform } of index.manifests) {
      const nested = isIndexType(mediaType)
      if (this.nodes.has(digest) || reads.has(digest) || (nested && depth >= LIMITS.indexDepth)) continue
      if (nested || (platform === null && isManifestType(mediaType))) reads.set(digest, this.#objects.document(digest, mediaType))
    }
    for (const [position, descriptor] of index.manifests.entries()) {
      await this.#entry({ parent: node.digest, position, descriptor }, depth, await reads.get(descriptor.digest))
    }
    await this.#checkPresentLeaves(index)
  }

  async #entry(entry: Entry, depth: number, loaded: Loaded | undefined): Promise<void> {
    const { digest, mediaType, size } = entry.descriptor
    const known = this.nodes.get(digest)
    if (known !== undefined) {
      known.entries.push(entry)
      // one that had a platform before was not read yet; any other is kept
      const ownSays = entry.descriptor.platform === null && isManifestType(mediaType)
      if (known.role === 'artifact') known.role = this.#classify(entry.descriptor, ownSays ? await this.#objects.document(digest, mediaType) : loaded)
      if (known.mediaType !== mediaType || known.size !== size) this.#problem('malformed', `${digest} is listed with two sizes or two media types.`, digest)
      return
    }
    const node = this.add(digest, mediaType, size, this.#classify(entry.descriptor, loaded))
    node.entries.push(entry)
    if (isIndexType(mediaType) && depth >= LIMITS.indexDepth) this.#failure('too-deep', `Indexes are nested deeper than ${LIMITS.indexDepth} levels.`, digest)
    if (loaded === undefined) return
    if (loaded.state === 'broken') return this.#problem(loaded.code, `${digest} breaks the grammar: ${loaded.message}`, digest)
    if (loaded.state === 'absent') return this.#failure('not-found', `${digest} is listed in the index and is not there.`, digest)
    if (loaded.state === 'failed') return loaded.final === true ? this.#wrongBytes(digest) : this.#failure(loaded.code, loaded.message, digest)
    await this.#loaded(node, loaded.value, depth)
  }

  async #loaded(node: GraphNode, loaded: LoadedDocument, depth: number): Promise<void> {
    const { document } = loaded
    if (document.mediaType !== node.mediaType || loaded.size !== node.size) {
      return this.#problem('malformed', `${node.digest} has another media type or size than its descriptor says.`, node.digest)
    }
    node.document = document
    if (document.kind === 'index') await this.index(node, document, depth + 1)
  }

  /** R7: an entry without platform is classified by its own manifest; annotations and `artifactType` never classify. */
  #classify(descriptor: Descriptor, loaded: Loaded | undefined): Role {
    if (isIndexType(descriptor.mediaType)) return 'nested'
    if (descriptor.platform !== null) return isUnknownPlatform(descriptor.platform) ? 'artifact' : 'image'
    if (loaded?.state === 'read') return roleOf(loaded.value.document)
    return isManifestType(descriptor.mediaType) ? 'image' : 'artifact'
  }

  /** A single image says its platform in its config only. */
  async configPlatform(root: GraphNode): Promise<Platform | null> {
    if (root.document?.kind !== 'manifest' || !isImageConfigType(root.document.config.mediaType)) return null
    const blob = await this.#objects.blob(root.document.config.digest)
    if (blob.state !== 'read') {
      this.#failure(blob.state === 'absent' ? 'not-found' : blob.code, `The config of ${root.digest}, which says its platform, could not be read.`, root.digest)
      return null
    }
    try {
      return parsePlatform(parseJson(blob.value.bytes), 'config')
    } catch (error) {
      if (!(error instanceof SealdexError)) throw error
      this.#problem('malformed', `The config of ${root.digest} breaks the grammar.`, root.digest)
      return null
    }
  }

  /** In a layout every manifest of the graph that is present is hashed, also those that nothing else would read. */
  async #checkPresentLeaves(index: ImageIndex): Promise<void> {
    if (this.#objects.source.kind === 'registry') return
    const leaves = index.manifests.filter(({ digest, platform, mediaType }) => platform !== null && !isIndexType(mediaType) && this.nodes.get(digest)?.document === null)
    const wrong = await Promise.all(leaves.map(({ digest }) => this.#objects.wrongBytes(digest)))
    leaves.forEach(({ digest }, i) => {
      if (wrong[i] === 'final') this.#wrongBytes(digest)
    })
  }

  #wrongBytes(digest: Digest): void {
    this.#problem('digest-mismatch', `The bytes stored as ${digest} do not have that digest.`, digest)
  }

  #problem(code: Code, message: string, subject: Digest): void {
    if (!this.problems.some((problem) => problem.code === code && problem.subject === subject)) this.problems.push({ code, message, subject })
  }

  #failure(code: Code, message: string, subject: Digest): void {
    this.failures.push({ code, message, subject })
  }
}
