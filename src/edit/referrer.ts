import { SealdexError } from '../base/errors.ts'
import { JsonNumber, type JsonObject, type JsonValue } from '../base/json.ts'
import * as LIMITS from '../base/limits.ts'
import { digestOf, type Digest } from '../crypto/digest.ts'
import { digestTag } from '../oci/place.ts'
import type { Descriptor } from '../oci/descriptor.ts'
import { isIndexType } from '../oci/media-types.ts'
import * as MEDIA from '../oci/media.ts'
import * as ANNOTATION from '../oci/annotations.ts'
import type { Signing, Writing, WrittenObject } from './context.ts'
import { emptyIndex, indexBytes, type Subject, type SubjectSigning } from './subject.ts'
import { untilRead } from './write.ts'

const WRITE_TRIES = 3
/** Registries that list asynchronously take seconds at most; waits of 100 ms doubled, 3.1 s together. */
const LIST_TRIES = 6

/** The registry's list of referrers; null where it keeps none. The API itself is the probe: OCI-Subject is also sent by registries that keep no list (formats.md 3). */
export async function referrersOf({ objects, timing }: Writing, subject: Digest): Promise<readonly Descriptor[] | null> {
  return untilRead(async () => {
    const answer = await objects.source.referrers(objects.repository, subject, objects.guard)
    if (answer.state === 'failed') throw new SealdexError(answer.code, answer.message)
    return answer.state === 'read' ? answer.value : null
  }, timing)
}

/** A small signed index of this signer's own, immutable, which the registry lists as a referrer of `at`: nobody races (W3). Null: it was there already. */
export async function writeReferrer(signing: Signing, work: SubjectSigning, at: Subject, listed: readonly Descriptor[]): Promise<WrittenObject | null> {
  const standing = await standingAt(signing, at.digest, listed)
  const annotations = await work.annotations(standing.flatMap(({ entries }) => entries))
  if (annotations === null) return null
  const bytes = indexBytes(ownIndex(work, at))
  const digest = await digestOf(bytes)
  signing.progress({ subject: work.subject.digest, step: 'writing' })
  await pushReferrer(signing, at.digest, { digest, bytes, mediaType: MEDIA.ociIndex }, listed)
  if (work.replaced.length > 0) await takeAwayReplaced(signing, work, standing.filter((one) => one.digest !== digest))
  signing.note('copy-leaves-behind', 'The signature is a referrer: "oras copy -r" and "regctl image copy --referrers" take it along; crane, skopeo and cosign copy leave it behind.')
  return { kind: 'referrer', tag: null, digest }
}

function ownIndex(work: SubjectSigning, at: Subject): JsonObject {
  return new Map<string, JsonValue>([
    ['schemaVersion', new JsonNumber('2')],
    ['mediaType', MEDIA.ociIndex],
    ['artifactType', MEDIA.signedIndex],
    ['manifests', work.unite(emptyIndex()).get('manifests') ?? []],
    ['subject', subjectField(at)],
  ])
}

/** What an object's `subject` says: which object, and nothing of where it is listed. */
export function subjectField({ descriptor }: Subject): JsonObject {
  return new Map([...descriptor].filter(([name]) => name === 'mediaType' || name === 'digest' || name === 'size'))
}

interface Standing {
  /** Null: the digest tag, which is nobody's own. */
  readonly digest: Digest | null
  readonly entries: readonly Descriptor[]
}

/** What may hold a signature of ours: the signed indexes among the referrers, and the digest tag (the registry may have had no list before). What can't be read only costs a second signature. */
async function standingAt({ objects }: Signing, subject: Digest, listed: readonly Descriptor[]): Promise<readonly Standing[]> {
  const candidates = listed.filter(({ mediaType, artifactType }) => isIndexType(mediaType) && (artifactType ?? MEDIA.signedIndex) === MEDIA.signedIndex).slice(0, LIMITS.referrers)
  const loaded = await Promise.all([objects.tagged(digestTag(subject)), ...candidates.map(({ digest, mediaType }) => objects.document(digest, mediaType))])
  return loaded.flatMap((one, i) => {
    if (one.state !== 'read' || one.value.document.kind !== 'index') return []
    const { document, digest } = one.value
    return i === 0 || document.subject?.digest === subject ? [{ digest: i === 0 ? null : digest, entries: document.manifests }] : []
  })
}

/** The earlier signatures of this signer, where nothing but them stands in an index of their own; elsewhere a tombstone says that they are gone. */
async function takeAwayReplaced(signing: Signing, work: SubjectSigning, standing: readonly Standing[]): Promise<void> {
  const gone = new Set(work.replaced)
  for (const { digest, entries } of standing) {
    const suffixes = entries.flatMap((entry) => [...entry.annotations.keys()].flatMap((name) => (name.startsWith(ANNOTATION.signature) ? [name.slice(ANNOTATION.signature.length)] : [])))
    if (!suffixes.some((suffix) => gone.has(suffix))) continue
    if (digest !== null && suffixes.every((suffix) => gone.has(suffix))) await takeAway(signing, digest)
    else signing.note('earlier-stays', `The earlier signature stands ${digest === null ? 'at the digest tag' : `in ${digest}`} beside others and stays there; "sealdex prune" takes it out of a digest tag.`)
  }
}

async function takeAway({ source, objects, note }: Writing, digest: Digest): Promise<void> {
  const result = await source.deleteManifest(objects.repository, digest, objects.guard)
  if (result.state === 'refused' || result.state === 'failed') note('earlier-stays', `The earlier signature, ${digest}, stays in the list of referrers beside the new one: ${result.message}`)
}

/** An object of any kind that names a subject, pushed under its own digest, and seen in the registry's list. `before`: what that held last. */
export async function pushReferrer(writing: Writing, subject: Digest, object: PushedObject, before: readonly Descriptor[]): Promise<void> {
  await pushManifest(writing, object)
  if (await staysListed(writing, subject, object, before)) return
  writing.note('not-listed', `The registry took ${object.digest} and does not list it as a referrer of ${subject} yet; until it does, nobody finds it.`)
}

export interface PushedObject {
  readonly digest: Digest
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly mediaType: string
}

/** The same bytes under their own digest: writing them twice is writing them once, so what may pass is tried again. */
export async function pushManifest({ source, objects, timing }: Writing, { digest, bytes, mediaType }: PushedObject): Promise<void> {
  for (let tries = 1; ; tries++) {
    const result = await source.putManifest(objects.repository, { digest }, bytes, mediaType, objects.guard)
    if (result.state === 'written') return
    if (result.state === 'refused' || tries === WRITE_TRIES || result.code === 'timeout') throw new SealdexError(result.code, result.message)
    await timing.sleep(timing.random() * 1_000 * tries)
  }
}

/**
 * Whether the registry lists it. There are registries that keep the list as others keep a tag: read, added to and written, by nobody locked (olareg 0.1.2 loses
 * one push in 160 among sixteen at once). So one that is not there is pushed again, and where others came meanwhile it has to be there twice (W4).
 */
async function staysListed(writing: Writing, subject: Digest, object: PushedObject, before: readonly Descriptor[]): Promise<boolean> {
  const { objects, timing } = writing
  const known = new Set([object.digest, ...before.map(({ digest }) => digest)])
  for (let looks = 1, seen = false; ; looks++) {
    const list = await objects.source.referrers(objects.repository, subject, objects.guard)
    const isThere = list.state === 'read' && list.value.some(({ digest }) => digest === object.digest)
    if (isThere && (seen || list.value.every(({ digest }) => known.has(digest)))) return true
    if (looks >= LIST_TRIES && !isThere) return false
    // a list that only comes late needs no second push, and is not harmed by one
    if (!isThere && (seen || looks % 2 === 0)) await pushManifest(writing, object)
    seen = isThere
    await timing.sleep(100 * 2 ** Math.min(looks - 1, 4) * (0.75 + timing.random() / 2))
  }
}
