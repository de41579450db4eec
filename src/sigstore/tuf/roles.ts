import { malformed } from '../../base/errors.ts'
import { arrayField, fixedObject, stringField } from '../../base/json-fields.ts'
import type { JsonObject, JsonValue } from '../../base/json.ts'
import * as LIMITS from '../../base/limits.ts'
import { quoted } from '../../base/quoted.ts'
import { booleanField, keysField, mapField, readMetaFile, readTargetFile, roleFields, stringsField, type MetaFile, type TargetFile } from './fields.ts'
import { readDocument, type RoleType, type TufDocument, type TufKeys, type TufRole } from './signed.ts'

export interface Root {
  readonly consistentSnapshot: boolean
  readonly keys: TufKeys
  readonly roles: Readonly<Record<RoleType, TufRole>>
}

export interface Timestamp {
  readonly snapshot: MetaFile
}

export interface Snapshot {
  /** By file name, such as `targets.json`. */
  readonly meta: ReadonlyMap<string, MetaFile>
}

export interface Targets {
  /** The entry of a target; null where there is none. Entries are read when they are asked for. */
  target(path: string): TargetFile | null
  readonly delegations: readonly Delegation[]
}

/** A role to which others' targets are left. */
export interface Delegation {
  readonly name: string
  readonly role: TufRole
  readonly keys: TufKeys
  /** What matches here is looked for nowhere else. */
  readonly terminating: boolean
  readonly paths: { readonly kind: 'patterns' | 'hash-prefixes', readonly list: readonly string[] }
}

const ROLES: readonly RoleType[] = ['root', 'timestamp', 'snapshot', 'targets']

export function readRoot(bytes: Uint8Array<ArrayBuffer>): TufDocument<Root> {
  return readDocument(bytes, 'root', ['consistent_snapshot', 'keys', 'roles'], (signed) => {
    const roles = fixedObject(signed.get('roles'), ROLES, 'signed.roles')
    const role = (name: RoleType): TufRole => roleFields(fixedObject(roles.get(name), ['keyids', 'threshold'], `signed.roles.${name}`), `signed.roles.${name}`)
    return {
      consistentSnapshot: booleanField(signed, 'consistent_snapshot', 'signed'),
      keys: keysField(signed, 'signed'),
      roles: { root: role('root'), timestamp: role('timestamp'), snapshot: role('snapshot'), targets: role('targets') },
    }
  })
}

export function readTimestamp(bytes: Uint8Array<ArrayBuffer>): TufDocument<Timestamp> {
  return readDocument(bytes, 'timestamp', ['meta'], (signed) => ({ snapshot: readMetaFile(mapField(signed, 'meta', 'signed').get('snapshot.json'), 'signed.meta["snapshot.json"]') }))
}

export function readSnapshot(bytes: Uint8Array<ArrayBuffer>): TufDocument<Snapshot> {
  return readDocument(bytes, 'snapshot', ['meta'], (signed) => (
    { meta: new Map([...mapField(signed, 'meta', 'signed')].map(([name, value]) => [name, readMetaFile(value, `signed.meta[${quoted(name)}]`)])) }
  ))
}

/** Targets of the top level, or of a delegated role. */
export function readTargets(bytes: Uint8Array<ArrayBuffer>): TufDocument<Targets> {
  return readDocument(bytes, 'targets', ['targets', 'delegations'], (signed) => {
    const targets = mapField(signed, 'targets', 'signed')
    const target = (path: string): TargetFile | null => targets.has(path) ? readTargetFile(targets.get(path), `signed.targets[${quoted(path)}]`) : null
    return { target, delegations: signed.has('delegations') ? readDelegations(signed.get('delegations')) : [] }
  })
}

function readDelegations(value: JsonValue | undefined): readonly Delegation[] {
  const where = 'signed.delegations'
  const object = fixedObject(value, ['keys', 'roles', 'succinct_roles'], where)
  const keys = keysField(object, where)
  // hashed bins without names (TAP 15): Sigstore has none
  if (object.has('succinct_roles')) malformed(`${where}.succinct_roles is not read.`)
  const list = arrayField(object, 'roles', where)
  if (list.length > LIMITS.tuf.delegationsListed) malformed(`${where}.roles has ${list.length} roles; up to ${LIMITS.tuf.delegationsListed} are read.`)
  const delegations = list.map((role, at) => readDelegation(role, keys, `${where}.roles[${at}]`))
  const names = new Set<string>(ROLES)
  for (const { name } of delegations) {
    if (names.has(name)) malformed(`${where}.roles has ${quoted(name)} twice, or a role of the top level.`)
    names.add(name)
  }
  return delegations
}

function readDelegation(value: JsonValue, keys: TufKeys, where: string): Delegation {
  const object = fixedObject(value, ['name', 'keyids', 'threshold', 'terminating', 'paths', 'path_hash_prefixes'], where)
  return { name: stringField(object, 'name', where), role: roleFields(object, where), keys, terminating: booleanField(object, 'terminating', where), paths: readPaths(object, where) }
}

function readPaths(object: JsonObject, where: string): Delegation['paths'] {
  if (object.has('paths') === object.has('path_hash_prefixes')) malformed(`${where} needs either paths or path_hash_prefixes.`)
  return object.has('paths') ? { kind: 'patterns', list: stringsField(object, 'paths', where) } : { kind: 'hash-prefixes', list: stringsField(object, 'path_hash_prefixes', where) }
}
