import { utf8Encode } from '../../../src/base/bytes.ts'
import { parseJson } from '../../../src/base/json.ts'
import { formatTime } from '../../../src/base/time.ts'
import { digestOf, hexOf } from '../../../src/crypto/digest.ts'
import { memoryTufCache, type TufCache } from '../../../src/sigstore/tuf/cache.ts'
import { tufCanonicalBytes } from '../../../src/sigstore/tuf/canonical.ts'
import type { TufFetch, TufOptions } from '../../../src/sigstore/tuf/session.ts'
import { testKey, type TestKey } from './keys.ts'

/** The tests' now, and an hour and more before and after. */
export const NOW = 1_800_000_000
export const LATER: string = formatTime(NOW + 86_400)
export const EARLIER: string = formatTime(NOW - 86_400)

type Json = Record<string, unknown>
export type Part = 'root' | 'timestamp' | 'snapshot' | 'targets'

/** One role: what it says, and who signs it. Tests change both as they like before {@link TestRepository.publish}. */
export interface TestRole {
  signed: Json & { version: number, expires: string }
  signers: TestKey[]
}

/** A TUF repository whose every field can be wrong. */
export class TestRepository {
  /** What the mirror serves, by path. */
  readonly files: Map<string, Uint8Array<ArrayBuffer>> = new Map()
  readonly roles: Record<Part, TestRole>
  /** Delegated targets by name; who delegates says so in its own `delegations`. */
  readonly delegated: Map<string, TestRole> = new Map()
  /** The root.json that clients begin with. */
  pinned: Uint8Array<ArrayBuffer> = new Uint8Array(0)
  readonly cache: TufCache = memoryTufCache()
  readonly asked: string[] = []

  constructor(keys: Readonly<Record<Part, TestKey[]>>) {
    const role = (part: Part, more: Json): TestRole => ({ signed: { _type: part, spec_version: '1.0.31', version: 1, expires: LATER, ...more }, signers: keys[part] })
    this.roles = { root: role('root', { consistent_snapshot: true }), timestamp: role('timestamp', {}), snapshot: role('snapshot', {}), targets: role('targets', { targets: {} }) }
    for (const part of ['root', 'timestamp', 'snapshot', 'targets'] as const) this.trust(part, keys[part])
  }

  /** Lets the root name these keys for a role. */
  trust(part: Part, keys: readonly TestKey[], threshold: number = keys.length): void {
    const { signed } = this.roles.root
    signed['keys'] = { ...(signed['keys'] as Json | undefined), ...keysOf(keys) }
    signed['roles'] = { ...(signed['roles'] as Json | undefined), [part]: { keyids: keys.map(({ id }) => id), threshold } }
  }

  /** The next root, signed by these besides its own keys. */
  async publishRoot(others: readonly TestKey[] = [], version: number = this.roles.root.signed.version + 1): Promise<void> {
    this.roles.root.signed.version = version
    const own = this.roles.root.signers
    this.files.set(`${version}.root.json`, await signed(this.roles.root.signed, [...own, ...others.filter((key) => !own.includes(key))]))
  }

  async addTarget(name: string, bytes: Uint8Array<ArrayBuffer>, by: TestRole = this.roles.targets): Promise<void> {
    const sha256 = hexOf(await digestOf(bytes))
    by.signed['targets'] = { ...(by.signed['targets'] as Json), [name]: { length: bytes.length, hashes: { sha256 } } }
    const [folder, base] = [name.slice(0, name.lastIndexOf('/') + 1), name.slice(name.lastIndexOf('/') + 1)]
    this.files.set(`targets/${folder}${sha256}.${base}`, bytes)
  }

  /** Signs targets, snapshot and timestamp, each naming the one before it; `edit` changes what is signed, `version` that of all three. */
  async publish({ edit = {}, version }: { readonly edit?: Partial<Record<Part, (said: Json) => void>>, readonly version?: number } = {}): Promise<void> {
    const { timestamp, snapshot, targets } = this.roles
    if (version !== undefined) for (const role of [timestamp, snapshot, targets]) role.signed.version = version
    const meta: Json = {}
    for (const [name, role] of [['targets', targets] as const, ...this.delegated]) {
      if (name === 'targets') edit.targets?.(role.signed)
      const bytes = await signed(role.signed, role.signers)
      this.files.set(`${role.signed.version}.${encodeURIComponent(name)}.json`, bytes)
      meta[`${name}.json`] = await metaOf(role.signed.version, bytes)
    }
    snapshot.signed['meta'] = meta
    edit.snapshot?.(snapshot.signed)
    const bytes = await signed(snapshot.signed, snapshot.signers)
    this.files.set(`${snapshot.signed.version}.snapshot.json`, bytes)
    timestamp.signed['meta'] = { 'snapshot.json': await metaOf(snapshot.signed.version, bytes) }
    edit.timestamp?.(timestamp.signed)
    this.files.set('timestamp.json', await signed(timestamp.signed, timestamp.signers))
  }

  /** Reads what is published. */
  readonly fetch: TufFetch = async (path) => {
    this.asked.push(path)
    const value = this.files.get(path)
    return value === undefined ? { state: 'absent' } : { state: 'read', value }
  }

  options(more: Partial<TufOptions> = {}): TufOptions {
    return { fetch: this.fetch, cache: this.cache, pinnedRoot: this.pinned, now: NOW, ...more }
  }
}

export function keysOf(keys: readonly TestKey[]): Json {
  return Object.fromEntries(keys.map(({ id, object }) => [id, object]))
}

/** Metadata as they are served. */
export async function signed(said: Json, signers: readonly TestKey[]): Promise<Uint8Array<ArrayBuffer>> {
  const message = tufCanonicalBytes(parseJson(utf8Encode(JSON.stringify(said))))
  const signatures = await Promise.all(signers.map(async (key) => ({ keyid: key.id, sig: await key.sign(message) })))
  return utf8Encode(JSON.stringify({ signatures, signed: said }))
}

async function metaOf(version: number, bytes: Uint8Array<ArrayBuffer>): Promise<Json> {
  return { version, length: bytes.length, hashes: { sha256: hexOf(await digestOf(bytes)) } }
}

export const TRUSTED_ROOT: Uint8Array<ArrayBuffer> = utf8Encode('{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}')

/** A repository with one trusted_root.json, as published once: two keys for the root (both have to sign), one for each other role. */
export async function testRepository(): Promise<TestRepository> {
  const [a, b, timestamp, snapshot, targets] = await Promise.all(Array.from({ length: 5 }, () => testKey()))
  if (a === undefined || b === undefined || timestamp === undefined || snapshot === undefined || targets === undefined) throw new Error('keys are missing')
  const repository = new TestRepository({ root: [a, b], timestamp: [timestamp], snapshot: [snapshot], targets: [targets] })
  repository.pinned = await signed(repository.roles.root.signed, [a, b])
  await repository.addTarget('trusted_root.json', TRUSTED_ROOT)
  await repository.publish()
  return repository
}
