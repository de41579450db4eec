import type { Code } from '../base/codes.ts'
import { LIMITS } from '../base/limits.ts'
import type { Digest } from '../crypto/digest.ts'
import type { Beside, FoundAttachment, FoundSignature } from '../form/found.ts'
import type { Place } from '../oci/place.ts'
import { signaturesInAttached, signaturesInIndex } from '../form/forms.ts'
import { ANNOTATION } from '../oci/annotations.ts'
import { cosignTag, digestTag } from '../oci/place.ts'
import type { Descriptor } from '../oci/descriptor.ts'
import type { Document, ImageIndex } from '../oci/document.ts'
import { isIndexType, isManifestType } from '../oci/media-types.ts'
import { isDigest } from '../crypto/digest.ts'
import { isTag } from '../oci/reference.ts'
import type { Loaded, Objects } from './objects.ts'

export type PlaceState = 'read' | 'absent' | 'failed' | 'not-needed'

/** One place of one subject, and what stood there. A failed place can still have given something. */
export interface PlaceReport {
  readonly subject: Digest
  readonly place: Place
  readonly state: PlaceState
  readonly code: Code | null
  readonly signatures: readonly FoundSignature[]
  readonly attachments: readonly FoundAttachment[]
}

/** What is known of a subject whose places are read. */
export type Subject = Beside

/** Reads one of the places (b), (c), (d) of a subject. `known` are digests of the graph, which need no second look. */
export function readPlace(place: Exclude<Place, 'graph'>, subject: Subject, objects: Objects, known: ReadonlySet<Digest>): Promise<PlaceReport> {
  if (place === 'digest-tag') return readDigestTag(subject, objects, known)
  if (place === 'referrers') return readReferrers(subject, objects, known)
  return place === 'sig-tag' ? readSigTag(subject, objects) : readAttTag(subject, objects)
}

export function report(subject: Digest, place: Place, state: PlaceState, code: Code | null = null): PlaceReport {
  return { subject, place, state, code, signatures: [], attachments: [] }
}

/** The index at the digest tag. An image, or the subject itself, stands there after `cosign copy` and means absent (R2). */
async function readDigestTag(subject: Subject, objects: Objects, known: ReadonlySet<Digest>): Promise<PlaceReport> {
  const loaded = await objects.tagged(digestTag(subject.digest))
  if (loaded.state !== 'read') return unread('digest-tag', subject, loaded)
  const { document, digest } = loaded.value
  if (document.kind !== 'index' || digest === subject.digest) return report(subject.digest, 'digest-tag', 'absent')
  // only a manifest or an index has a subject
  const entries = document.manifests.filter(({ digest: entry, mediaType }) => !known.has(entry) && entry !== subject.digest && (isManifestType(mediaType) || isIndexType(mediaType)))
  return readEntries('digest-tag', subject, objects, signaturesInIndex(document), entries, claimedAttachments(document))
}

async function readReferrers(subject: Subject, objects: Objects, known: ReadonlySet<Digest>): Promise<PlaceReport> {
  const list = await objects.source.referrers(objects.repository, subject.digest, objects.guard)
  if (list.state === 'absent') return report(subject.digest, 'referrers', 'absent')
  if (list.state === 'failed') return report(subject.digest, 'referrers', 'failed', list.code)
  // in one order, whatever the registry's: a list read again, or out of recorded evidence, must give the same verdict (E4)
  const entries = [...new Map(list.value.map((entry) => [entry.digest, entry])).values()]
    .filter((entry) => !known.has(entry.digest))
    .sort((a, b) => (a.digest < b.digest ? -1 : 1))
  return readEntries('referrers', subject, objects, [], entries, [])
}

/** Reads the manifests of entries: each is attached only if its own `subject` names the subject (R2). */
async function readEntries(
  place: Place,
  subject: Subject,
  objects: Objects,
  signatures: readonly FoundSignature[],
  entries: readonly Descriptor[],
  claimed: readonly FoundAttachment[],
): Promise<PlaceReport> {
  const taken = entries.slice(0, LIMITS.referrers)
  const loaded = await Promise.all(taken.map((entry) => objects.document(entry.digest, entry.mediaType)))
  let code: Code | null = entries.length > taken.length ? 'too-many-referrers' : null
  const found = [...signatures]
  const attachments: FoundAttachment[] = []
  for (const [i, result] of loaded.entries()) {
    const entry = taken[i] as Descriptor
    if (result.state === 'broken' || isFinal(result)) found.push(unreadable(subject, entry.digest, result.code))
    else if (result.state === 'failed' || result.state === 'absent') code ??= result.state === 'absent' ? 'not-found' : result.code
    else if (result.value.document.subject?.digest === subject.digest) {
      const { document } = result.value
      const here = document.kind === 'index' ? signaturesInIndex(document) : signaturesInAttached(document, subject, place)
      if (here.length === 0) attachments.push({ digest: entry.digest, type: typeOf(document), subject: subject.digest, by: 'manifest' })
      found.push(...here)
    }
  }
  const proved = new Set(attachments.map((attachment) => attachment.digest))
  attachments.push(...claimed.filter((attachment) => !proved.has(attachment.digest)))
  return { subject: subject.digest, place, state: code === null ? 'read' : 'failed', code, signatures: found, attachments }
}

async function readSigTag(subject: Subject, objects: Objects): Promise<PlaceReport> {
  const loaded = await cosignTagged(subject, 'sig', objects)
  if (loaded.state !== 'read') return unread('sig-tag', subject, loaded)
  const found = signaturesInAttached(loaded.value.document, { ...subject, mediaType: null, size: null }, 'sig-tag')
  return loadPayloads(subject, found, objects)
}

/** A sha512 digest is too long for a tag of cosign's, so nothing can stand there. */
function cosignTagged(subject: Subject, suffix: 'sig' | 'att', objects: Objects): Promise<Loaded> {
  const tag = cosignTag(subject.digest, suffix)
  return isTag(tag) ? objects.tagged(tag) : Promise.resolve({ state: 'absent' })
}

/** Fetches the payload blobs of what may be tried; a blob that could not be read makes the place failed, one with wrong bytes the entry invalid. */
async function loadPayloads(subject: Subject, found: readonly FoundSignature[], objects: Objects): Promise<PlaceReport> {
  const loaded = await Promise.all(found.map((signature, i) => (i < LIMITS.signaturesTried ? loadPayload(signature, subject, objects) : Promise.resolve({ signature, code: null }))))
  const code = loaded.find((item) => item.code !== null)?.code ?? null
  return { subject: subject.digest, place: 'sig-tag', state: code === null ? 'read' : 'failed', code, signatures: loaded.map((item) => item.signature), attachments: [] }
}

async function loadPayload(signature: FoundSignature, subject: Subject, objects: Objects): Promise<{ signature: FoundSignature; code: Code | null }> {
  if (signature.kind !== 'simple-signing' || signature.payloadBlob === null) return { signature, code: null }
  const { digest, size } = signature.payloadBlob
  const blob = await objects.blob(digest)
  if (blob.state === 'read') {
    const { bytes } = blob.value
    return { signature: bytes.length === size ? { ...signature, payloads: [bytes] } : unreadable(subject, digest, 'malformed', signature), code: null }
  }
  if (isFinal(blob)) {
    return { signature: unreadable(subject, digest, blob.code, signature), code: null }
  }
  return { signature, code: blob.state === 'absent' ? 'not-found' : blob.code }
}

/** cosign's attestations: an attestation is no signature (R10); its layers are attachments, claimed until they are verified. */
async function readAttTag(subject: Subject, objects: Objects): Promise<PlaceReport> {
  const loaded = await cosignTagged(subject, 'att', objects)
  if (loaded.state !== 'read') return unread('att-tag', subject, loaded)
  const { document } = loaded.value
  const attachments = document.kind !== 'manifest' ? [] : document.layers.map((layer) => (
    { digest: layer.digest, type: layer.annotations.get('predicateType') ?? layer.mediaType, subject: subject.digest, by: null }
  ))
  return { ...report(subject.digest, 'att-tag', 'read'), attachments }
}

function unread(place: Place, subject: Subject, loaded: Exclude<Loaded, { state: 'read' }>): PlaceReport {
  if (loaded.state === 'absent') return report(subject.digest, place, 'absent')
  if (loaded.state === 'broken') return { ...report(subject.digest, place, 'read'), signatures: [unreadable(subject, loaded.digest, loaded.code)] }
  if (isFinal(loaded)) return { ...report(subject.digest, place, 'read'), signatures: [unreadable(subject, place, loaded.code)] }
  return report(subject.digest, place, 'failed', loaded.code)
}

/** In a layout nobody can send other bytes the next time: what is filed under the wrong digest is invalid, not merely unread (R1). */
function isFinal(result: { readonly state: string }): result is { readonly state: 'failed'; readonly code: Code; readonly message: string; readonly final: true } {
  return result.state === 'failed' && 'final' in result && result.final === true
}

function unreadable(beside: Beside, at: string, code: Code, of?: FoundSignature): FoundSignature {
  return { form: of?.form ?? 'unknown', beside: of?.beside ?? beside, at: of?.at ?? at, kind: 'unreadable', state: 'invalid', code }
}

function typeOf(document: Document): string {
  return document.artifactType ?? document.mediaType
}

/** What an index says is attached to whom: in one vocabulary, all of it claims (R5, T21). */
export function claimedAttachments(index: ImageIndex): readonly FoundAttachment[] {
  return index.manifests.flatMap((entry) => {
    const docker = entry.annotations.get(ANNOTATION.dockerReferenceType)
    const type = entry.annotations.get(ANNOTATION.referenceType) ?? docker
    if (type === undefined || type === 'dev.cosignproject.cosign.embedded') return []
    const named = entry.annotations.get(docker === undefined ? ANNOTATION.referenceDigest : ANNOTATION.dockerReferenceDigest) ?? entry.annotations.get(ANNOTATION.reference) ?? ''
    return [{ digest: entry.digest, type, subject: isDigest(named) ? named : null, by: null }]
  })
}
