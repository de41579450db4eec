import { SealdexError } from '../base/errors.ts'
import type { JsonObject } from '../base/json.ts'
import type { Digest } from '../crypto/digest.ts'
import * as MEDIA from '../oci/media.ts'
import { matchesPlatform, platformName, type Platform } from '../oci/platform.ts'
import { leavesOf, UNSTATED_PLATFORM } from '../verify/graph.ts'
import type { LoadedDocument } from '../verify/objects.ts'
import { boundTo } from './bound.ts'
import { loadedOrThrow, type Signing, type WrittenObject } from './context.ts'
import { noteLosses } from './detached.ts'
import { asOciIndex, listedSubject, rootSubject, SubjectSigning, type Subject } from './subject.ts'
import { inClientOrder, isSameImage, nestedOriginal, readTagImage, type TagImage } from './tag-image.ts'
import { tagSlot } from './tag-slot.ts'
import { untilRead, writeUntilItStays } from './write.ts'

export interface SignedTag {
  readonly works: readonly SubjectSigning[]
  readonly written: readonly WrittenObject[]
  readonly before: Digest
  readonly after: Digest
}

/** Layouts `flat` and `nested` (W3): in the index that the tag names, which so becomes another. */
export async function signInTag(signing: Signing, layout: 'flat' | 'nested', platform: Platform | null): Promise<SignedTag> {
  const { reference, objects, progress, timing } = signing
  const { tag } = reference
  if (tag === null) throw new SealdexError('bad-option', `The layout ${layout} writes a new index under a tag, and the reference names none; give the tag, or sign with the layout detached.`)
  const loaded = await untilRead(async () => loadedOrThrow(await objects.tagged(tag), reference.canonical), timing)
  if (reference.digest !== null && loaded.digest !== reference.digest) throw tagChanged(tag, `${loaded.digest}, not ${reference.digest} as the reference says`)
  const image = await readTagImage(loaded, objects)
  const works = (layout === 'flat' ? flatSubjects(image, platform) : [nestedSubject(image, loaded)]).map((subject) => new SubjectSigning(signing, subject))
  const wanted = await Promise.all(works.map((work) => work.annotations(image.index.manifests)))
  if (wanted.every((annotations) => annotations === null)) return { works, written: [], before: image.digest, after: image.digest }
  await refuseIfBound(signing, image.digest)

  const { first, last, writes } = await writeUntilItStays(tagSlot(signing, tag, (seen) => unite(signing, image, works, seen), () => {
    for (const { subject } of works) progress({ subject: subject.digest, step: 'writing' })
  }), timing)
  for (const { subject } of works) progress({ subject: subject.digest, step: 'done' })
  const before = first?.digest ?? image.digest
  const after = last?.digest ?? image.digest
  if (last !== null && first?.document.kind === 'index') noteLosses(signing, tag, first.document.raw, last, writes)
  noteLayout(signing, layout, image, { tag, before, after })
  return { works, written: [{ kind: 'tag', tag, digest: after }], before, after }
}

/** What the tag is to name: the index that it names now, if that is still the same image, with ours in it. */
async function unite({ objects, reference }: Signing, image: TagImage, works: readonly SubjectSigning[], seen: LoadedDocument | null): Promise<JsonObject | null> {
  if (seen === null) throw tagChanged(reference.tag, 'nothing any more')
  if (seen.document.kind !== 'index') throw tagChanged(reference.tag, seen.digest)
  const now = seen.digest === image.digest ? image : await readTagImage(seen, objects)
  if (!isSameImage(image, now)) throw tagChanged(reference.tag, seen.digest)
  if (works.every((work) => work.standsIn(now.index.raw))) return null
  return inClientOrder(works.reduce((index, work) => work.unite(index), asOciIndex(now.index.raw)), now)
}

function tagChanged(tag: string | null, now: string): SealdexError {
  return new SealdexError('tag-changed', `The tag "${tag ?? ''}" names ${now}; it was moved to another image meanwhile, and is left alone. Look at it, and sign again.`)
}

/** Each platform manifest of the index itself, once. */
function flatSubjects(image: TagImage, platform: Platform | null): readonly Subject[] {
  const deeper = leavesOf(image.graph).filter((leaf) => !image.runnable.some(({ digest }) => digest === leaf.digest))
  if (deeper.length > 0) throw new SealdexError('bad-option', `${deeper[0]?.digest ?? ''} stands in a nested index only, where the layout flat does not reach; sign with the layout detached.`)
  if (image.runnable.length === 0) throw nothingRunnable(image)
  const asked = image.runnable.filter((entry) => platform === null || matchesPlatform(entry.platform ?? UNSTATED_PLATFORM, platform))
  if (asked.length === 0 && platform !== null) throw new SealdexError('no-such-platform', `The image has nothing for ${platformName(platform)}.`)
  return [...new Map(asked.toReversed().map((entry) => [entry.digest, listedSubject(entry)])).values()].toReversed()
}

/** The original index: where the tag names a nested layout already its nested entry, else what the tag names. */
function nestedSubject(image: TagImage, loaded: LoadedDocument): Subject {
  if (image.runnable.length === 0) throw nothingRunnable(image)
  const original = nestedOriginal(image)
  return original === null ? rootSubject(loaded) : listedSubject(original)
}

function nothingRunnable({ digest }: TagImage): SealdexError {
  return new SealdexError('nothing-runnable', `The index ${digest} lists nothing that would run; sign it with the layout detached.`)
}

async function refuseIfBound(signing: Signing, digest: Digest): Promise<void> {
  const bound = await untilRead(() => boundTo(signing, digest), signing.timing)
  if (bound.length === 0) return
  const message = `Bound to ${digest}, and not to what the tag will name: ${bound.join('; ')}.`
  if (!signing.force) throw new SealdexError('bound-elsewhere', `${message} The layout detached leaves the tag alone; force goes on.`)
  signing.note('bound-elsewhere', message)
}

function noteLayout({ note }: Signing, layout: 'flat' | 'nested', image: TagImage, { tag, before, after }: { tag: string; before: Digest; after: Digest }): void {
  note('digest-changed', `The tag "${tag}" named ${before} and names ${after} now.`)
  if (image.index.mediaType === MEDIA.dockerList) note('became-oci-index', 'The Docker manifest list became an OCI index, since only that can carry annotations; the manifests in it are the same.')
  note('not-atomic', `No registry makes this edit of a tag atomic: a push to "${tag}" in the same seconds may be lost, or undo this one.`)
  if (layout === 'flat') note('set-unsigned', 'Each platform is signed by itself; nobody vouches for the set of them, as the layouts detached and nested do.')
  else note('copy-breaks', '"skopeo copy --all" stops at the nested index; skopeo without --all, crane, oras, regctl, podman, docker and containerd take the image.')
}
