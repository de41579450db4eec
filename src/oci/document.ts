import { malformed, SealdexError } from '../base/errors.ts'
import { arrayField, fixedObject, optionalString, stringMap } from '../base/json-fields.ts'
import { JsonNumber, parseJson, type JsonObject } from '../base/json.ts'
import * as LIMITS from '../base/limits.ts'
import { parseDescriptor, type Descriptor } from './descriptor.ts'
import { isImageConfigType, isIndexType, isManifestType } from './media-types.ts'

interface Common {
  readonly mediaType: string
  /** The field itself, for a manifest without it the config's media type where that is no image config (formats.md 12.4). */
  readonly artifactType: string | null
  readonly subject: Descriptor | null
  readonly annotations: ReadonlyMap<string, string>
  readonly raw: JsonObject
}

export interface ImageIndex extends Common {
  readonly kind: 'index'
  readonly manifests: readonly Descriptor[]
}

export interface Manifest extends Common {
  readonly kind: 'manifest'
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
}

/** A manifest of a type that is not read here (Docker schema 1, WASM …): it can be signed and run, but nothing in it is understood. */
export interface OpaqueManifest extends Common {
  readonly kind: 'opaque'
}

export type Document = ImageIndex | Manifest | OpaqueManifest

const FIELDS = ['schemaVersion', 'mediaType', 'artifactType', 'config', 'layers', 'manifests', 'subject', 'annotations', 'fsLayers'] as const

/**
 * Reads the bytes of a manifest or index. `claimedType` is the descriptor's (or Content-Type's) media type and stands in where the body has
 * none. Throws `malformed` or `malformed-json` for what breaks the grammar, `too-many-descriptors` past the limit (R1, T1, T13, T15).
 */
export function readDocument(bytes: Uint8Array, claimedType: string | null): Document {
  const raw = fixedObject(parseJson(bytes), FIELDS, 'manifest')
  const written = optionalString(raw, 'mediaType', 'manifest') || null
  const mediaType = written ?? claimedType
  if (mediaType === null || mediaType === '') malformed('manifest.mediaType is missing, and nothing else says what the object is.')
  const hasManifests = raw.has('manifests')
  const hasLayers = raw.has('layers') || raw.has('config') || raw.has('fsLayers')
  if (hasManifests && hasLayers) malformed('The object has "manifests" together with "layers", "config" or "fsLayers": an index and a manifest at once (CVE-2021-41190).')
  if (isIndexType(mediaType)) return readIndex(raw, mediaType)
  if (isManifestType(mediaType)) return readManifest(raw, mediaType)
  if (hasManifests) malformed(`The object lists "manifests" as an index does, but calls itself another type.`)
  return { kind: 'opaque', ...common(raw, mediaType, null) }
}

/** An image index out of its bytes: strict in grammar, with every descriptor's claims as claims. Throws `malformed`, `malformed-json`, `unsupported-digest` or `too-many-descriptors`. */
export function parseIndex(bytes: Uint8Array): ImageIndex {
  const document = readDocument(bytes, null)
  if (document.kind !== 'index') malformed('The object is no image index.')
  return document
}

function readIndex(raw: JsonObject, mediaType: string): ImageIndex {
  version2(raw)
  const list = arrayField(raw, 'manifests', 'index')
  if (list.length > LIMITS.descriptors) {
    throw new SealdexError('too-many-descriptors', `The index lists ${list.length} descriptors, more than the ${LIMITS.descriptors} that are read.`)
  }
  const manifests = list.map((entry, i) => parseDescriptor(entry, `index.manifests[${i}]`))
  return { kind: 'index', ...common(raw, mediaType, null), manifests }
}

function readManifest(raw: JsonObject, mediaType: string): Manifest {
  version2(raw)
  if (raw.has('fsLayers')) malformed('A schema 2 manifest holds "fsLayers" of schema 1.')
  const config = parseDescriptor(raw.get('config'), 'manifest.config')
  const layers = arrayField(raw, 'layers', 'manifest').map((entry, i) => parseDescriptor(entry, `manifest.layers[${i}]`))
  return { kind: 'manifest', ...common(raw, mediaType, isImageConfigType(config.mediaType) ? null : config.mediaType), config, layers }
}

function common(raw: JsonObject, mediaType: string, fallbackArtifactType: string | null): Common {
  const subject = raw.get('subject')
  return {
    mediaType,
    artifactType: optionalString(raw, 'artifactType', 'manifest') || fallbackArtifactType,
    subject: subject === undefined || subject === null ? null : parseDescriptor(subject, 'manifest.subject'),
    annotations: stringMap(raw.get('annotations'), 'manifest.annotations'),
    raw,
  }
}

function version2(raw: JsonObject): void {
  const version = raw.get('schemaVersion')
  if (!(version instanceof JsonNumber) || version.text !== '2') malformed('manifest.schemaVersion is not 2.')
}
