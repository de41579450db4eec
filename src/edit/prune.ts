import type { Code } from '../base/codes.ts'
import { SealdexError } from '../base/errors.ts'
import type { Digest } from '../crypto/digest.ts'
import { platformName } from '../oci/platform.ts'
import { digestTag } from '../oci/place.ts'
import { entryFor, type Policy, type PolicyEntry } from '../policy/policy.ts'
import { clock } from '../verify/options.ts'
import { needsRoot, trustFor, type TrustOptions } from '../verify/trust.ts'
import type { Note, Writing, WrittenObject } from './context.ts'
import { signedIndexAt } from './detached.ts'
import { openWriting, subjectOf, type WriteOptions } from './open-writing.ts'
import { findPrunable, type Judging, type Prunable, type PruneReason } from './prunable.ts'
import { removedFrom } from './remove.ts'
import type { Subject } from './subject.ts'
import { tagSlot } from './tag-slot.ts'
import { writeUntilItStays } from './write.ts'

export interface PruneOptions extends WriteOptions, TrustOptions {
  /** Whose signatures count: without it, only what a tombstone names is taken away. */
  readonly policy?: Policy | Promise<Policy>
  /** Says what would be removed, and writes nothing. */
  readonly dryRun?: boolean
  /** The clock for expiry. Default: now. */
  readonly at?: Date
}

export interface PrunedItem {
  /** `signature`: annotations in the index at the digest tag. `referrer`: an object of its own. */
  readonly kind: 'signature' | 'referrer'
  /** What was removed; for annotations what they were about. */
  readonly digest: Digest
  /** Of annotations; null for an object of its own. */
  readonly suffix: string | null
  readonly why: PruneReason
  readonly signer: string | null
}

export interface PruneResult {
  readonly version: 1
  /** Canonical. */
  readonly reference: string
  readonly subject: { readonly digest: Digest; readonly platform: string | null }
  readonly dryRun: boolean
  readonly removed: readonly PrunedItem[]
  /** What should go, and stays. */
  readonly kept: readonly { readonly digest: Digest; readonly code: Code; readonly message: string }[]
  readonly written: readonly WrittenObject[]
  readonly notes: readonly Note[]
}

/**
 * Takes away the signatures and attestations of what a reference names that are expired, by nobody the policy names, or that a tombstone names: from its list of referrers by
 * deleting them, where the registry lets it, and from the index at its digest tag, with a tombstone for each. Attachments that nobody signed stay, and so does what could not be
 * judged (W2). Throws a SealdexError: `bad-reference`, `bad-option`, `no-scope`, `reference-not-found`, `write-contended`, and the codes of a registry that fails.
 */
export async function prune(reference: string, options: PruneOptions): Promise<PruneResult> {
  const { writing, notes } = openWriting(reference, options)
  const judging = await judgingFor(options, writing)
  const subject = await subjectOf(writing, options.platform)
  const { found, kept, listed } = await findPrunable(writing, subject, judging)
  const dryRun = options.dryRun ?? false
  const done = dryRun ? { removed: found, kept: [], written: [] } : await remove(writing, subject, found, listed)
  return {
    version: 1,
    reference: writing.reference.canonical,
    subject: { digest: subject.digest, platform: subject.platform === null ? null : platformName(subject.platform) },
    dryRun,
    removed: done.removed.map(({ kind, digest, suffix, why, signer }) => ({ kind, digest, suffix, why, signer })),
    kept: [...kept, ...done.kept],
    written: done.written,
    notes,
  }
}

async function judgingFor(options: PruneOptions, { reference }: Writing): Promise<Judging> {
  const policy = (await options.policy) ?? null
  const entry = policy === null ? null : scopeOf(policy, reference.repository)
  const at = clock(options)
  return { policy, entry, at, trust: await trustFor(options, entry !== null && needsRoot(entry), at) }
}

/** A policy that names nobody for the repository would make everybody a stranger. */
function scopeOf(policy: Policy, repository: Writing['reference']['repository']): PolicyEntry {
  const entry = entryFor(policy, repository)
  if (entry === null || entry.reject) throw new SealdexError('no-scope', `The policy names nobody who may sign ${repository.name}, so it cannot say whose signatures are to stay.`)
  return entry
}

type Kept = PruneResult['kept'][number]

/** From the digest tag first: what is deleted must not be referred to any more. */
async function remove(writing: Writing, subject: Subject, found: readonly Prunable[], listed: boolean): Promise<{ readonly removed: readonly Prunable[]; readonly kept: readonly Kept[]; readonly written: readonly WrittenObject[] }> {
  const written = found.some(({ atTag }) => atTag) ? await removeAtTag(writing, subject, found) : null
  const kept: Kept[] = []
  let failure: Kept | null = null
  for (const { digest } of found.filter(({ kind }) => kind === 'referrer')) {
    const result = await writing.source.deleteManifest(writing.objects.repository, digest, writing.objects.guard)
    if (result.state === 'deleted' || result.state === 'absent') continue
    if (result.state === 'failed') failure ??= { digest, code: result.code, message: result.message }
    else if (listed) kept.push({ digest, code: 'delete-refused', message: `${result.message} It stays in the list of referrers.` })
    else writing.note('delete-refused', `${result.message} Nothing names it any more; it stays in the registry's storage.`)
  }
  if (failure !== null) throw new SealdexError(failure.code, `${failure.message} What was removed before that stays removed; the same again goes on.`)
  return { removed: found.filter(({ digest }) => !kept.some((one) => one.digest === digest)), kept, written: written === null ? [] : [written] }
}

async function removeAtTag(writing: Writing, subject: Subject, found: readonly Prunable[]): Promise<WrittenObject | null> {
  const tag = digestTag(subject.digest)
  const { last, writes } = await writeUntilItStays(tagSlot(writing, tag, async (seen) => {
    const index = signedIndexAt(seen, subject.digest)
    return index === null ? null : removedFrom(index.raw, found)
  }), writing.timing)
  return writes === 0 || last === null ? null : { kind: 'digest-tag', tag, digest: last.digest }
}
