import { buildImage, descriptorOf, objectOf, type BuiltImage, type ImageObject, type PlainDescriptor } from '../../demo/images.ts'
import { utf8Encode } from '../../src/base/bytes.ts'
import { parseDigest, type Digest } from '../../src/crypto/digest.ts'
import { blobPath, memoryFiles, type LayoutFiles } from '../../src/oci/layout.ts'

export const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const EMPTY = { mediaType: 'application/vnd.oci.empty.v1+json', digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a', size: 2 }

export type Entry = PlainDescriptor & { readonly annotations?: Readonly<Record<string, string>>; readonly artifactType?: string }

/** The files of a layout with these entries and objects. */
export function layoutOf(entries: readonly Entry[], objects: readonly ImageObject[], annotations?: Readonly<Record<string, string>>): Map<string, Uint8Array<ArrayBuffer>> {
  return new Map([
    ['oci-layout', utf8Encode('{"imageLayoutVersion":"1.0.0"}')],
    ['index.json', utf8Encode(JSON.stringify({ schemaVersion: 2, manifests: entries, ...(annotations && { annotations }) }))],
    ...objects.map(({ digest, bytes }) => [blobPath(parseDigest(digest)), bytes] as const),
  ])
}

export function files(...parameters: Parameters<typeof layoutOf>): LayoutFiles {
  return memoryFiles(layoutOf(...parameters))
}

export function entry(object: ImageObject, annotations?: Readonly<Record<string, string>>): Entry {
  return annotations === undefined ? descriptorOf(object) : { ...descriptorOf(object), annotations }
}

export function named(object: ImageObject, name: string): Entry {
  return entry(object, { 'org.opencontainers.image.ref.name': name })
}

/** An artifact whose `subject` is the object. */
export function artifactOf(subject: ImageObject, text: string): Promise<ImageObject> {
  return objectOf(MANIFEST, {
    schemaVersion: 2, mediaType: MANIFEST, artifactType: 'application/vnd.example', config: EMPTY, layers: [EMPTY], subject: descriptorOf(subject), annotations: { text },
  })
}

export interface Pieces {
  readonly image: BuiltImage
  readonly index: Digest
  /** The image's index and manifests. */
  readonly objects: readonly ImageObject[]
}

export async function pieces(text?: string): Promise<Pieces> {
  const image = await buildImage(text === undefined ? {} : { text })
  return { image, index: parseDigest(image.index.digest), objects: [image.index, ...image.manifests] }
}
