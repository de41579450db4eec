/** The image of the matrix: two platforms that real clients pull, and an SBOM artifact beside them. */
import { buildImage, descriptorOf, objectOf, type BuiltImage, type ImageObject } from '../../demo/images.ts'
import { digestOf } from '../../demo/registry/grammar.ts'
import { pushBlob, pushManifest } from './push.ts'

export interface MatrixImage {
  readonly built: BuiltImage
  readonly sbom: ImageObject
  readonly blobs: readonly ImageObject[]
  readonly index: ImageObject
  /** Config digest of linux/amd64: what arrives is known by it. */
  readonly amd64Config: string
  /** Its layer, uncompressed. */
  readonly amd64DiffId: string
}

const INDEX = 'application/vnd.oci.image.index.v1+json'
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const EMPTY = { mediaType: 'application/vnd.oci.empty.v1+json', bytes: new TextEncoder().encode('{}') }

export interface MatrixImageOptions {
  /** As no index should be written, since go-containerregistry takes an entry without platform for linux/amd64. */
  readonly sbomFirst: boolean
  /** The SBOM's descriptor says `artifactType` too. */
  readonly typed: boolean
}

export async function matrixImage(text: string, { sbomFirst, typed }: MatrixImageOptions): Promise<MatrixImage> {
  const built = await buildImage({ text })
  const [amd64] = built.manifests
  const [config, layer] = built.blobs
  if (amd64 === undefined || config === undefined || layer === undefined) throw new Error('an image has a platform, a config and a layer')
  const empty = { ...EMPTY, digest: await digestOf(EMPTY.bytes) }
  const document = await objectOf('application/spdx+json', { spdxVersion: 'SPDX-2.3', name: text })
  const sbom = await objectOf(MANIFEST, { schemaVersion: 2, mediaType: MANIFEST, artifactType: 'application/spdx+json', config: descriptorOf(empty), layers: [descriptorOf(document)], subject: descriptorOf(amd64) })
  const platforms = built.manifests.map((manifest) => ({ ...descriptorOf(manifest), platform: manifest.platform }))
  const artifact = { ...descriptorOf(sbom), ...(typed && { artifactType: 'application/spdx+json' }) }
  const index = await objectOf(INDEX, { schemaVersion: 2, mediaType: INDEX, manifests: sbomFirst ? [artifact, ...platforms] : [...platforms, artifact] })
  const { rootfs } = JSON.parse(new TextDecoder().decode(config.bytes)) as { rootfs: { diff_ids: readonly string[] } }
  return { built, sbom, blobs: [...built.blobs, empty, document], index, amd64Config: config.digest, amd64DiffId: rootfs.diff_ids[0] ?? '' }
}

export async function pushImage(host: string, repository: string, tag: string, image: MatrixImage): Promise<void> {
  for (const { digest, bytes } of image.blobs) await pushBlob(host, repository, digest, bytes)
  for (const object of [...image.built.manifests, image.sbom]) await pushManifest(host, repository, object.digest, object)
  await pushManifest(host, repository, tag, image.index)
}
