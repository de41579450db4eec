import { RegistryError } from './errors.ts'
import { algorithmOf, digestOf, isDigest, isTag } from './grammar.ts'
import { manifestFacts, MANIFEST_TYPES } from './manifest-facts.ts'
import type { Store } from './store.ts'

/** The files of an image layout by their path in it: `index.json`, `blobs/sha256/…`. */
export type LayoutFiles = ReadonlyMap<string, Uint8Array<ArrayBuffer>>

interface Entry {
  readonly digest: string
  readonly mediaType: string
  readonly annotations?: Readonly<Record<string, string>>
}

/**
 * Puts an image layout into a repository: every blob, those that are manifests as manifests, and a tag for each entry of index.json whose
 * `org.opencontainers.image.ref.name` is one (or a name that ends in one). Returns tag to digest.
 * `unchecked` files bytes under the name they have in the layout even if they have another digest, which no honest registry would do.
 */
export async function loadLayout(store: Store, name: string, files: LayoutFiles, options: { unchecked?: boolean } = {}): Promise<ReadonlyMap<string, string>> {
  const repository = store.repository(name)
  const entries = entriesIn(files.get('index.json'))
  // a manifest need not name its own media type, and tampered bytes cannot: the index above it does
  const declared = new Map([...files.values()].flatMap(entriesIn).map(({ digest, mediaType }) => [digest, mediaType]))
  for (const [path, bytes] of files) {
    const digest = /^blobs\/([a-z0-9]+)\/([0-9a-f]+)$/.exec(path)?.slice(1).join(':')
    if (digest === undefined || !isDigest(digest)) continue
    if (options.unchecked !== true && (await digestOf(bytes, algorithmOf(digest))) !== digest) {
      throw new RegistryError('DIGEST_INVALID', `${path} has another digest than its name`)
    }
    const facts = manifestFacts(bytes)
    const mediaType = facts.mediaType ?? declared.get(digest) ?? ''
    if (MANIFEST_TYPES.has(mediaType)) repository.manifests.set(digest, { digest, bytes, mediaType, facts })
    else repository.blobs.set(digest, bytes)
  }
  const tags = entries.flatMap(({ digest, annotations }) => {
    const tag = tagIn(annotations?.['org.opencontainers.image.ref.name'])
    return tag === null ? [] : [[tag, digest] as const]
  })
  for (const [tag, digest] of tags) store.tag(name, tag, digest)
  return new Map(tags)
}

/** The descriptors that an index lists; none for bytes that are no index. */
function entriesIn(bytes: Uint8Array | undefined): readonly Entry[] {
  // a layer is no JSON: one look at the first byte saves decoding it
  if (bytes?.[0] !== 0x7b) return []
  try {
    const { manifests } = JSON.parse(new TextDecoder().decode(bytes)) as { manifests?: readonly Entry[] }
    return Array.isArray(manifests) ? manifests : []
  } catch {
    return []
  }
}

function tagIn(refName: string | undefined): string | null {
  const tag = refName?.slice(refName.lastIndexOf(':') + 1) ?? ''
  return isTag(tag) ? tag : null
}
