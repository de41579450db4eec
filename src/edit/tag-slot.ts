import { SealdexError } from '../base/errors.ts'
import type { JsonObject } from '../base/json.ts'
import * as MEDIA from '../oci/media.ts'
import type { LoadedDocument } from '../verify/objects.ts'
import type { Writing } from './context.ts'
import { indexBytes } from './subject.ts'
import type { Slot } from './write.ts'

/** A tag as a place that others write to: what it names, or null. `unite` gives the index that is to stand there. */
export function tagSlot(writing: Writing, tag: string, unite: (seen: LoadedDocument | null) => Promise<JsonObject | null>, beforePut: () => void = () => {}): Slot<LoadedDocument | null, JsonObject> {
  const { objects, source } = writing
  return {
    async read() {
      const loaded = await objects.tagged(tag)
      if (loaded.state === 'read') return loaded.value
      if (loaded.state === 'absent') return null
      throw new SealdexError(loaded.code, `${loaded.message} Nothing is written over what could not be read.`)
    },
    unite,
    version: (seen) => seen?.digest ?? '',
    async put(index, over) {
      beforePut()
      const options = over === null ? {} : { ifMatch: over.digest }
      const result = await source.putManifest(objects.repository, { tag }, indexBytes(index), MEDIA.ociIndex, objects.guard, options)
      return result.state === 'refused' && result.code === 'tag-immutable' ? { ...result, message: immutableMessage(writing, tag) } : result
    },
  }
}

function immutableMessage({ reference, objects }: Writing, tag: string): string {
  const where = objects.repository.registry
  if (tag === reference.tag) return `${where} does not let the tag "${tag}" be moved; the layout detached signs without touching it.`
  return `${where} does not let the tag "${tag}" be changed, where the signatures stand in a registry without a list of referrers; exempt tags that begin with sha256- from the rule.`
}
