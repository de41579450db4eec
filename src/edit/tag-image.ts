import { SealdexError } from '../base/errors.ts'
import type { JsonObject } from '../base/json.ts'
import type { Digest } from '../crypto/digest.ts'
import type { Descriptor } from '../oci/descriptor.ts'
import type { ImageIndex } from '../oci/document.ts'
import { isIndexType } from '../oci/media-types.ts'
import { platformName } from '../oci/platform.ts'
import { walkGraph, type Graph, type Role } from '../verify/graph.ts'
import type { LoadedDocument, Objects } from '../verify/objects.ts'
import { digestIn, entriesOf } from './merge.ts'

/** What a tag names, read far enough to know what in its index would run. */
export interface TagImage {
  readonly digest: Digest
  readonly index: ImageIndex
  readonly graph: Graph
  /** Entries of the index itself that a runtime could run, in its order. */
  readonly runnable: readonly Descriptor[]
}

/** Reads the graph of an index; throws for what is malformed or could not be read: what is not understood is not rewritten. */
export async function readTagImage(loaded: LoadedDocument, objects: Objects): Promise<TagImage> {
  const { document, digest } = loaded
  if (document.kind !== 'index') throw new SealdexError('bad-option', `${digest} is a single manifest, which has no index to write into: sign it with the layout detached.`)
  const graph = await walkGraph(loaded, objects)
  const trouble = graph.problems[0] ?? graph.failures[0]
  if (trouble !== undefined) throw new SealdexError(trouble.code, trouble.message)
  return { digest, index: document, graph, runnable: document.manifests.filter((entry) => roleIn(graph, entry.digest) === 'image') }
}

/** Whether both run the same: the same manifests for the same platforms. Signatures and attachments may differ. */
export function isSameImage(a: TagImage, b: TagImage): boolean {
  return sameNames(namesOf(a.runnable), namesOf(b.runnable))
}

/** The nested index that is signed in the layout `nested`: the first that lists exactly the runnable entries beside it. Null: no such layout. */
export function nestedOriginal(image: TagImage): Descriptor | null {
  const siblings = namesOf(image.runnable)
  return image.index.manifests.find(({ digest }) => {
    const nested = image.graph.nodes.get(digest)?.document
    return nested?.kind === 'index' && sameNames(namesOf(nested.manifests.filter((entry) => roleIn(image.graph, entry.digest) === 'image')), siblings)
  }) ?? null
}

/** Platforms first, then nested indexes, then artifacts, each in the order they had: clients take the first that fits (compatibility.md 1, W3). */
export function inClientOrder(index: JsonObject, image: TagImage): JsonObject {
  const rank = (entry: JsonObject): number => {
    const mediaType = entry.get('mediaType')
    if (typeof mediaType === 'string' && isIndexType(mediaType)) return 1
    return roleIn(image.graph, digestIn(entry)) === 'image' ? 0 : 2
  }
  return new Map(index).set('manifests', [...entriesOf(index)].sort((a, b) => rank(a) - rank(b)))
}

function roleIn(graph: Graph, digest: string): Role | null {
  return graph.nodes.get(digest as Digest)?.role ?? null
}

function namesOf(entries: readonly Descriptor[]): ReadonlySet<string> {
  return new Set(entries.map(({ digest, platform }) => `${digest} ${platform === null ? '' : `${platformName(platform)} ${platform.osVersion ?? ''}`}`))
}

function sameNames(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((name) => b.has(name))
}
