/** Pushes the layout of a fixture to a real registry: byte for byte, what others name before what names it, then the tags. */
import { digestOf } from '../../demo/registry/grammar.ts'
import type { Case } from '../fixtures.ts'
import { pushBlob, pushManifest, type PushedObject } from './push.ts'

interface Listed {
  readonly digest: string
  readonly mediaType: string
  readonly annotations?: Readonly<Record<string, string>>
}

interface Document {
  readonly mediaType?: string
  readonly artifactType?: string
  readonly subject?: Listed
  readonly manifests?: readonly Listed[]
  readonly config?: Listed
  readonly layers?: readonly Listed[]
}

/** What a registry keeps as a manifest; everything else is a blob to it. */
const MANIFEST_TYPE = /^application\/vnd\.(oci\.image\.(index|manifest)\.v1|docker\.distribution\.manifest\.(list\.)?v2)\+json$/

const COSIGN_KINDS: Readonly<Record<string, string>> = { 'dev.cosignproject.cosign/sigs': 'sig', 'dev.cosignproject.cosign/atts': 'att' }

export interface Layout {
  readonly blobs: ReadonlyMap<string, Uint8Array<ArrayBuffer>>
  /** Each after everything that it lists. */
  readonly manifests: readonly PushedObject[]
  readonly tags: ReadonlyMap<string, PushedObject>
}

/** Sorts the files of a layout. Throws for a file whose bytes have another digest, which no registry would store. */
export async function readLayout(files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>, { tag, subject }: { readonly tag: string; readonly subject: string }): Promise<Layout> {
  const listed = documentOf(files.get('index.json'))?.manifests ?? []
  const byDigest = new Map<string, Uint8Array<ArrayBuffer>>()
  for (const [path, bytes] of files) {
    const digest = /^blobs\/([a-z0-9]+)\/([0-9a-f]+)$/.exec(path)?.slice(1).join(':')
    if (digest === undefined) continue
    if ((await digestOf(bytes, digest.startsWith('sha512') ? 'sha512' : 'sha256')) !== digest) throw new Error(`${digest} has other bytes`)
    byDigest.set(digest, bytes)
  }
  const declared = new Map([...listed, ...[...byDigest.values()].flatMap((bytes) => documentOf(bytes)?.manifests ?? [])].map((entry) => [entry.digest, entry.mediaType]))
  const typeOf = (digest: string): string => documentOf(byDigest.get(digest))?.mediaType ?? declared.get(digest) ?? ''
  const sorted = new Map<string, PushedObject>()
  const add = (digest: string): void => {
    const bytes = byDigest.get(digest)
    const mediaType = typeOf(digest)
    if (bytes === undefined || sorted.has(digest) || !MANIFEST_TYPE.test(mediaType)) return
    for (const child of documentOf(bytes)?.manifests ?? []) add(child.digest)
    sorted.set(digest, { digest, mediaType, bytes })
  }
  for (const digest of byDigest.keys()) add(digest)
  const tags = new Map<string, PushedObject>()
  for (const { digest, annotations } of listed) {
    const name = annotations?.['org.opencontainers.image.ref.name']
    const object = sorted.get(digest)
    if (name !== undefined && object !== undefined) tags.set(name.slice(name.lastIndexOf(':') + 1), object)
  }
  // as `cosign load` puts back what `cosign save` marked
  for (const { digest, annotations } of listed) {
    const suffix = COSIGN_KINDS[annotations?.['kind'] ?? '']
    const object = sorted.get(digest)
    if (suffix !== undefined && object !== undefined) tags.set(`${subject.replace(':', '-')}.${suffix}`, object)
  }
  // what tools save keeps no tag: the image is what the case says it is
  const image = sorted.get(subject)
  if (!tags.has(tag) && image !== undefined) tags.set(tag, image)
  return { blobs: new Map([...byDigest].filter(([digest]) => !sorted.has(digest))), manifests: [...sorted.values()], tags }
}

/** As a client lists referrers on a registry that does not: an index at the subject's digest tag, where the layout has none. */
export async function withFallbackTags(layout: Layout): Promise<Layout> {
  const tags = new Map(layout.tags)
  const bySubject = Map.groupBy(layout.manifests, ({ bytes }) => documentOf(bytes)?.subject?.digest ?? '')
  for (const [subject, referrers] of bySubject) {
    const tag = subject.replace(':', '-')
    if (subject === '' || tags.has(tag)) continue
    const manifests = referrers.map(({ digest, mediaType, bytes }) => ({ mediaType, digest, size: bytes.length, artifactType: documentOf(bytes)?.artifactType }))
    const mediaType = 'application/vnd.oci.image.index.v1+json'
    const bytes = new TextEncoder().encode(JSON.stringify({ schemaVersion: 2, mediaType, manifests }))
    tags.set(tag, { digest: await digestOf(bytes), mediaType, bytes })
  }
  return { ...layout, tags }
}

export async function pushLayout(host: string, repository: string, layout: Layout): Promise<void> {
  for (const [digest, bytes] of layout.blobs) await pushBlob(host, repository, digest, bytes)
  for (const object of layout.manifests) await pushManifest(host, repository, object.digest, object)
  for (const [tag, object] of layout.tags) await pushManifest(host, repository, tag, object)
}

function documentOf(bytes: Uint8Array | undefined): Document | null {
  if (bytes?.[0] !== 0x7b) return null
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as Document
  } catch {
    return null
  }
}

/**
 * Repository path and tag of a case's reference, whose host is made up. Each case has a repository of its own: the original of a tampered one has the
 * same subject, and its signature would be found.
 */
export function placeOf({ name, reference }: Case): { readonly repository: string; readonly tag: string } {
  const [, path = '', tag = ''] = /^[^/]+\/(.+):([^:/]+)$/.exec(reference) ?? []
  return { repository: `${name.replaceAll('_', '-')}/${path}`, tag }
}
