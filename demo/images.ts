import { buildLayer } from './layer.ts'
import { digestOf } from './registry/grammar.ts'
import type { Store } from './registry/store.ts'

const OCI = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
} as const

const DOCKER = {
  index: 'application/vnd.docker.distribution.manifest.list.v2+json',
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
} as const

export interface ImagePlatform {
  readonly os: string
  readonly architecture: string
  readonly variant?: string
}

export interface ImageObject {
  readonly digest: string
  readonly mediaType: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

export interface PlatformManifest extends ImageObject {
  readonly platform: ImagePlatform
}

/** A small image that real clients pull: every digest, size and diff_id is right. */
export interface BuiltImage {
  /** Configs and layers. */
  readonly blobs: readonly ImageObject[]
  /** In the order of the platforms asked for. */
  readonly manifests: readonly PlatformManifest[]
  readonly index: ImageObject
}

export interface ImageOptions {
  /** linux/amd64 and linux/arm64 if missing. */
  readonly platforms?: readonly ImagePlatform[]
  /** Tells images apart: other text, other digests everywhere. */
  readonly text?: string
  readonly mediaTypes?: 'oci' | 'docker'
}

const PLATFORMS: readonly ImagePlatform[] = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm64' },
]

/** The same options give the same bytes. */
export async function buildImage({ platforms = PLATFORMS, text = 'hello', mediaTypes = 'oci' }: ImageOptions = {}): Promise<BuiltImage> {
  const types = mediaTypes === 'oci' ? OCI : DOCKER
  const parts = await Promise.all(platforms.map((platform) => buildPlatform(platform, text, types)))
  const manifests = parts.map(({ manifest }) => manifest)
  const index = await objectOf(types.index, {
    schemaVersion: 2,
    mediaType: types.index,
    manifests: manifests.map((manifest) => ({ ...descriptorOf(manifest), platform: manifest.platform })),
  })
  return { blobs: parts.flatMap(({ blobs }) => blobs), manifests, index }
}

interface PlatformParts {
  readonly blobs: readonly ImageObject[]
  readonly manifest: PlatformManifest
}

async function buildPlatform(platform: ImagePlatform, text: string, types: typeof OCI | typeof DOCKER): Promise<PlatformParts> {
  const { tar, gzip } = await buildLayer({ 'hello.txt': `${text} from ${platform.os}/${platform.architecture}\n` })
  const layer: ImageObject = { digest: await digestOf(gzip), mediaType: types.layer, bytes: gzip }
  const created = '2026-01-01T00:00:00Z'
  const config = await objectOf(types.config, {
    created,
    ...platform,
    config: { Env: ['PATH=/usr/local/bin:/usr/bin:/bin'], Cmd: ['/hello.txt'] },
    rootfs: { type: 'layers', diff_ids: [await digestOf(tar)] },
    history: [{ created, created_by: 'sealdex demo' }],
  })
  const manifest = await objectOf(types.manifest, {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: descriptorOf(config),
    layers: [descriptorOf(layer)],
  })
  return { blobs: [config, layer], manifest: { ...manifest, platform } }
}

/** A JSON document as an object of a registry. */
export async function objectOf(mediaType: string, document: unknown): Promise<ImageObject> {
  const bytes = new TextEncoder().encode(JSON.stringify(document))
  return { digest: await digestOf(bytes), mediaType, bytes }
}

export interface PlainDescriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
}

export function descriptorOf({ mediaType, digest, bytes }: ImageObject): PlainDescriptor {
  return { mediaType, digest, size: bytes.length }
}

/** Puts an image into a registry, its index under the tag. Returns the index's digest. */
export async function seedImage(store: Store, repository: string, tag: string, image: BuiltImage): Promise<string> {
  for (const { bytes } of image.blobs) await store.putBlob(repository, bytes)
  for (const { digest, bytes, mediaType } of image.manifests) await store.putManifest(repository, digest, bytes, mediaType)
  return store.putManifest(repository, tag, image.index.bytes, image.index.mediaType)
}
