import { isJsonObject, type JsonObject, type JsonValue } from '../base/json.ts'
import type { Digest } from '../crypto/digest.ts'
import * as ANNOTATION from '../oci/annotations.ts'
import { annotationKind } from './annotation-kind.ts'
import { digestIn, entriesOf } from './merge.ts'
import { asOciIndex } from './subject.ts'

/** What is to go from an index: annotations of one suffix on the entries of a digest, or the entries of a digest altogether (suffix null). */
export interface Removal {
  readonly digest: Digest
  readonly suffix: string | null
  /** RFC 3339, for the tombstone. */
  readonly time: string
}

/** The index without it, and everything else as it stands (W2); null where nothing of it is there. What has a name of its own leaves a tombstone, so that a union does not bring it back (W4). */
export function removedFrom(index: JsonObject, removals: readonly Removal[]): JsonObject | null {
  let changed = false
  const entries = entriesOf(index).flatMap((entry): readonly JsonObject[] => {
    const own = removals.filter(({ digest }) => digest === digestIn(entry))
    if (own.some(({ suffix }) => suffix === null)) {
      changed = true
      return []
    }
    const annotations = entry.get('annotations')
    if (!isJsonObject(annotations)) return [entry]
    const left = withoutSuffixes(annotations, own)
    changed ||= left !== null
    return [left === null ? entry : new Map(entry).set('annotations', left)]
  })
  return changed ? new Map<string, JsonValue>(asOciIndex(index)).set('manifests', entries) : null
}

/** Null where none of them is there. */
function withoutSuffixes(annotations: JsonObject, removals: readonly Removal[]): JsonObject | null {
  const goes = (name: string): Removal | undefined => {
    const kind = annotationKind(name)
    return kind.kind === 'content' || kind.kind === 'group' ? removals.find(({ suffix }) => suffix === kind.suffix) : undefined
  }
  const left = new Map([...annotations].filter(([name]) => goes(name) === undefined))
  if (left.size === annotations.size) return null
  for (const name of annotations.keys()) {
    const removal = goes(name)
    if (removal !== undefined && annotationKind(name).kind === 'content') left.set(`${ANNOTATION.tombstone}${removal.suffix ?? ''}`, removal.time)
  }
  return left
}
