import { RegistryError } from './errors.ts'
import { algorithmOf, digestOf, isDigest, isRepository, isTag } from './grammar.ts'
import { manifestFacts, type ManifestFacts } from './manifest-facts.ts'

export interface StoredManifest {
  readonly digest: string
  /** Byte for byte as it was pushed. */
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly mediaType: string
  readonly facts: ManifestFacts
}

export interface StoredRepository {
  readonly manifests: Map<string, StoredManifest>
  readonly tags: Map<string, string>
  readonly blobs: Map<string, Uint8Array<ArrayBuffer>>
}

/**
 * All that the registry holds. The methods seed it in process, with the grammar checked and digests computed but without
 * the rules of a push (children present, media type equal to the body's), so that tests can put in what no registry would take.
 */
export interface Store {
  readonly repositories: Map<string, StoredRepository>
  /** Stores a manifest by tag (its digest is then sha256) or by digest, which must be the bytes' own. Returns the digest. */
  putManifest(repository: string, tagOrDigest: string, bytes: Uint8Array<ArrayBuffer>, mediaType: string): Promise<string>
  /** Returns the digest. */
  putBlob(repository: string, bytes: Uint8Array<ArrayBuffer>, algorithm?: 'sha256' | 'sha512'): Promise<string>
  /** Points a tag at a manifest that is there. */
  tag(repository: string, tag: string, digest: string): void
  manifest(repository: string, tagOrDigest: string): StoredManifest | null
  blob(repository: string, digest: string): Uint8Array<ArrayBuffer> | null
  /** The repository, made if it is new. */
  repository(name: string): StoredRepository
}

export function createStore(): Store {
  const repositories = new Map<string, StoredRepository>()

  function repository(name: string): StoredRepository {
    if (!isRepository(name)) throw new RegistryError('NAME_INVALID', `"${name}" is no repository name`)
    let found = repositories.get(name)
    if (found === undefined) repositories.set(name, (found = { manifests: new Map(), tags: new Map(), blobs: new Map() }))
    return found
  }

  return {
    repositories,
    repository,
    async putManifest(name, tagOrDigest, bytes, mediaType) {
      const byDigest = isDigest(tagOrDigest)
      if (!byDigest && !isTag(tagOrDigest)) throw new RegistryError('MANIFEST_INVALID', `"${tagOrDigest}" is neither a tag nor a digest`)
      const digest = await digestOf(bytes, algorithmOf(tagOrDigest))
      if (byDigest && digest !== tagOrDigest) throw new RegistryError('DIGEST_INVALID', `the bytes are ${digest}, not ${tagOrDigest}`)
      const into = repository(name)
      into.manifests.set(digest, { digest, bytes, mediaType, facts: manifestFacts(bytes) })
      if (!byDigest) into.tags.set(tagOrDigest, digest)
      return digest
    },
    async putBlob(name, bytes, algorithm = 'sha256') {
      const digest = await digestOf(bytes, algorithm)
      repository(name).blobs.set(digest, bytes)
      return digest
    },
    tag(name, tag, digest) {
      if (!isTag(tag)) throw new RegistryError('TAG_INVALID', `"${tag}" is no tag`)
      if (!repository(name).manifests.has(digest)) throw new RegistryError('MANIFEST_UNKNOWN', `${digest} is not in ${name}`)
      repository(name).tags.set(tag, digest)
    },
    manifest(name, tagOrDigest) {
      const from = repositories.get(name)
      return from?.manifests.get(isDigest(tagOrDigest) ? tagOrDigest : (from.tags.get(tagOrDigest) ?? '')) ?? null
    },
    blob: (name, digest) => repositories.get(name)?.blobs.get(digest) ?? null,
  }
}
