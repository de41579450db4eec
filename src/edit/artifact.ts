import { utf8Encode } from '../base/bytes.ts'
import { SealdexError } from '../base/errors.ts'
import { isJsonObject, JsonNumber, stringifyJson, type JsonObject, type JsonValue } from '../base/json.ts'
import { digestOf, type Digest } from '../crypto/digest.ts'
import * as MEDIA from '../oci/media.ts'
import { digestTag } from '../oci/place.ts'
import type { Writing, WrittenObject } from './context.ts'
import { noteLosses, noteWhatStood, signedIndexAt } from './detached.ts'
import { digestIn, entriesOf, uniteIndexes } from './merge.ts'
import { pushManifest, pushReferrer, referrersOf, subjectField } from './referrer.ts'
import { asOciIndex, emptyIndex, type Subject } from './subject.ts'
import { tagSlot } from './tag-slot.ts'
import { writeUntilItStays } from './write.ts'

/** A manifest or index that names what it is attached to. */
export interface Artifact {
  readonly digest: Digest
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly mediaType: string
  /** As an index lists it. */
  readonly descriptor: JsonObject
}

/** One file with what it is attached to, and nothing else: the same bytes for the same file, whoever attaches it and when. */
export async function fileArtifact(subject: Subject, artifactType: string, layer: JsonObject, annotations: ReadonlyMap<string, string> = new Map()): Promise<Artifact> {
  return artifactOf(MEDIA.ociManifest, new Map<string, JsonValue>([
    ['artifactType', artifactType],
    ['config', descriptorJson(MEDIA.empty, await digestOf(EMPTY), EMPTY.length)],
    ['layers', [layer]],
    ['subject', subjectField(subject)],
    ...(annotations.size > 0 ? [['annotations', annotations] as const] : []),
  ]))
}

/** The object with the entry that lists it: its type, where it has none that of its config, and annotations, as the specification has it (formats.md 3). */
export async function artifactOf(mediaType: string, members: JsonObject): Promise<Artifact> {
  const json = new Map<string, JsonValue>([['schemaVersion', new JsonNumber('2')], ['mediaType', mediaType], ...members])
  const bytes = utf8Encode(stringifyJson(json))
  const digest = await digestOf(bytes)
  const config = json.get('config')
  const typed: JsonObject = isJsonObject(config) ? new Map([['artifactType', config.get('mediaType') ?? null], ...json]) : json
  const copied = ['artifactType', 'annotations'].flatMap((name) => (typed.has(name) ? [[name, typed.get(name) ?? null] as const] : []))
  return { digest, bytes, mediaType, descriptor: new Map<string, JsonValue>([...descriptorJson(mediaType, digest, bytes.length), ...copied]) }
}

export function descriptorJson(mediaType: string, digest: Digest, size: number): JsonObject {
  return new Map<string, JsonValue>([['mediaType', mediaType], ['digest', digest], ['size', new JsonNumber(String(size))]])
}

/** Content of the config of what has none. */
export const EMPTY: Uint8Array<ArrayBuffer> = utf8Encode('{}')

export async function pushEmptyConfig({ source, objects }: Writing): Promise<void> {
  const result = await source.putBlob(objects.repository, EMPTY, objects.guard)
  if (result.state !== 'written') throw new SealdexError(result.code, result.message)
}

/**
 * Pushes an artifact whose blobs are there, and attaches it: where the registry keeps referrers it lists it itself; else an entry at the subject's digest tag,
 * among those of others, which stay as they are (W2, W4). Null: it was attached already.
 */
export async function attachArtifact(writing: Writing, subject: Digest, artifact: Artifact): Promise<WrittenObject | null> {
  const listed = await referrersOf(writing, subject)
  if (listed !== null) {
    if (listed.some(({ digest }) => digest === artifact.digest)) return null
    await pushReferrer(writing, subject, artifact, listed)
    return { kind: 'referrer', tag: null, digest: artifact.digest }
  }
  await pushManifest(writing, artifact)
  return attachAtTag(writing, subject, artifact)
}

async function attachAtTag(writing: Writing, subject: Digest, { digest, descriptor }: Artifact): Promise<WrittenObject | null> {
  const tag = digestTag(subject)
  let known = emptyIndex()
  const { first, last, writes } = await writeUntilItStays(tagSlot(writing, tag, async (seen) => {
    const standing = signedIndexAt(seen, subject)
    // what was there a moment ago and is gone altogether was lost, not removed
    const index = standing?.raw ?? known
    known = index
    const isThere = standing !== null && entriesOf(index).some((entry) => digestIn(entry) === digest)
    return isThere ? null : uniteIndexes(asOciIndex(index), new Map([['manifests', [descriptor]]]))
  }), writing.timing)
  if (writes === 0 || last === null) return null
  noteWhatStood(writing, subject, first, digest)
  noteLosses(writing, tag, signedIndexAt(first, subject)?.raw ?? emptyIndex(), last, writes)
  return { kind: 'digest-tag', tag, digest: last.digest }
}
