import type { Digest } from '../crypto/digest.ts'
import type { Descriptor } from '../oci/descriptor.ts'
import type { Repository } from '../oci/reference.ts'
import type { Guard } from '../source/guarded.ts'
import type { FetchedManifest, Read } from '../source/source.ts'
import { Objects } from '../verify/objects.ts'
import type { CopySource } from './endpoint.ts'

/** The objects of one side, read and checked as for a verdict, whose bytes are kept to be written elsewhere. */
export interface KeptObjects extends Pick<Objects, 'resolve' | 'tagged' | 'document'> {
  referrers(subject: Digest): Promise<Read<readonly Descriptor[]>>
  /** Of all the repository's tags; null where they are not listed. */
  tagNames(): Promise<ReadonlySet<string> | null>
  /** Of a manifest that was read. */
  bytesOf(digest: Digest): Uint8Array<ArrayBuffer>
}

export function keptObjects(source: CopySource, repository: Repository, guard: Guard): KeptObjects {
  const bytes = new Map<Digest, Uint8Array<ArrayBuffer>>()
  const keep = async (read: Promise<Read<FetchedManifest>>): Promise<Read<FetchedManifest>> => {
    const result = await read
    if (result.state === 'read') bytes.set(result.value.object.digest, result.value.object.bytes)
    return result
  }
  const keeping: CopySource = {
    ...source,
    resolve: (reference, by) => keep(source.resolve(reference, by)),
    manifest: (of, digest, by) => keep(source.manifest(of, digest, by)),
    tagged: (of, tag, by) => keep(source.tagged(of, tag, by)),
  }
  const objects = new Objects(keeping, repository, guard)
  return {
    resolve: (reference) => objects.resolve(reference),
    tagged: (tag) => objects.tagged(tag),
    document: (digest, claimedType) => objects.document(digest, claimedType),
    referrers: (subject) => source.referrers(repository, subject, guard),
    async tagNames() {
      const names = await source.tagNames?.(repository, guard)
      return names?.state === 'read' ? names.value : null
    },
    bytesOf: (digest) => bytes.get(digest) ?? new Uint8Array(0),
  }
}
