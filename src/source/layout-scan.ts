import * as LIMITS from '../base/limits.ts'
import { SealdexError } from '../base/errors.ts'
import { JsonNumber, type JsonValue } from '../base/json.ts'
import type { Digest } from '../crypto/digest.ts'
import { parseDescriptor, type Descriptor } from '../oci/descriptor.ts'
import { readDocument, type Document } from '../oci/document.ts'
import { isIndexType, isManifestType } from '../oci/media-types.ts'
import type { Layout } from '../oci/layout.ts'

/** What an unmarked layout holds, from one walk over everything that index.json reaches. Claims, like any list of referrers: whoever uses an entry reads it and checks its digest. */
export interface LayoutScan {
  /** By subject, sorted by digest: what a registry would list. */
  readonly referrers: ReadonlyMap<Digest, readonly Descriptor[]>
  readonly hasSubject: ReadonlySet<Digest>
  /** Listed by some object that index.json reaches and that is no referrer itself. */
  readonly children: ReadonlySet<Digest>
}

/**
 * Walks the layout. Objects that are missing or unreadable are passed over, those with wrong bytes are taken at their word, so that whoever reads them
 * says what is wrong with them (R1). Throws `too-many-descriptors` or `evidence-too-large` past a limit.
 */
export async function scanLayout(layout: Layout, signal: AbortSignal): Promise<LayoutScan> {
  const referrers = new Map<Digest, Descriptor[]>()
  const [hasSubject, children] = [new Set<Digest>(), new Set<Digest>()]
  const queue = new Map<Digest, Descriptor>()
  enqueue(queue, layout.entries)
  let bytesLeft: number = LIMITS.tarBytes
  // a Map may grow while it is walked
  for (const next of queue.values()) {
    if (signal.aborted) throw new SealdexError('timeout', 'The layout was not read through before the deadline.')
    const bytes = await layout.blob(next.digest, LIMITS.manifestBytes)
    bytesLeft -= bytes?.byteLength ?? 0
    if (bytesLeft < 0) throw new SealdexError('evidence-too-large', `The manifests of the layout have more than ${LIMITS.tarBytes} bytes.`)
    const document = bytes === null ? null : documentOf(bytes, next.mediaType)
    if (bytes === null || document === null) continue
    if (document.subject !== null) {
      hasSubject.add(next.digest)
      addTo(referrers, document.subject.digest, listed(next.digest, bytes.byteLength, document))
    }
    if (document.kind !== 'index') continue
    enqueue(queue, document.manifests)
    // a signer's index lists its own subject, which is no less an image for that
    if (document.subject === null) for (const child of document.manifests) children.add(child.digest)
  }
  for (const list of referrers.values()) list.sort((a, b) => (a.digest < b.digest ? -1 : 1))
  return { referrers, hasSubject, children }
}

function enqueue(queue: Map<Digest, Descriptor>, found: readonly Descriptor[]): void {
  for (const entry of found) {
    if (!queue.has(entry.digest) && (isIndexType(entry.mediaType) || isManifestType(entry.mediaType))) queue.set(entry.digest, entry)
  }
  if (queue.size > LIMITS.layoutManifests) throw new SealdexError('too-many-descriptors', `The layout holds more than ${LIMITS.layoutManifests} manifests.`)
}

function addTo(map: Map<Digest, Descriptor[]>, key: Digest, value: Descriptor): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [value])
  else list.push(value)
}

function documentOf(bytes: Uint8Array, mediaType: string): Document | null {
  try {
    return readDocument(bytes, mediaType)
  } catch {
    return null
  }
}

/** The descriptor that a registry's list of referrers would hold for it (distribution specification, "Listing Referrers"). */
export function listed(digest: Digest, size: number, document: Document): Descriptor {
  const raw = new Map<string, JsonValue>([
    ['mediaType', document.mediaType],
    ['digest', digest],
    ['size', new JsonNumber(String(size))],
  ])
  if (document.artifactType !== null) raw.set('artifactType', document.artifactType)
  if (document.annotations.size > 0) raw.set('annotations', new Map<string, JsonValue>(document.annotations))
  return parseDescriptor(raw, 'referrers')
}
