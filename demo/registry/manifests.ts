import type { Context } from 'hono'
import { RegistryError } from './errors.ts'
import { algorithmOf, digestOf, isDigest, isTag } from './grammar.ts'
import { checkManifest, MANIFEST_TYPES } from './manifest-facts.ts'
import { bodyOf, notModified, repositoryIn, type Registry } from './registry.ts'
import type { Store } from './store.ts'

/** What registries take: measured on distribution and zot, which refuse more. */
export const MAX_MANIFEST_BYTES: number = 4 * 1024 * 1024

export function manifestRoutes(registry: Registry): void {
  const path = '/v2/:name{.+}/manifests/:reference'
  registry.app.get(path, (context) => getManifest(registry, context))
  registry.app.put(path, (context) => putManifest(registry, context))
  registry.app.delete(path, (context) => deleteManifest(registry, context))
}

function referenceIn(context: Context): string {
  const reference = context.req.param('reference') ?? ''
  if (isDigest(reference) || isTag(reference)) return reference
  if (reference.includes(':')) throw new RegistryError('DIGEST_INVALID', 'the digest is neither sha256 nor sha512 in lower-case hex')
  throw new RegistryError('TAG_INVALID', 'the tag does not follow the grammar')
}

function getManifest({ store }: Registry, context: Context): Response {
  const name = repositoryIn(context)
  const found = store.manifest(name, referenceIn(context))
  if (found === null) throw new RegistryError(store.repositories.has(name) ? 'MANIFEST_UNKNOWN' : 'NAME_UNKNOWN', 'the manifest is not there')
  const headers = { 'Docker-Content-Digest': found.digest, ETag: `"${found.digest}"` }
  if (notModified(context, found.digest)) return new Response(null, { status: 304, headers })
  return new Response(found.bytes, { headers: { ...headers, 'Content-Type': found.mediaType, 'Content-Length': String(found.bytes.length) } })
}

async function putManifest({ store, options }: Registry, context: Context): Promise<Response> {
  const name = repositoryIn(context)
  const reference = referenceIn(context)
  const extraTags = tagParameters(context, reference)
  const mediaType = (context.req.header('Content-Type') ?? '').split(';')[0]?.trim() ?? ''
  if (!MANIFEST_TYPES.has(mediaType)) throw new RegistryError('UNSUPPORTED', `"${mediaType}" is no media type of a manifest`)
  const bytes = await bodyOf(context, MAX_MANIFEST_BYTES)
  const digest = await digestOf(bytes, algorithmOf(reference))
  if (isDigest(reference) && reference !== digest) throw new RegistryError('DIGEST_INVALID', `the body is ${digest}`)
  requireReferences(store, name, bytes, mediaType)
  await options.beforeManifestWrite?.({ repository: name, reference, digest, bytes })
  await store.putManifest(name, reference, bytes, mediaType)
  for (const tag of extraTags) store.tag(name, tag, digest)
  const headers = new Headers({ Location: `/v2/${name}/manifests/${digest}`, 'Docker-Content-Digest': digest })
  const subject = store.manifest(name, digest)?.facts.subject ?? null
  if (subject !== null && options.referrersApi !== false) headers.set('OCI-Subject', subject)
  for (const tag of extraTags) headers.append('OCI-Tag', tag)
  return new Response(null, { status: 201, headers })
}

/** `?tag=` on a push by digest: tags for what has another digest algorithm than a tag alone would give it. */
function tagParameters(context: Context, reference: string): readonly string[] {
  const tags = context.req.queries('tag') ?? []
  if (tags.length > 0 && !isDigest(reference)) throw new RegistryError('TAG_INVALID', 'the tag parameter belongs to a push by digest')
  if (!tags.every(isTag)) throw new RegistryError('TAG_INVALID', 'a tag parameter does not follow the grammar')
  return tags
}

/** Children and blobs come before what names them (distribution's rule); a subject need not be there. */
function requireReferences(store: Store, name: string, bytes: Uint8Array, mediaType: string): void {
  const { children, blobs } = checkManifest(bytes, mediaType)
  const repository = store.repository(name)
  const missing =
    blobs.find((digest) => !repository.blobs.has(digest)) ?? children.find((digest) => !repository.manifests.has(digest) && !repository.blobs.has(digest))
  if (missing !== undefined) throw new RegistryError('MANIFEST_BLOB_UNKNOWN', `${missing} is not in ${name}`)
}

function deleteManifest({ store }: Registry, context: Context): Response {
  const name = repositoryIn(context)
  const reference = referenceIn(context)
  const repository = store.repositories.get(name)
  if (repository === undefined) throw new RegistryError('NAME_UNKNOWN', 'the repository is not there')
  const removed = isDigest(reference) ? repository.manifests.delete(reference) : repository.tags.delete(reference)
  if (!removed) throw new RegistryError('MANIFEST_UNKNOWN', 'the manifest is not there')
  for (const [tag, digest] of repository.tags) if (digest === reference) repository.tags.delete(tag)
  return new Response(null, { status: 202 })
}
