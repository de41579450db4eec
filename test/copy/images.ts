import { descriptorOf, objectOf, type ImageObject } from '../../demo/images.ts'
import type { Store } from '../../demo/registry/store.ts'

export const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
export const INDEX = 'application/vnd.oci.image.index.v1+json'

/** An image of two platforms at `demo/app:v1`, each with a layer of so many bytes. */
export interface LayeredImage {
  readonly index: ImageObject
  readonly manifests: readonly ImageObject[]
  readonly layers: readonly { readonly digest: string; readonly bytes: Uint8Array<ArrayBuffer> }[]
}

export async function layeredImage(store: Store, layerBytes: number, repository = 'demo/app'): Promise<LayeredImage> {
  const [manifests, layers]: [ImageObject[], LayeredImage['layers'][number][]] = [[], []]
  for (const [i, architecture] of ['amd64', 'arm64'].entries()) {
    const bytes = new Uint8Array(layerBytes).map((_, at) => (at * 31 + i + (at >> 8)) & 255)
    const layer = { digest: await store.putBlob(repository, bytes), mediaType: 'application/vnd.oci.image.layer.v1.tar', bytes }
    const configBytes = new TextEncoder().encode(JSON.stringify({ architecture, os: 'linux' }))
    const config = { digest: await store.putBlob(repository, configBytes), mediaType: 'application/vnd.oci.image.config.v1+json', bytes: configBytes }
    manifests.push(await put(store, repository, { config: descriptorOf(config), layers: [descriptorOf(layer)] }))
    layers.push(layer)
  }
  const listed = manifests.map((one, i) => ({ ...descriptorOf(one), platform: { os: 'linux', architecture: ['amd64', 'arm64'][i] } }))
  const index = await put(store, repository, { manifests: listed }, INDEX)
  store.tag(repository, 'v1', index.digest)
  return { index, manifests, layers }
}

/** An SBOM-like artifact about a subject. */
export async function attach(store: Store, subject: ImageObject, text: string, repository = 'demo/app'): Promise<ImageObject> {
  const empty = { mediaType: 'application/vnd.oci.empty.v1+json', digest: await store.putBlob(repository, new TextEncoder().encode('{}')), bytes: new Uint8Array(2) }
  const bytes = new TextEncoder().encode(text)
  const file = { mediaType: 'text/plain', digest: await store.putBlob(repository, bytes), bytes }
  return put(store, repository, { artifactType: 'text/plain', config: descriptorOf(empty), layers: [descriptorOf(file)], subject: descriptorOf(subject) })
}

export async function put(store: Store, repository: string, document: object, mediaType: string = MANIFEST): Promise<ImageObject> {
  const object = await objectOf(mediaType, { schemaVersion: 2, mediaType, ...document })
  await store.putManifest(repository, object.digest, object.bytes, mediaType)
  return object
}

/** cosign's manifest at a `.sig` tag, with a layer for each signature over one payload. */
export async function putSig(store: Store, subject: string, signatures: readonly string[], repository = 'demo/app'): Promise<ImageObject> {
  const payload = new TextEncoder().encode(`payload of ${subject}`)
  const layer = { mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json', digest: await store.putBlob(repository, payload), size: payload.length }
  const configBytes = new TextEncoder().encode('{"rootfs":{}}')
  const config = { mediaType: 'application/vnd.oci.image.config.v1+json', digest: await store.putBlob(repository, configBytes), size: configBytes.length }
  const manifest = await put(store, repository, { config, layers: signatures.map((signature) => ({ ...layer, annotations: { 'dev.cosignproject.cosign/signature': signature } })) })
  store.tag(repository, `${subject.replace(':', '-')}.sig`, manifest.digest)
  return manifest
}
