import { malformed } from '../../base/errors.ts'
import { arrayField, fixedObject, sizeField } from '../../base/json-fields.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../base/json.ts'
import * as LIMITS from '../../base/limits.ts'
import { quoted } from '../../base/quoted.ts'
import { readTufKey } from './key.ts'
import type { TufKeys, TufRole } from './signed.ts'

/** Which metadata are meant: `length` and `hashes` where they are given. */
export interface MetaFile {
  readonly version: number
  readonly length: number | null
  readonly hashes: Hashes
}

export interface TargetFile {
  readonly length: number
  /** Never empty. */
  readonly hashes: Hashes
}

/** Lower-case hex by algorithm, of those that are known; each has to be right. */
export type Hashes = ReadonlyMap<'sha256' | 'sha512', string>

const HEX_LENGTH = { sha256: 64, sha512: 128 } as const

/** A whole number from 1 on. */
export function versionField(object: JsonObject, where: string): number {
  const version = sizeField(object, 'version', where)
  return version >= 1 ? version : malformed(`${where}.version is 0; versions begin with 1.`)
}

/** An object with free names. */
export function mapField(object: JsonObject, name: string, where: string): JsonObject {
  const value = object.get(name)
  return isJsonObject(value) ? value : malformed(`${where}.${name} is no object.`)
}

export function booleanField(object: JsonObject, name: string, where: string): boolean {
  const value = object.get(name) ?? false
  return typeof value === 'boolean' ? value : malformed(`${where}.${name} is neither true nor false.`)
}

export function stringsField(object: JsonObject, name: string, where: string): readonly string[] {
  return arrayField(object, name, where).map((item) => typeof item === 'string' ? item : malformed(`${where}.${name} holds something that is no string.`))
}

export function keysField(object: JsonObject, where: string): TufKeys {
  const keys = mapField(object, 'keys', where)
  if (keys.size > LIMITS.tuf.keys) malformed(`${where}.keys has ${keys.size} keys; up to ${LIMITS.tuf.keys} are read.`)
  return new Map([...keys].map(([id, value]) => [id, readTufKey(value, `${where}.keys[${quoted(id)}]`)]))
}

/** Who signs, as it stands in a role or a delegation. */
export function roleFields(object: JsonObject, where: string): TufRole {
  const keyIds = stringsField(object, 'keyids', where)
  if (new Set(keyIds).size !== keyIds.length) malformed(`${where}.keyids names a key twice.`)
  const threshold = sizeField(object, 'threshold', where)
  return threshold >= 1 ? { keyIds, threshold } : malformed(`${where}.threshold is 0: anyone could sign.`)
}

export function readMetaFile(value: JsonValue | undefined, where: string): MetaFile {
  const object = fixedObject(value, ['version', 'length', 'hashes'], where)
  return {
    version: versionField(object, where),
    length: object.has('length') ? sizeField(object, 'length', where) : null,
    hashes: object.has('hashes') ? hashesField(object, where) : new Map(),
  }
}

export function readTargetFile(value: JsonValue | undefined, where: string): TargetFile {
  const object = fixedObject(value, ['length', 'hashes', 'custom'], where)
  return { length: sizeField(object, 'length', where), hashes: hashesField(object, where) }
}

function hashesField(object: JsonObject, where: string): Hashes {
  const hashes = new Map<'sha256' | 'sha512', string>()
  for (const [name, value] of mapField(object, 'hashes', where)) {
    if (name !== 'sha256' && name !== 'sha512') continue
    if (typeof value !== 'string' || value.length !== HEX_LENGTH[name] || !/^[0-9a-f]+$/.test(value)) malformed(`${where}.hashes.${name} is no lower-case hex of its length.`)
    hashes.set(name, value)
  }
  return hashes.size > 0 ? hashes : malformed(`${where}.hashes has neither sha256 nor sha512.`)
}
