import { parseDigest, verifyBytes } from '../../crypto/digest.ts'
import type { Hashes, MetaFile } from './fields.ts'
import { readRoot, readSnapshot, readTargets, readTimestamp, type Root, type Snapshot, type Targets, type Timestamp } from './roles.ts'
import { invalid, requireThreshold, type RoleType, type TufDocument, type TufKeys, type TufRole } from './signed.ts'

// What may follow on what: the client workflow of the TUF specification (version 1.0, section 5), each step from values to a value. All throw for what may not.

/** The root to begin with (5.2): trusted because the caller says so; that it is signed by its own keys shows that it is whole. */
export async function beginWithRoot(bytes: Uint8Array<ArrayBuffer>): Promise<TufDocument<Root>> {
  const root = readRoot(bytes)
  await requireThreshold(root, root.content.roles.root, root.content.keys, 'the root itself')
  return root
}

/** The root after this one (5.3): signed by the keys of both, and no version left out. */
export async function followRoot(current: TufDocument<Root>, bytes: Uint8Array<ArrayBuffer>): Promise<TufDocument<Root>> {
  const next = readRoot(bytes)
  await requireThreshold(next, current.content.roles.root, current.content.keys, `root version ${current.version}`)
  await requireThreshold(next, next.content.roles.root, next.content.keys, 'the new root itself')
  if (next.version !== current.version + 1) invalid(`Root version ${next.version} follows on version ${current.version}.`)
  return next
}

/** Whether the keys of timestamp or snapshot differ: then what they signed before is forgotten (5.3.11), or a stolen key could have set the versions so high that nothing follows on them. */
export function rotatesOnlineKeys(from: Root, to: Root): boolean {
  return (['timestamp', 'snapshot'] as const).some((type) => keySet(from, type) !== keySet(to, type))
}

function keySet({ roles, keys }: Root, type: RoleType): string {
  return roles[type].keyIds.map((id) => keys.get(id)?.publicKey.keyId ?? id).sort().join(' ')
}

/** The timestamp (5.4): no older than the trusted one, nor may the snapshot be that it names. Of the same version the trusted one stays. */
export async function acceptTimestamp({ content: root }: TufDocument<Root>, bytes: Uint8Array<ArrayBuffer>, trusted: TufDocument<Timestamp> | null): Promise<TufDocument<Timestamp>> {
  const timestamp = readTimestamp(bytes)
  await requireThreshold(timestamp, root.roles.timestamp, root.keys, 'the timestamp')
  if (trusted === null) return timestamp
  if (timestamp.version < trusted.version) invalid(`The timestamp has version ${timestamp.version}; version ${trusted.version} was seen before.`)
  const [snapshot, before] = [timestamp.content.snapshot.version, trusted.content.snapshot.version]
  if (snapshot < before) invalid(`The timestamp names snapshot version ${snapshot}; version ${before} was seen before.`)
  return timestamp.version === trusted.version ? trusted : timestamp
}

/** A snapshot that was taken before, for comparison alone: signed as it must be, whatever the timestamp names now. */
export async function formerSnapshot({ content: root }: TufDocument<Root>, bytes: Uint8Array<ArrayBuffer>): Promise<TufDocument<Snapshot>> {
  const snapshot = readSnapshot(bytes)
  await requireThreshold(snapshot, root.roles.snapshot, root.keys, 'the snapshot')
  return snapshot
}

/** The snapshot that the timestamp names (5.5): it takes no targets away and none back to an older version. */
export async function acceptSnapshot(root: TufDocument<Root>, meta: MetaFile, bytes: Uint8Array<ArrayBuffer>, trusted: TufDocument<Snapshot> | null): Promise<TufDocument<Snapshot>> {
  await requireMeta(meta, bytes, 'the snapshot')
  const snapshot = await formerSnapshot(root, bytes)
  requireVersion(meta, snapshot, 'The snapshot')
  for (const [name, before] of trusted?.content.meta ?? []) {
    const now = snapshot.content.meta.get(name)
    if (now === undefined) invalid('The snapshot leaves out targets that were in it before.')
    if (now.version < before.version) invalid(`The snapshot names targets of version ${now.version}; version ${before.version} was seen before.`)
  }
  return snapshot
}

/** Targets that the snapshot names (5.6), of the top level or delegated: signed by those whom the root or the delegating role names. */
export async function acceptTargets(by: { readonly role: TufRole, readonly keys: TufKeys }, meta: MetaFile, bytes: Uint8Array<ArrayBuffer>): Promise<TufDocument<Targets>> {
  await requireMeta(meta, bytes, 'the targets')
  const targets = readTargets(bytes)
  await requireThreshold(targets, by.role, by.keys, 'the targets')
  requireVersion(meta, targets, 'The targets')
  return targets
}

async function requireMeta({ length, hashes }: MetaFile, bytes: Uint8Array<ArrayBuffer>, what: string): Promise<void> {
  if (length !== null && bytes.length !== length) invalid(`The length of ${what} is not the one that was signed.`)
  if (!(await hasHashes(bytes, hashes))) invalid(`The hash of ${what} is not the one that was signed.`)
}

function requireVersion(meta: MetaFile, document: TufDocument<unknown>, what: string): void {
  if (document.version !== meta.version) invalid(`${what} came in version ${document.version}, and version ${meta.version} is named: they do not belong together.`)
}

/** Whether the bytes have every hash. */
export async function hasHashes(bytes: Uint8Array<ArrayBuffer>, hashes: Hashes): Promise<boolean> {
  for (const [algorithm, hex] of hashes) if ((await verifyBytes(bytes, parseDigest(`${algorithm}:${hex}`))) === null) return false
  return true
}
