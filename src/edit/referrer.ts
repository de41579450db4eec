import { SealdexError } from '../base/errors.ts'
import { JsonNumber, type JsonObject, type JsonValue } from '../base/json.ts'
import { LIMITS } from '../base/limits.ts'
import { digestOf, type Digest } from '../crypto/digest.ts'
import { digestTag } from '../oci/place.ts'
import type { Descriptor } from '../oci/descriptor.ts'
import { isIndexType, MEDIA } from '../oci/media-types.ts'
import type { Signing, WrittenObject } from './context.ts'
import { emptyIndex, indexBytes, type SubjectSigning } from './subject.ts'

const WRITE_TRIES = 3
/** Registries that list asynchronously take seconds at most; waits of 100 ms doubled, 3.1 s together. */
const LIST_TRIES = 6

/** A small signed index of this signer's own, immutable, which the registry lists as a referrer: nobody races (W3). Null: it was there already. */
export async function writeReferrer(signing: Signing, work: SubjectSigning, listed: readonly Descriptor[]): Promise<WrittenObject | null> {
  const annotations = await work.annotations(await standing(signing, work.subject.digest, listed))
  if (annotations === null) return null
  const bytes = indexBytes(ownIndex(work))
  const digest = await digestOf(bytes)
  signing.progress({ subject: work.subject.digest, step: 'writing' })
  await push(signing, digest, bytes)
  if (!(await isListed(signing, work.subject.digest, digest))) {
    signing.note('not-listed', `The registry took ${digest} and does not list it as a referrer of ${work.subject.digest} yet; until it does, nobody finds the signature.`)
  }
  if (work.state === 'renewed') signing.note('earlier-stays', 'The earlier signature is an object of its own, which stays in the list of referrers beside the new one.')
  signing.note('copy-leaves-behind', 'The signature is a referrer: "oras copy -r" and "regctl image copy --referrers" take it along; crane, skopeo and cosign copy leave it behind.')
  return { kind: 'referrer', tag: null, digest }
}

function ownIndex(work: SubjectSigning): JsonObject {
  const named = new Map([...work.subject.descriptor].filter(([name]) => name === 'mediaType' || name === 'digest' || name === 'size'))
  return new Map<string, JsonValue>([
    ['schemaVersion', new JsonNumber('2')],
    ['mediaType', MEDIA.ociIndex],
    ['artifactType', MEDIA.signedIndex],
    ['manifests', work.unite(emptyIndex()).get('manifests') ?? []],
    ['subject', named],
  ])
}

/** What may hold a signature of ours: the signed indexes among the referrers, and the digest tag (the registry may have had no list before). What can't be read only costs a second signature. */
async function standing({ objects }: Signing, subject: Digest, listed: readonly Descriptor[]): Promise<readonly Descriptor[]> {
  const candidates = listed.filter(({ mediaType, artifactType }) => isIndexType(mediaType) && (artifactType ?? MEDIA.signedIndex) === MEDIA.signedIndex).slice(0, LIMITS.referrers)
  const loaded = await Promise.all([objects.tagged(digestTag(subject)), ...candidates.map(({ digest, mediaType }) => objects.document(digest, mediaType))])
  return loaded.flatMap((one, i) => {
    if (one.state !== 'read' || one.value.document.kind !== 'index') return []
    const { document } = one.value
    return i === 0 || document.subject?.digest === subject ? document.manifests : []
  })
}

async function push({ source, objects, timing }: Signing, digest: Digest, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  for (let tries = 1; ; tries++) {
    const result = await source.putManifest(objects.repository, { digest }, bytes, MEDIA.ociIndex, objects.guard)
    if (result.state === 'written') return
    // the same bytes under their own digest: writing them twice is writing them once
    if (result.state === 'refused' || tries === WRITE_TRIES || result.code === 'timeout') throw new SealdexError(result.code, result.message)
    await timing.sleep(timing.random() * 1_000 * tries)
  }
}

async function isListed({ objects, timing }: Signing, subject: Digest, digest: Digest): Promise<boolean> {
  for (let tries = 0; ; tries++) {
    const list = await objects.source.referrers(objects.repository, subject, objects.guard)
    if (list.state === 'read' && list.value.some((entry) => entry.digest === digest)) return true
    if (tries === LIST_TRIES - 1) return false
    await timing.sleep(100 * 2 ** tries)
  }
}
