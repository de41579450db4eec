import type { JsonObject } from '../base/json.ts'
import { digestTag } from '../oci/place.ts'
import type { ImageIndex } from '../oci/document.ts'
import type { LoadedDocument } from '../verify/objects.ts'
import type { Digest } from '../crypto/digest.ts'
import type { Signing, Writing, WrittenObject } from './context.ts'
import { digestIn, entriesOf } from './merge.ts'
import { referrersOf, writeReferrer } from './referrer.ts'
import { asOciIndex, emptyIndex, SubjectSigning, type Subject } from './subject.ts'
import { tagSlot } from './tag-slot.ts'
import { writeUntilItStays } from './write.ts'

export interface SignedSubject {
  readonly signing: SubjectSigning
  readonly written: readonly WrittenObject[]
}

/**
 * Layout `detached` (W3): beside the subject, no tag of the image is touched. Where the registry keeps referrers, as one; else at the digest tag. `at` is the
 * object in whose places it is written, where that is another: what is attached to an image is signed there, so that whoever reads the image's places finds it.
 */
export async function signDetached(signing: Signing, subject: Subject, at: Subject = subject): Promise<SignedSubject> {
  const { progress } = signing
  const list = await referrersOf(signing, at.digest)
  const work = new SubjectSigning(signing, subject)
  const written = list === null ? await writeDigestTag(signing, work, at) : await writeReferrer(signing, work, at, list)
  progress({ subject: subject.digest, step: 'done' })
  return { signing: work, written: written === null ? [] : [written] }
}

async function writeDigestTag(signing: Signing, work: SubjectSigning, at: Subject): Promise<WrittenObject | null> {
  const tag = digestTag(at.digest)
  let known = emptyIndex()
  const { first, last, writes } = await writeUntilItStays(tagSlot(signing, tag, async (seen) => {
    const standing = signedIndexAt(seen, at.digest)
    if ((await work.annotations(standing?.manifests ?? [])) === null) return null
    // what was there a moment ago and is gone without a tombstone was lost, not removed: it is put back with ours
    const index = standing?.raw ?? known
    known = index
    return standing !== null && work.standsIn(index) ? null : work.unite(asOciIndex(index))
  }, () => signing.progress({ subject: work.subject.digest, step: 'writing' })), signing.timing)
  if (writes === 0 || last === null) return null
  noteWhatStood(signing, at.digest, first, work.subject.digest)
  noteLosses(signing, tag, signedIndexAt(first, at.digest)?.raw ?? emptyIndex(), last, writes)
  signing.note('copy-leaves-behind', 'The signature stands at the digest tag: of the copy tools tried only "regctl image copy --digest-tags" (without --referrers) takes it along; cosign copy and cosign clean destroy what stands there.')
  signing.note('copy-breaks', 'On registries without a list of referrers "oras copy -r" of the image fails while its signed index stands at the digest tag; "oras copy" without -r works.')
  return { kind: 'digest-tag', tag, digest: last.digest }
}

/** An image, or the subject itself, stands at the digest tag after `cosign copy`, and means that no signed index is there (R2). */
export function signedIndexAt(seen: LoadedDocument | null, subject: Digest): ImageIndex | null {
  return seen?.document.kind === 'index' && seen.digest !== subject ? seen.document : null
}

/** `own` is not counted among the entries of others. */
export function noteWhatStood({ note }: Writing, subject: Digest, first: LoadedDocument | null, own: Digest): void {
  if (first === null) return
  const index = signedIndexAt(first, subject)
  const what = digestTag(subject)
  if (index === null) return note('replaced', `${first.digest} stood at ${what}, where "cosign copy" puts images; the signed index took its place.`)
  if (index.mediaType !== asOciIndex(index.raw).get('mediaType')) note('became-oci-index', `The Docker manifest list at ${what} became an OCI index.`)
  const others = index.manifests.filter(({ digest }) => digest !== own && digest !== subject).length
  if (others > 0) note('others-kept', `${others} ${others === 1 ? 'entry' : 'entries'} of other tools at ${what} ${others === 1 ? 'was' : 'were'} kept.`)
}

/** Says what other writers did meanwhile, as far as it was seen (W4). */
export function noteLosses({ note }: Writing, tag: string, first: JsonObject, last: LoadedDocument, writes: number): void {
  if (writes > 1) note('overwritten', `Others wrote to ${tag} meanwhile, so it took ${writes} writes until what was written stayed.`)
  const left = new Set(last.document.kind === 'index' ? entriesOf(last.document.raw).map(digestIn) : [])
  const lost = [...new Set(entriesOf(first).map(digestIn))].filter((digest) => !left.has(digest))
  if (lost.length > 0) note('overwritten', `Another writer took away from ${tag}: ${lost.join(', ')}.`)
}
