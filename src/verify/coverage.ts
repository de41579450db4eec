import type { Digest } from '../crypto/digest.ts'
import { samePlatform, type Platform } from '../oci/platform.ts'
import { isIndexType } from '../oci/media-types.ts'
import type { Reference } from '../oci/reference.ts'
import type { PolicyEntry } from '../policy/policy.ts'
import type { CheckedSignature } from './checker.ts'
import { ancestorsOf, judgedLeaves, statedPlatforms, type Graph, type GraphNode } from './graph.ts'
import { unmetBy } from './requirements.ts'
import { RUNTIMES } from './runtimes.ts'

export interface NodeCoverage {
  /** Enough distinct signers vouch for it in the policy's mode. */
  readonly met: boolean
  readonly coverage: 'own' | 'listed' | 'none'
  /** Digests on which the signatures that count stand: its own, or indexes of the graph that list it. */
  readonly coveredBy: readonly Digest[]
  readonly signers: number
}

/** What a runtime would take in place of what is covered (R7). */
export interface Divergence {
  readonly platform: string
  readonly runtime: string
  readonly pick: Digest
}

/** Which nodes are covered (R6), out of checked signatures alone. */
export class Coverage {
  readonly #graph: Graph
  readonly #entry: PolicyEntry
  readonly #known = new Map<Digest, NodeCoverage>()
  /** Names of signers whose signatures count, by the digest that they are about. */
  readonly #signers = new Map<Digest, Set<string>>()

  constructor(graph: Graph, entry: PolicyEntry, checked: readonly CheckedSignature[], reference: Reference, at: number) {
    this.#graph = graph
    this.#entry = entry
    for (const signature of checked) {
      if (signature.signed === null || signature.signer === null || unmetBy(signature, entry.require, reference, at).length > 0) continue
      const about = this.#signers.get(signature.signed.digest) ?? new Set()
      this.#signers.set(signature.signed.digest, about.add(signature.signer))
    }
  }

  /** Coverage flows from indexes inside the graph to what they list, never from an index that was merely found beside it. */
  of(node: GraphNode): NodeCoverage {
    const known = this.#known.get(node.digest) ?? this.#compute(node)
    this.#known.set(node.digest, known)
    return known
  }

  #compute(node: GraphNode): NodeCoverage {
    const { threshold, coverage: mode } = this.#entry.require
    const own = this.#signersOn([node.digest])
    if (own.size >= threshold) return { met: true, coverage: 'own', coveredBy: [node.digest], signers: own.size }
    if (mode === 'each') return { met: false, coverage: 'none', coveredBy: [], signers: own.size }
    const sources = [node.digest, ...ancestorsOf(this.#graph, node)].filter((digest) => this.#signers.has(digest))
    const all = this.#signersOn(sources)
    const met = all.size >= threshold
    return { met, coverage: met ? 'listed' : 'none', coveredBy: met ? sources.sort() : [], signers: all.size }
  }

  /** Mode `index`: the referenced object itself, or a nested index that lists exactly its runnable siblings, is signed. */
  setIsSigned(): boolean {
    const { threshold } = this.#entry.require
    const vouching = [...this.#graph.nodes.values()].filter((node) => node === this.#graph.root || (node.role === 'nested' && listsExactlyItsSiblings(this.#graph, node)))
    return this.#signersOn(vouching.map((node) => node.digest)).size >= threshold
  }

  /** Some index that lists all judged leaves is signed: somebody vouches for the set. */
  setIsVouchedFor(leaves: readonly GraphNode[]): boolean {
    const listing = leaves.map((leaf) => ancestorsOf(this.#graph, leaf))
    return leaves.length < 2 || [...this.#signers.keys()].some((digest) => listing.every((ancestors) => ancestors.has(digest)))
  }

  /** R7, for every judged platform of which some leaf is covered. */
  divergences(platformAsked: Platform | null): readonly Divergence[] {
    if (this.#everythingIsCovered()) return []
    const covered = judgedLeaves(this.#graph, platformAsked).filter((leaf) => leaf !== this.#graph.root && this.of(leaf).met)
    return [...statedPlatforms(covered)].flatMap(([name, platform]) => RUNTIMES.flatMap((runtime) => {
      const pick = runtime.pick(this.#graph, platform)
      const node = pick === null ? undefined : this.#graph.nodes.get(pick)
      if (node === undefined || this.of(node).met) return []
      // an artifact is run by nobody but is what ggcr brings as the image (measured: crane pull)
      return node.role === 'image' || (node.role === 'artifact' && runtime.name === 'ggcr') ? [{ platform: name, runtime: runtime.name, pick: node.digest }] : []
    }))
  }

  /** Then no pick can diverge: the ordinary case, without a look at each runtime. */
  #everythingIsCovered(): boolean {
    return [...this.#graph.nodes.values()].every((node) => node.role === 'index' || node.role === 'nested' || this.of(node).met)
  }

  #signersOn(digests: readonly Digest[]): Set<string> {
    return new Set(digests.flatMap((digest) => [...(this.#signers.get(digest) ?? [])]))
  }
}

/** Same digests, same platforms, none more and none less; where it has no runnable sibling, it is the whole itself. */
function listsExactlyItsSiblings(graph: Graph, nested: GraphNode): boolean {
  const root = graph.root.document
  if (root?.kind !== 'index' || nested.document?.kind !== 'index' || !nested.entries.some((entry) => entry.parent === graph.root.digest)) return false
  const others = root.manifests.filter((entry) => entry.digest !== nested.digest)
  if (others.some((entry) => isIndexType(entry.mediaType))) return false
  const runnable = (digest: Digest): boolean => graph.nodes.get(digest)?.role === 'image'
  const siblings = others.filter((entry) => runnable(entry.digest))
  const listed = nested.document.manifests.filter((entry) => runnable(entry.digest))
  const has = (list: typeof listed, entry: (typeof listed)[number]): boolean => list.some((other) => other.digest === entry.digest && samePlatform(other.platform, entry.platform))
  return siblings.length === 0 || (siblings.every((entry) => has(listed, entry)) && listed.every((entry) => has(siblings, entry)))
}
