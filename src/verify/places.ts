import type { Code } from '../base/codes.ts'
import * as LIMITS from '../base/limits.ts'
import type { Digest } from '../crypto/digest.ts'
import type { Beside, FoundAttachment, FoundSignature } from '../form/found.ts'
import type { Place } from '../oci/place.ts'
import { signaturesInAttached, signaturesInIndex } from '../form/forms.ts'
import * as ANNOTATION from '../oci/annotations.ts'
import { cosignTag, digestTag } from '../oci/place.ts'
import type { Descriptor } from '../oci/descriptor.ts'
import type { Document, ImageIndex } from '../oci/document.ts'
import { isIndexType, isManifestType } from '../oci/media-types.ts'
import * as MEDIA from '../oci/media.ts'
import { isDigest } from '../crypto/digest.ts'
import { isTag } from '../oci/reference.ts'
import { isFinal, unreadable, withBlobs, type FoundStatement, type WithBlobs } from './blobs.ts'
import { claimedStatements } from './attestation-manifests.ts'
import type { FoundList } from './completeness.ts'
import type { Loaded, Objects } from './objects.ts'

export type PlaceState = 'read' | 'absent' | 'failed' | 'not-needed'

/** One place of one subject, and what stood there. A failed place can still have given something. */
export interface PlaceReport {
  readonly subject: Digest
  readonly place: Place
  readonly state: PlaceState
  readonly code: Code | null
  readonly signatures: readonly FoundSignature[]
  /** Attestations, which are no signatures (R10); each stands in `attachments` too. */
  readonly statements: readonly FoundStatement[]
  readonly attachments: readonly FoundAttachment[]
  /** Lists of what is attached to the subject (R8); each stands in `attachments` too. */
  readonly lists?: readonly FoundList[]
  /** Entries whose manifests were not read: proved absent, or not. */
  readonly unread?: ReadonlyMap<Digest, 'absent' | 'failed'>
}

/** What is known of a subject whose places are read. */
export interface Subject extends Beside {
  /** What an attestation manifest is about, as the index that lists it claims. */
  readonly attests?: Digest
}

/** Reads one of the places (b), (c), (d) of a subject, or an attestation manifest that the graph lists. `known` are digests of the graph, which need no second look. */
export function readPlace(place: Place, subject: Subject, objects: Objects, known: ReadonlySet<Digest>): Promise<PlaceReport> {
  if (place === 'digest-tag') return readDigestTag(subject, objects, known)
  if (place === 'referrers') return readReferrers(subject, objects, known)
  if (place === 'graph') return readAttestationManifest(subject, objects)
  return place === 'sig-tag' ? readSigTag(subject, objects) : readAttTag(subject, objects)
}

export function report(subject: Digest, place: Place, state: PlaceState, code: Code | null = null): PlaceReport {
  return { subject, place, state, code, signatures: [], statements: [], attachments: [] }
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

/** One entry by itself. */
export function readEntry(place: Place, subject: Subject, objects: Objects, entry: Descriptor): Promise<PlaceReport> {
  return readEntries(place, subject, objects, [], [entry], [])
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
  const inManifests: FoundSignature[] = []
  const found = [...signatures]
  const attachments: FoundAttachment[] = []
  const lists: FoundList[] = []
  const unread = new Map<Digest, 'absent' | 'failed'>()
  for (const [i, result] of loaded.entries()) {
    const entry = taken[i] as Descriptor
    if (result.state !== 'read') unread.set(entry.digest, result.state === 'absent' ? 'absent' : 'failed')
    if (result.state === 'broken' || isFinal(result)) found.push(unreadable(subject, entry.digest, result.code))
    else if (result.state === 'failed' || result.state === 'absent') code ??= result.state === 'absent' ? 'not-found' : result.code
    else if (result.value.document.subject?.digest === subject.digest) {
      const { document } = result.value
      const here = document.kind === 'index' ? signaturesInIndex(document) : signaturesInAttached(result.value, subject, place)
      if (here.length === 0) attachments.push({ digest: entry.digest, type: typeOf(document), subject: subject.digest, by: 'manifest' })
      if (document.kind === 'index' && document.artifactType === MEDIA.attachedList) lists.push({ digest: entry.digest, entries: document.manifests.map(({ digest }) => digest) })
      inManifests.push(...here)
    }
  }
  const blobs = await withBlobs(inManifests, objects)
  found.push(...blobs.signatures)
  code ??= blobs.code
  attachments.push(...blobs.statements.map((statement) => attachmentOf(statement, 'manifest')))
  const proved = new Set(attachments.map((attachment) => attachment.digest))
  attachments.push(...claimed.filter((attachment) => !proved.has(attachment.digest)))
  return { subject: subject.digest, place, state: code === null ? 'read' : 'failed', code, signatures: found, statements: blobs.statements, attachments, lists, unread }
}

function reportOf(place: Place, subject: Subject, { signatures, statements, code }: WithBlobs, attachments: readonly FoundAttachment[]): PlaceReport {
  const attested = statements.map((statement) => attachmentOf(statement, null))
  return { subject: subject.digest, place, state: code === null ? 'read' : 'failed', code, signatures, statements, attachments: [...attachments, ...attested] }
}

function attachmentOf({ found, predicateType }: FoundStatement, by: FoundAttachment['by']): FoundAttachment {
  return { digest: found.carrier, type: predicateType, subject: found.beside.digest, by }
}

async function readSigTag(subject: Subject, objects: Objects): Promise<PlaceReport> {
  const loaded = await cosignTagged(subject, 'sig', objects)
  if (loaded.state !== 'read') return unread('sig-tag', subject, loaded)
  const found = signaturesInAttached(loaded.value, { ...subject, mediaType: null, size: null }, 'sig-tag')
  return reportOf('sig-tag', subject, await withBlobs(found, objects), [])
}

/** A sha512 digest is too long for a tag of cosign's, so nothing can stand there. */
function cosignTagged(subject: Subject, suffix: 'sig' | 'att', objects: Objects): Promise<Loaded> {
  const tag = cosignTag(subject.digest, suffix)
  return isTag(tag) ? objects.tagged(tag) : Promise.resolve({ state: 'absent' })
}

/** cosign's attestations: an attestation is no signature (R10); layers that are no envelopes are attachments like any other. */
async function readAttTag(subject: Subject, objects: Objects): Promise<PlaceReport> {
  const loaded = await cosignTagged(subject, 'att', objects)
  if (loaded.state !== 'read') return unread('att-tag', subject, loaded)
  const { document, digest } = loaded.value
  const layers = document.kind !== 'manifest' ? [] : document.layers.filter(({ mediaType }) => mediaType !== MEDIA.dsseEnvelope)
  const attachments = layers.map((layer) => ({ digest: layer.digest, type: layer.annotations.get('predicateType') ?? layer.mediaType, subject: subject.digest, by: null }))
  return reportOf('att-tag', subject, await withBlobs(signaturesInAttached({ digest, document }, subject, 'att-tag'), objects), attachments)
}

/** BuildKit's unsigned statements: what each layer says that it is, a claim (T21); signed ones are beside the platform that they are said to be about. */
async function readAttestationManifest(subject: Subject, objects: Objects): Promise<PlaceReport> {
  const loaded = await objects.document(subject.digest, subject.mediaType)
  if (loaded.state !== 'read') return unread('graph', subject, loaded)
  const { document } = loaded.value
  const attests = document.subject?.digest ?? subject.attests ?? subject.digest
  const found = signaturesInAttached(loaded.value, { digest: attests, mediaType: null, size: null, platform: null, annotations: null }, 'graph')
  return reportOf('graph', subject, await withBlobs(found, objects), claimedStatements(document, subject.attests ?? null))
}

function unread(place: Place, subject: Subject, loaded: Exclude<Loaded, { state: 'read' }>): PlaceReport {
  if (loaded.state === 'absent') return report(subject.digest, place, 'absent')
  if (loaded.state === 'broken') return { ...report(subject.digest, place, 'read'), signatures: [unreadable(subject, loaded.digest, loaded.code)] }
  if (isFinal(loaded)) return { ...report(subject.digest, place, 'read'), signatures: [unreadable(subject, place, loaded.code)] }
  return report(subject.digest, place, 'failed', loaded.code)
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
