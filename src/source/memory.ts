import type { VerifiedBytes, Digest } from '../crypto/digest.ts'
import { digestOf, identifyBytes } from '../crypto/digest.ts'
import type { Descriptor } from '../oci/descriptor.ts'
import { ABSENT, read, type FetchedManifest, type Read, type Source } from './source.ts'

/** One repository's content. */
export interface MemoryContent {
  readonly manifests?: readonly Uint8Array<ArrayBuffer>[]
  readonly blobs?: readonly Uint8Array<ArrayBuffer>[]
  /** What each tag names. */
  readonly tags?: Readonly<Record<string, Digest>>
  /** What the list of each subject holds. */
  readonly referrers?: ReadonlyMap<Digest, readonly Descriptor[]>
}

/** A source of one repository in plain memory, whatever name it is asked under: for tests and for bytes that a caller already has. */
export async function memorySource(content: MemoryContent): Promise<Source> {
  const objects = new Map<Digest, VerifiedBytes>()
  for (const bytes of [...(content.manifests ?? []), ...(content.blobs ?? [])]) {
    for (const algorithm of ['sha256', 'sha512'] as const) objects.set(await digestOf(bytes, algorithm), await identifyBytes(bytes, algorithm))
  }
  const tags = new Map(Object.entries(content.tags ?? {}))
  const object = (digest: Digest | undefined): Read<VerifiedBytes> => {
    const found = digest === undefined ? undefined : objects.get(digest)
    return found === undefined ? ABSENT : read(found)
  }
  const manifest = (digest: Digest | undefined): Read<FetchedManifest> => {
    const found = object(digest)
    return found.state === 'read' ? read({ object: found.value, contentType: null }) : found
  }
  return {
    kind: 'layout',
    resolve: async (reference) => manifest(reference.digest ?? tags.get(reference.tag ?? 'latest')),
    manifest: async (_repository, digest) => manifest(digest),
    tagged: async (_repository, tag) => manifest(tags.get(tag)),
    referrers: async (_repository, subject) => read(content.referrers?.get(subject) ?? []),
    blob: async (_repository, digest) => object(digest),
  }
}
