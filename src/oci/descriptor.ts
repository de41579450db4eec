import { fixedObject, optionalString, sizeField, stringField, stringMap } from '../base/json-fields.ts'
import type { JsonObject, JsonValue } from '../base/json.ts'
import { parseDigest, type Digest } from '../crypto/digest.ts'
import { parsePlatform, type Platform } from './platform.ts'

/** A descriptor (formats.md 2), checked for form only: what it says of its target is a claim. */
export interface Descriptor {
  readonly mediaType: string
  readonly digest: Digest
  readonly size: number
  readonly platform: Platform | null
  readonly annotations: ReadonlyMap<string, string>
  readonly artifactType: string | null
  /** The object as it was read, unknown fields and order included (W2). */
  readonly raw: JsonObject
}

const FIELDS = ['mediaType', 'digest', 'size', 'urls', 'annotations', 'data', 'artifactType', 'platform'] as const

/** Reads a descriptor; throws `malformed`, or `unsupported-digest` for a digest that is neither sha256 nor sha512. */
export function parseDescriptor(value: JsonValue | undefined, where: string): Descriptor {
  const raw = fixedObject(value, FIELDS, where)
  return {
    mediaType: stringField(raw, 'mediaType', where),
    digest: parseDigest(stringField(raw, 'digest', where)),
    size: sizeField(raw, 'size', where),
    platform: parsePlatform(raw.get('platform'), `${where}.platform`),
    annotations: stringMap(raw.get('annotations'), `${where}.annotations`),
    artifactType: optionalString(raw, 'artifactType', where) || null,
    raw,
  }
}
