/** The media types that are told apart here (formats.md 2, 5, 6, 9). */
export const MEDIA = {
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociConfig: 'application/vnd.oci.image.config.v1+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  empty: 'application/vnd.oci.empty.v1+json',
  simpleSigning: 'application/vnd.dev.cosign.simplesigning.v1+json',
  dsseEnvelope: 'application/vnd.dsse.envelope.v1+json',
  sigstoreBundlePrefix: 'application/vnd.dev.sigstore.bundle',
  notationSignature: 'application/vnd.cncf.notary.signature',
  jws: 'application/jose+json',
  cose: 'application/cose',
  signedIndex: 'application/vnd.sealdex.signed-index.v1',
  attachedList: 'application/vnd.sealdex.attached-list.v1',
} as const

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
