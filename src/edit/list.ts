import { SealdexError } from '../base/errors.ts'
import type { JsonObject, JsonValue } from '../base/json.ts'
import type { Digest } from '../crypto/digest.ts'
import * as MEDIA from '../oci/media.ts'
import { parseReference } from '../oci/reference.ts'
import { readPlace } from '../verify/places.ts'
import { artifactOf, attachArtifact, descriptorJson } from './artifact.ts'
import { loadedOrThrow, type Note, type Signing } from './context.ts'
import { signDetached } from './detached.ts'
import { subjectField } from './referrer.ts'
import { openSigning, type SignOptions, type SignResult } from './sign.ts'
import { rootSubject, type Subject } from './subject.ts'
import { untilRead } from './write.ts'

export type SignListOptions = Omit<SignOptions, 'layout' | 'each' | 'platform' | 'bundle' | 'force' | 'renew'>

export interface SignListResult extends SignResult {
  /** The list that was signed, and what it lists. */
  readonly list: { readonly digest: Digest; readonly entries: readonly Digest[] }
}

/**
 * Signs a list of what is attached now to what a reference names (R8): an index without a tag, with the image as its subject, whose signature has the role `list`. Signatures
 * are not listed (R10). Each call signs anew, since the newest list counts. Throws as `sign` does, and the code of a place that could not be read: half a list is not signed.
 */
export async function signList(reference: string, options: SignListOptions): Promise<SignListResult> {
  const notes: Note[] = []
  const opened = openSigning(parseReference(reference), { ...options, renew: true }, notes)
  const signing: Signing = { ...opened, facts: { ...opened.facts, role: 'list' } }
  const root = await untilRead(async () => loadedOrThrow(await signing.objects.resolve(signing.reference), signing.reference.canonical), signing.timing)
  const subject = rootSubject(root)
  const entries = await attachedTo(signing, subject)
  const list = await artifactOf(MEDIA.ociIndex, new Map<string, JsonValue>([
    ['artifactType', MEDIA.attachedList],
    ['manifests', entries.map(({ descriptor }) => descriptor)],
    ['subject', subjectField(subject)],
  ]))
  const attached = await attachArtifact(signing, subject.digest, list)
  const { signing: work, written } = await signDetached(signing, { digest: list.digest, platform: null, descriptor: list.descriptor }, subject)
  return {
    version: 1, reference: signing.reference.canonical, subjects: [work.result], written: [...(attached === null ? [] : [attached]), ...written],
    before: root.digest, after: root.digest, notes, list: { digest: list.digest, entries: entries.map(({ digest }) => digest) },
  }
}

interface Entry {
  readonly digest: Digest
  readonly descriptor: JsonObject
}

/** What names the subject, lists apart, by digest: so the same is attached, the same is the list. */
async function attachedTo({ objects }: Signing, { digest }: Subject): Promise<readonly Entry[]> {
  const beside = { digest, mediaType: null, size: null, platform: null, annotations: null }
  const reports = await Promise.all((['digest-tag', 'referrers'] as const).map((place) => readPlace(place, beside, objects, new Set())))
  const failed = reports.find(({ state }) => state === 'failed')
  if (failed !== undefined) throw new SealdexError(failed.code ?? 'registry-error', `Not all that is attached to ${digest} could be read (its ${failed.place}), and half a list is not signed.`)
  const lists = new Set(reports.flatMap(({ lists = [] }) => lists).map((list) => list.digest))
  const named = reports.flatMap(({ attachments }) => attachments).filter(({ by, digest: attached }) => by === 'manifest' && !lists.has(attached))
  return Promise.all([...new Set(named.map((attachment) => attachment.digest))].sort().map(async (attached): Promise<Entry> => {
    const { size, document } = loadedOrThrow(await objects.document(attached, null), attached)
    const type: readonly (readonly [string, JsonValue])[] = document.artifactType === null ? [] : [['artifactType', document.artifactType]]
    return { digest: attached, descriptor: new Map([...descriptorJson(document.mediaType, attached, size), ...type]) }
  }))
}
