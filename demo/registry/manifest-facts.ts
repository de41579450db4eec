import { RegistryError } from './errors.ts'
import { isDigest } from './grammar.ts'

export const MANIFEST_TYPES: ReadonlySet<string> = new Set([
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
])

/** What the registry itself reads out of a manifest: enough for the list of referrers, and no more. */
export interface ManifestFacts {
  readonly mediaType: string | null
  readonly subject: string | null
  /** As the specification derives it: `artifactType`, else the config's media type. */
  readonly artifactType: string | null
  readonly annotations: Readonly<Record<string, unknown>> | null
}

const NONE: ManifestFacts = { mediaType: null, subject: null, artifactType: null, annotations: null }

type Fields = Readonly<Record<string, unknown>>

function fields(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function parse(bytes: Uint8Array): Fields | null {
  try {
    return fields(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)))
  } catch {
    return null
  }
}

export function manifestFacts(bytes: Uint8Array): ManifestFacts {
  const document = parse(bytes)
  if (document === null) return NONE
  const config = fields(document['config'])
  return {
    mediaType: text(document['mediaType']),
    subject: text(fields(document['subject'])?.['digest']),
    artifactType: text(document['artifactType']) || text(config?.['mediaType']),
    annotations: fields(document['annotations']),
  }
}

interface References {
  /** Manifests that an index lists. */
  readonly children: readonly string[]
  /** Config and layers, but those that are not distributable. */
  readonly blobs: readonly string[]
}

/** The rules of a push; answers what must be there already. Throws MANIFEST_INVALID. */
export function checkManifest(bytes: Uint8Array, contentType: string): References {
  const document = parse(bytes)
  if (document === null) throw new RegistryError('MANIFEST_INVALID', 'the manifest is not a JSON object in UTF-8')
  const named = document['mediaType']
  if (named !== undefined && named !== contentType) {
    throw new RegistryError('MANIFEST_INVALID', `the Content-Type is ${contentType}, the body's mediaType another`)
  }
  // CVE-2021-41190: a document that is an index to one reader and an image to another
  if ('manifests' in document && ('layers' in document || 'config' in document || 'fsLayers' in document)) {
    throw new RegistryError('MANIFEST_INVALID', 'the document is both an index and an image')
  }
  const isIndex = contentType.includes('index') || contentType.includes('manifest.list')
  if (isIndex) return { children: descriptors(document['manifests'], 'manifests').map(digestIn), blobs: [] }
  const layers = descriptors(document['layers'], 'layers').filter((layer) => !/nondistributable|foreign/.test(text(layer['mediaType']) ?? ''))
  return { children: [], blobs: [...descriptors([document['config']], 'config'), ...layers].map(digestIn) }
}

function descriptors(value: unknown, where: string): readonly Fields[] {
  const found = Array.isArray(value) ? value.map(fields) : [null]
  return found.map((entry) => {
    if (entry === null) throw new RegistryError('MANIFEST_INVALID', `"${where}" holds something that is no descriptor`)
    return entry
  })
}

function digestIn(descriptor: Fields): string {
  const digest = text(descriptor['digest'])
  if (digest === null || !isDigest(digest)) throw new RegistryError('MANIFEST_INVALID', 'a descriptor has no sha256 or sha512 digest')
  return digest
}
