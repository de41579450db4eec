import { concatBytes } from '../base/bytes.ts'
import { malformed, SealdexError } from '../base/errors.ts'
import { arrayField, fixedObject, stringField, stringMap } from '../base/json-fields.ts'
import { parseJson } from '../base/json.ts'
import * as LIMITS from '../base/limits.ts'
import { algorithmOf, hexOf, type Digest } from '../crypto/digest.ts'
import { parseDescriptor, type Descriptor } from './descriptor.ts'
import { readTar, type Files } from './tar.ts'

/** Where the files of an image layout come from: a folder, an archive, memory. */
export interface LayoutFiles {
  /** The file at a path such as `index.json`; null if there is none. Throws `too-large` above `maxBytes`. */
  get(path: string, maxBytes: number): Promise<Uint8Array<ArrayBuffer> | null>
}

/** An image layout (E1): its index is read, its blobs not yet; what they hold is proved by whoever reads them. */
export interface Layout {
  readonly entries: readonly Descriptor[]
  /** The annotations of index.json itself. */
  readonly annotations: ReadonlyMap<string, string>
  /** The file that is filed under this digest, whatever its bytes are; null if there is none. */
  blob(digest: Digest, maxBytes: number): Promise<Uint8Array<ArrayBuffer> | null>
}

/** Opens an image layout. Throws `malformed` or `malformed-json` if it is none, `too-large` past a limit. */
export async function openLayout(files: LayoutFiles): Promise<Layout> {
  const [marker, index] = [await files.get('oci-layout', LIMITS.manifestBytes), await files.get('index.json', LIMITS.manifestBytes)]
  if (marker === null || index === null) malformed(`This is no OCI image layout: ${marker === null ? 'oci-layout' : 'index.json'} is missing.`)
  const version = stringField(fixedObject(parseJson(marker), ['imageLayoutVersion'], 'oci-layout'), 'imageLayoutVersion', 'oci-layout')
  if (!/^1\.[0-9]{1,4}\.[0-9]{1,4}$/.test(version)) malformed('oci-layout: the version of the layout is not 1.')
  const raw = fixedObject(parseJson(index), ['schemaVersion', 'mediaType', 'artifactType', 'manifests', 'subject', 'annotations'], 'index.json')
  const list = arrayField(raw, 'manifests', 'index.json')
  // a layout of a whole repository may list more than one index does
  if (list.length > LIMITS.layoutManifests) throw new SealdexError('too-many-descriptors', `index.json lists more than ${LIMITS.layoutManifests} entries.`)
  return {
    entries: list.map((entry, i) => parseDescriptor(entry, `index.json.manifests[${i}]`)),
    annotations: stringMap(raw.get('annotations'), 'index.json.annotations'),
    blob: (digest, maxBytes) => files.get(blobPath(digest), maxBytes),
  }
}

/** Where a layout keeps the bytes of a digest. */
export function blobPath(digest: Digest): string {
  return `blobs/${algorithmOf(digest)}/${hexOf(digest)}`
}

/** Files held in memory. */
export function memoryFiles(files: Files): LayoutFiles {
  return {
    async get(path, maxBytes) {
      const bytes = files.get(path) ?? null
      if (bytes !== null && bytes.byteLength > maxBytes) throw tooLarge(path, maxBytes)
      return bytes
    },
  }
}

/** The files of a tar or tar.gz archive, at most `LIMITS.tarBytes` unpacked. Throws as {@link readTar} does. */
export async function archiveFiles(archive: Uint8Array<ArrayBuffer>): Promise<LayoutFiles> {
  const isGzip = archive[0] === 0x1f && archive[1] === 0x8b
  return memoryFiles(readTar(isGzip ? await gunzip(archive, LIMITS.tarBytes) : archive))
}

export function tooLarge(path: string, maxBytes: number): SealdexError {
  return new SealdexError('too-large', `${path} has more than ${maxBytes} bytes.`)
}

/** Unpacks, counting as it goes (T14). Throws `too-large` past the limit, `malformed` for damaged data. */
export async function gunzip(packed: Uint8Array<ArrayBuffer>, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip')).getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      size += next.value.byteLength
      if (size > maxBytes) throw tooLarge('The archive, unpacked,', maxBytes)
      chunks.push(next.value)
    }
  } catch (error) {
    if (error instanceof SealdexError) throw error
    malformed('The archive is no gzip, or is damaged.')
  } finally {
    reader.cancel().catch(() => {})
  }
  return concatBytes(...chunks)
}
