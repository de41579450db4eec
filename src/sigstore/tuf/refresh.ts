import { SealdexError } from '../../base/errors.ts'
import * as LIMITS from '../../base/limits.ts'
import { TufRepository } from './repository.ts'
import type { Root, Snapshot, Timestamp } from './roles.ts'
import { acceptSnapshot, acceptTimestamp, beginWithRoot, followRoot, formerSnapshot, rotatesOnlineKeys } from './rules.ts'
import { TufSession, type TufFailure, type TufOptions } from './session.ts'
import { invalid, requireFresh, type TufDocument } from './signed.ts'

export type TufResult = { readonly state: 'read', readonly value: TufRepository } | TufFailure

const { rootBytes, timestampBytes, snapshotBytes, rootRotations } = LIMITS.tuf

/**
 * The client workflow of the TUF specification (1.0, section 5) from a pinned root: root chain, timestamp, snapshot, targets. A mirror that cannot be reached leaves what the cache has, until
 * that expires (`trust-root-expired`); one that answers with what breaks a rule is refused (`trust-root-invalid`, `too-large`), whatever the cache has.
 */
export async function refreshTuf(options: TufOptions): Promise<TufResult> {
  return orFailure<TufResult>(async () => {
    const session = new TufSession(options)
    const root = await currentRoot(session, options.pinnedRoot)
    const timestamp = await currentTimestamp(session, root)
    const snapshot = await currentSnapshot(session, root, timestamp)
    const repository = new TufRepository(session, root, snapshot, timestamp)
    await repository.topLevel()
    return { state: 'read', value: repository }
  })
}

/** What is thrown for a stranger's data, as an answer. What breaks a grammar breaks the trust root: it decides nothing about an image. */
export async function orFailure<T>(work: () => Promise<T>): Promise<T | TufFailure> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof SealdexError)) throw error
    const { code, message } = error
    return { state: 'failed', code: code === 'malformed' || code === 'malformed-json' ? 'trust-root-invalid' : code, message }
  }
}

/** 5.2 and 5.3. Every root after the pinned one is kept, so that the chain is walked anew each time and a file on disk is no anchor. */
async function currentRoot(session: TufSession, pinned: Uint8Array<ArrayBuffer>): Promise<TufDocument<Root>> {
  let root = await beginWithRoot(pinned)
  const last = root.version + rootRotations
  const keptName = (version: number): string => `root/${version}`
  for (let next: TufDocument<Root> | null = root; next !== null && root.version < last; next = await keptAfter(session, root, keptName(root.version + 1))) root = next
  for (;;) {
    const answer = await session.fetch(`${root.version + 1}.root.json`, rootBytes)
    if (answer.state !== 'read') break
    if (root.version >= last) invalid(`More than ${rootRotations} roots follow on the pinned one; a newer one has to be pinned.`)
    const next = await followRoot(root, answer.value)
    if (rotatesOnlineKeys(root.content, next.content)) await forgetOnline(session)
    await session.cache.set(keptName(next.version), answer.value)
    root = next
  }
  // of the last one only (5.3.10): those on the way may have expired long ago
  requireFresh(root, `Root version ${root.version}`, session.now)
  return root
}

function keptAfter(session: TufSession, root: TufDocument<Root>, name: string): Promise<TufDocument<Root> | null> {
  return session.cached(name, (bytes) => followRoot(root, bytes))
}

/** Before the new root is kept: whoever is interrupted does it again. */
async function forgetOnline({ cache }: TufSession): Promise<void> {
  await cache.delete('timestamp')
  await cache.delete('snapshot')
}

async function currentTimestamp(session: TufSession, root: TufDocument<Root>): Promise<TufDocument<Timestamp>> {
  const trusted = await session.cached('timestamp', (bytes) => acceptTimestamp(root, bytes, null))
  const answer = await session.fetch('timestamp.json', timestampBytes)
  if (answer.state === 'failed' && trusted !== null) {
    requireFresh(trusted, `${answer.message} The timestamp that was kept`, session.now)
    return trusted
  }
  if (answer.state !== 'read') return notThere(answer, 'timestamp.json')
  const timestamp = await acceptTimestamp(root, answer.value, trusted)
  requireFresh(timestamp, 'The timestamp', session.now)
  if (timestamp !== trusted) await session.cache.set('timestamp', timestamp.bytes)
  return timestamp
}

function notThere(answer: TufFailure | { readonly state: 'absent' }, path: string): never {
  if (answer.state === 'absent') throw new SealdexError('not-found', `The mirror has no ${path}.`)
  throw new SealdexError(answer.code, answer.message)
}

async function currentSnapshot(session: TufSession, root: TufDocument<Root>, timestamp: TufDocument<Timestamp>): Promise<TufDocument<Snapshot>> {
  const meta = timestamp.content.snapshot
  const same = await session.cached('snapshot', (bytes) => acceptSnapshot(root, meta, bytes, null))
  const snapshot = same ?? await nextSnapshot(session, root, timestamp)
  requireFresh(snapshot, 'The snapshot', session.now)
  if (same === null) await session.cache.set('snapshot', snapshot.bytes)
  return snapshot
}

async function nextSnapshot(session: TufSession, root: TufDocument<Root>, { content: { snapshot: meta } }: TufDocument<Timestamp>): Promise<TufDocument<Snapshot>> {
  const trusted = await session.cached('snapshot', (bytes) => formerSnapshot(root, bytes))
  const path = root.content.consistentSnapshot ? `${meta.version}.snapshot.json` : 'snapshot.json'
  return acceptSnapshot(root, meta, await session.need(path, Math.min(meta.length ?? snapshotBytes, snapshotBytes)), trusted)
}
