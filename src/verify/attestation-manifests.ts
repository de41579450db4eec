import * as LIMITS from '../base/limits.ts'
import { isDigest, type Digest } from '../crypto/digest.ts'
import type { FoundAttachment } from '../form/found.ts'
import * as ANNOTATION from '../oci/annotations.ts'
import type { Document } from '../oci/document.ts'
import { isManifestType } from '../oci/media-types.ts'
import type { Graph, GraphNode } from './graph.ts'

/** Whether an index lists it as BuildKit lists its attestations (formats.md 10). A claim: it only says where to look. */
export function isAttestationManifest(node: GraphNode | undefined): boolean {
  return node?.role === 'artifact' && isManifestType(node.mediaType) && node.entries.some(({ descriptor }) => descriptor.annotations.get(ANNOTATION.dockerReferenceType) === 'attestation-manifest')
}

/** In index order, as many as are followed. */
export function attestationManifests(graph: Graph): readonly GraphNode[] {
  return [...graph.nodes.values()].filter(isAttestationManifest).slice(0, LIMITS.attestationManifests)
}

/** What the index says that it is about. */
export function attestedBy({ entries }: GraphNode): Digest | null {
  const named = entries.map(({ descriptor }) => descriptor.annotations.get(ANNOTATION.dockerReferenceDigest) ?? '').find(isDigest)
  return named ?? null
}

/** The statements in such a manifest, about the platform that it names itself; BuildKit's older ones name none, and then the index alone does. */
export function claimedStatements(document: Document, attests: Digest | null): readonly FoundAttachment[] {
  if (document.kind !== 'manifest') return []
  return document.layers.flatMap(({ digest, mediaType, annotations }) => {
    const type = annotations.get(ANNOTATION.predicateType)
    return type === undefined && !mediaType.startsWith('application/vnd.in-toto') ? [] : [{ digest, type: type ?? mediaType, subject: document.subject?.digest ?? attests, by: null }]
  })
}
