import { utf8Encode } from '../base/bytes.ts'
import { SealdexError } from '../base/errors.ts'
import { arrayField } from '../base/json-fields.ts'
import { isJsonObject, JsonNumber, stringifyJson, type JsonObject, type JsonValue } from '../base/json.ts'
import * as LIMITS from '../base/limits.ts'
import { digestOf } from '../crypto/digest.ts'
import * as MEDIA from '../oci/media.ts'
import { sortedText } from './merge.ts'

/**
 * A manifest as cosign keeps signatures and attestations at its tags, with the layers of `added` that it lacks behind its own: the bytes to be written, or null
 * where it has them all. A layer is another one if anything in it differs, its annotations above all: two signers of one payload share its digest
 * (formats.md 12.5). `writeConfig` stores the config that names the layers, as cosign's does.
 */
export async function uniteLayers(standing: JsonObject, added: JsonObject, writeConfig: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>): Promise<Uint8Array<ArrayBuffer> | null> {
  const own = layersOf(standing)
  const known = new Set(own.map(sortedText))
  const more = layersOf(added).filter((layer) => !known.has(sortedText(layer)))
  if (more.length === 0) return null
  const layers = [...own, ...more]
  const config = configFor(layers)
  await writeConfig(config)
  const descriptor: JsonObject = new Map<string, JsonValue>([['mediaType', MEDIA.ociConfig], ['size', size(config)], ['digest', await digestOf(config)]])
  return checked(utf8Encode(stringifyJson(new Map(standing).set('config', descriptor).set('layers', layers))))
}

/** Such a manifest that has no layer yet. */
export function emptySigManifest(): JsonObject {
  return new Map<string, JsonValue>([['schemaVersion', new JsonNumber('2')], ['mediaType', MEDIA.ociManifest], ['config', new Map()], ['layers', []]])
}

export function layersOf(manifest: JsonObject): readonly JsonObject[] {
  return arrayField(manifest, 'layers', 'manifest').filter(isJsonObject)
}

/** What cosign writes: an image that never runs, whose layers are named in its config as go-containerregistry names them. */
function configFor(layers: readonly JsonObject[]): Uint8Array<ArrayBuffer> {
  const created = '0001-01-01T00:00:00Z'
  return utf8Encode(stringifyJson(new Map<string, JsonValue>([
    ['architecture', ''],
    ['created', created],
    ['history', layers.map(() => new Map([['created', created]]))],
    ['os', ''],
    ['rootfs', new Map<string, JsonValue>([['type', 'layers'], ['diff_ids', layers.map((layer) => layer.get('digest') ?? '')]])],
    ['config', new Map()],
  ])))
}

function size(bytes: Uint8Array): JsonNumber {
  return new JsonNumber(String(bytes.length))
}

function checked(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (bytes.length > LIMITS.manifestBytes) throw new SealdexError('too-large', `With what is added the manifest of signatures has ${bytes.length} bytes; registries and readers take ${LIMITS.manifestBytes}.`)
  return bytes
}
