import * as MEDIA from './media.ts'

const INDEX_TYPES: ReadonlySet<string> = new Set([MEDIA.ociIndex, MEDIA.dockerList])
const MANIFEST_TYPES: ReadonlySet<string> = new Set([MEDIA.ociManifest, MEDIA.dockerManifest])

/** What is asked for in every manifest request: docker-registry answers 404 for a type that is not named (compatibility.md 3). */
export const ACCEPT_MANIFESTS: string = [...INDEX_TYPES, ...MANIFEST_TYPES].join(', ')

export function isIndexType(mediaType: string): boolean {
  return INDEX_TYPES.has(mediaType)
}

export function isManifestType(mediaType: string): boolean {
  return MANIFEST_TYPES.has(mediaType)
}

/** A config of these types makes a manifest an image that a runtime would run. */
export function isImageConfigType(mediaType: string): boolean {
  return mediaType === MEDIA.ociConfig || mediaType === MEDIA.dockerConfig
}
