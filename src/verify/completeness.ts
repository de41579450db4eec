import type { Digest } from '../crypto/digest.ts'
import type { PolicyEntry } from '../policy/policy.ts'
import type { Facts } from './judge.ts'
import type { PlaceReport } from './places.ts'
import { demandsUnmet } from './requirements.ts'

/** A list of what is attached to a subject, as its own index says it: a claim until it is signed (R8). */
export interface FoundList {
  readonly digest: Digest
  readonly entries: readonly Digest[]
}

/** One digest of a list. */
export interface ListedDigest {
  readonly list: Digest
  readonly digest: Digest
}

/** What is attached to the referenced object, against the newest accepted list of it (R8). */
export interface Completeness {
  /** `unknown`: no signer of the policy vouches for a list, or the places were not read. */
  readonly state: 'complete' | 'incomplete' | 'unknown'
  /** Listed, and proved not to be attached. */
  readonly missing: readonly ListedDigest[]
  /** Attached, and not listed. */
  readonly extra: readonly ListedDigest[]
  /** Listed, and whether it is there could not be read. */
  readonly unfetchable: readonly ListedDigest[]
}

const UNKNOWN: Completeness = { state: 'unknown', missing: [], extra: [], unfetchable: [] }

/**
 * The attachments that name the referenced object as their subject, by the places (b) and (c), against the newest list for which enough signers of the policy vouch
 * with the role `list`. Signatures are not attachments (R10): one that comes later makes no list wrong, and one that is hidden can only take an allow away.
 */
export function completenessOf(facts: Facts, entry: PolicyEntry | null): Completeness {
  const root = facts.graph?.root.digest
  const reports = facts.places.filter(({ subject, place, state }) => subject === root && (place === 'digest-tag' || place === 'referrers') && state !== 'not-needed')
  if (entry === null || reports.length < 2) return UNKNOWN
  const lists = new Map(reports.flatMap(({ lists = [] }) => lists).map((list) => [list.digest, list]))
  const newest = newestAccepted(facts, entry, lists)
  if (newest === null) return UNKNOWN
  const named = (digests: Iterable<Digest>): readonly ListedDigest[] => [...new Set(digests)].sort().map((digest) => ({ list: newest, digest }))
  const list = lists.get(newest)
  const attached = new Set(reports.flatMap(attachedIn).filter((digest) => !lists.has(digest)))
  // the list itself can be what is hidden
  const wanted = list === undefined ? [newest] : list.entries
  const absent = wanted.filter((digest) => !attached.has(digest))
  const unfetchable = absent.filter((digest) => isUnread(digest, reports))
  const missing = absent.filter((digest) => !unfetchable.includes(digest))
  const extra = list === undefined ? [] : [...attached].filter((digest) => !list.entries.includes(digest))
  const state = absent.length > 0 || extra.length > 0 ? 'incomplete' : 'complete'
  return { state, missing: named(missing), extra: named(extra), unfetchable: named(unfetchable) }
}

/** What is attached by the word of its own manifest. */
function attachedIn({ attachments, subject }: PlaceReport): readonly Digest[] {
  return attachments.filter((attachment) => attachment.by === 'manifest' && attachment.subject === subject).map(({ digest }) => digest)
}

/** Whether one of the places may hold it for all that was read. A place that lists it and then says 404 was read, as far as this one goes. */
function isUnread(digest: Digest, reports: readonly PlaceReport[]): boolean {
  const states = new Set(reports.map(({ unread }) => unread?.get(digest)))
  if (states.has('failed')) return true
  return !states.has('absent') && reports.some(({ state, code }) => state === 'failed' && code !== 'not-found')
}

/** By the time at which the last of the signers that are needed vouched for it; of two at once the longer one. */
function newestAccepted({ checked, reference, at }: Facts, entry: PolicyEntry, lists: ReadonlyMap<Digest, FoundList>): Digest | null {
  const times = new Map<Digest, Map<string, number>>()
  for (const signature of checked) {
    const { state, signer, signed, time } = signature
    if (state !== 'accepted' || signer === null || signed?.role !== 'list' || demandsUnmet(signature, entry.require, reference, at).length > 0) continue
    const bySigner = times.get(signed.digest) ?? new Map<string, number>()
    times.set(signed.digest, bySigner.set(signer, Math.max(bySigner.get(signer) ?? -1, time ?? signed.signedAt ?? -1)))
  }
  const { threshold } = entry.require
  const accepted = [...times].flatMap(([digest, bySigner]) => {
    const vouched = [...bySigner.values()].sort((a, b) => b - a)[threshold - 1]
    return vouched === undefined ? [] : [{ digest, vouched, length: lists.get(digest)?.entries.length ?? 0 }]
  })
  accepted.sort((a, b) => b.vouched - a.vouched || b.length - a.length || (a.digest < b.digest ? -1 : 1))
  return accepted[0]?.digest ?? null
}

/** What a policy that demands completeness lacks, in words; `proved` where reading again would not mend it. Null: nothing. */
export function incompleteness(facts: Facts, entry: PolicyEntry): { readonly message: string; readonly proved: boolean } | null {
  if (!entry.require.complete) return null
  const { state, missing, extra, unfetchable } = completenessOf(facts, entry)
  if (state === 'complete') return null
  if (state === 'unknown') return { message: 'The policy demands that a signer vouches for the list of what is attached, and none does.', proved: true }
  const counts = [[missing, 'missing'], [extra, 'not listed'], [unfetchable, 'not readable']] as const
  const what = counts.flatMap(([digests, word]) => (digests.length === 0 ? [] : [`${word}: ${digests.slice(0, 4).map(({ digest }) => digest).join(', ')}${digests.length > 4 ? ' …' : ''}`]))
  return { message: `What is attached does not fit the newest accepted list; ${what.join('; ')}.`, proved: missing.length > 0 || extra.length > 0 }
}

/** The facts without the places that failed for nothing but entries which the registry lists and says that it has not: what is missing is then known. */
export function withoutGone(facts: Facts): Facts {
  const onlyGone = ({ code, unread }: PlaceReport): boolean => code === 'not-found' && unread !== undefined && unread.size > 0 && [...unread.values()].every((state) => state === 'absent')
  return { ...facts, places: facts.places.filter((place) => !onlyGone(place)) }
}
