import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Store } from './registry/store.ts'

/** An image with its signature as a real tool wrote it, byte for byte (cosign-sig.json, keyless.json). */
export interface RecordedImage {
  /** PEM; of an image signed by key. */
  readonly publicKey?: string
  readonly identity?: string
  readonly issuer?: string
  /** trusted_root.json, of the private Sigstore that made it. */
  readonly trustedRoot?: object
  readonly blobs: readonly string[]
  readonly manifests: readonly { readonly reference: string; readonly mediaType: string; readonly bytes: string }[]
}

export async function seedRecorded(store: Store, path: string, file: string): Promise<RecordedImage> {
  const image = JSON.parse(await readFile(join(import.meta.dirname, file), 'utf8')) as RecordedImage
  for (const blob of image.blobs) await store.putBlob(path, new Uint8Array(Buffer.from(blob, 'base64')))
  for (const { reference, mediaType, bytes } of image.manifests) await store.putManifest(path, reference, new Uint8Array(Buffer.from(bytes, 'base64')), mediaType)
  return image
}
