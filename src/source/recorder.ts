import { utf8Encode } from '../base/bytes.ts'
import { JsonNumber, stringifyJson, type JsonObject, type JsonValue } from '../base/json.ts'
import type { Digest, VerifiedBytes } from '../crypto/digest.ts'
import * as ANNOTATION from '../oci/annotations.ts'
import { PLACES, tagOfPlace } from '../oci/place.ts'
import type { Descriptor } from '../oci/descriptor.ts'
import { blobPath } from '../oci/layout.ts'
import * as MEDIA from '../oci/media.ts'
import type { Reference, Repository } from '../oci/reference.ts'
import type { Guard } from './guarded.ts'
import type { RecordedFailure, RecordedPlace } from './recorded.ts'
import type { FetchedManifest, Read, Source } from './source.ts'

/** A source that keeps what was read through it, so that the same verdict can be reached again without it (E2). */
export interface Recorder extends Source {
  /** The record as the files of an image layout. */
  layout(recordedAt: string): Map<string, Uint8Array<ArrayBuffer>>
}

/** Wraps a source for one reference. Everything that is read goes into the record, absences and failures too. */
export function recorder(source: Source, reference: Reference): Recorder {
  return new Recording(source, reference)
}

class Recording implements Recorder {
  readonly kind: Source['kind']
  readonly #source: Source
  readonly #reference: Reference
  readonly #objects = new Map<Digest, VerifiedBytes>()
  readonly #failures = new Map<string, RecordedFailure>()
  readonly #named: { tag: string; digest: Digest; size: number; mediaType: string }[] = []
  readonly #tags = new Map<string, Read<FetchedManifest>>()
  readonly #referrers = new Map<Digest, Read<readonly Descriptor[]>>()

  constructor(source: Source, reference: Reference) {
    this.kind = source.kind
    this.#source = source
    this.#reference = reference
  }

  async resolve(asked: Reference, guard: Guard): Promise<Read<FetchedManifest>> {
    const result = await this.#source.resolve(asked, guard)
    if (result.state === 'read') this.#name(this.#reference.tag ?? '', result.value)
    else this.#fail('reference', result)
    return result
  }

  async manifest(repository: Repository, digest: Digest, guard: Guard): Promise<Read<FetchedManifest>> {
    const result = await this.#source.manifest(repository, digest, guard)
    if (result.state === 'read') this.#keep(result.value.object)
    else this.#fail(digest, result)
    return result
  }

  async tagged(repository: Repository, tag: string, guard: Guard): Promise<Read<FetchedManifest>> {
    const result = await this.#source.tagged(repository, tag, guard)
    this.#tags.set(tag, result)
    if (result.state === 'read') this.#name(tag, result.value)
    return result
  }

  async referrers(repository: Repository, subject: Digest, guard: Guard): Promise<Read<readonly Descriptor[]>> {
    const result = await this.#source.referrers(repository, subject, guard)
    this.#referrers.set(subject, result)
    return result
  }

  async blob(repository: Repository, digest: Digest, guard: Guard): Promise<Read<VerifiedBytes>> {
    const result = await this.#source.blob(repository, digest, guard)
    if (result.state === 'read') this.#keep(result.value)
    else this.#fail(digest, result)
    return result
  }

  layout(recordedAt: string): Map<string, Uint8Array<ArrayBuffer>> {
    const annotations: JsonObject = new Map([
      [ANNOTATION.evidence, 'v1'],
      [ANNOTATION.evidenceReference, this.#reference.canonical],
      [ANNOTATION.recordedAt, recordedAt],
      [ANNOTATION.places, stringifyJson(this.#places().map(placeJson))],
      [ANNOTATION.failures, stringifyJson([...this.#failures].sort(byFirst).map(failureJson))],
    ])
    const index: JsonObject = new Map<string, JsonValue>([
      ['schemaVersion', new JsonNumber('2')],
      ['mediaType', MEDIA.ociIndex],
      ['manifests', [...this.#namedEntries(), ...this.#listedEntries()]],
      ['annotations', annotations],
    ])
    const files = new Map<string, Uint8Array<ArrayBuffer>>([
      ['oci-layout', utf8Encode('{"imageLayoutVersion":"1.0.0"}')],
      ['index.json', utf8Encode(stringifyJson(index))],
    ])
    for (const [digest, { bytes }] of [...this.#objects].sort(byFirst)) files.set(blobPath(digest), bytes)
    return files
  }

  #name(tag: string, fetched: FetchedManifest): void {
    const { object } = fetched
    this.#keep(object)
    this.#named.push({ tag, digest: object.digest, size: object.bytes.length, mediaType: fetched.contentType ?? fetched.claimedType ?? MEDIA.ociIndex })
  }

  #keep(object: VerifiedBytes): void {
    this.#objects.set(object.digest, object)
    this.#failures.delete(object.digest)
  }

  #fail(object: string, result: Exclude<Read<unknown>, { state: 'read' }>): void {
    this.#failures.set(object, result.state === 'absent' ? { code: 'absent', message: null } : { code: result.code, message: result.message })
  }

  #places(): RecordedPlace[] {
    const subjects = new Set(this.#referrers.keys())
    const tags = [...subjects].flatMap((subject) => PLACES.map((place) => ({ subject, place, result: this.#tags.get(tagOfPlace(place, subject) ?? '') })))
    const lists = [...this.#referrers].map(([subject, result]) => ({ subject, place: 'referrers' as const, result }))
    return [...tags, ...lists].flatMap(({ subject, place, result }): RecordedPlace[] => (
      result === undefined ? [] : [{ subject, place, state: result.state, code: result.state === 'failed' ? result.code : null }]
    )).sort((a, b) => (`${a.subject} ${a.place}` < `${b.subject} ${b.place}` ? -1 : 1))
  }

  #namedEntries(): JsonObject[] {
    return this.#named.map(({ tag, digest, size, mediaType }) => new Map<string, JsonValue>([
      ...descriptorFields(mediaType, digest, size),
      ...(tag === '' ? [] : [['annotations', new Map([[ANNOTATION.refName, tag]])] as const]),
    ]))
  }

  /** The entries of all lists of referrers, each with the subjects in whose list it stood: what makes a list exact again. */
  #listedEntries(): JsonObject[] {
    const subjectsOf = new Map<Digest, { entry: Descriptor; subjects: Digest[] }>()
    for (const [subject, list] of this.#referrers) {
      for (const entry of list.state === 'read' ? list.value : []) {
        const known = subjectsOf.get(entry.digest) ?? { entry, subjects: [] }
        if (!known.subjects.includes(subject)) known.subjects.push(subject)
        subjectsOf.set(entry.digest, known)
      }
    }
    return [...subjectsOf.values()].map(({ entry, subjects }) => {
      const raw = new Map(entry.raw)
      raw.set('annotations', new Map([...entry.annotations, [ANNOTATION.listed, stringifyJson(subjects)]]))
      return raw
    })
  }
}

function placeJson({ subject, place, state, code }: RecordedPlace): JsonObject {
  return new Map<string, JsonValue>([['subject', subject], ['place', place], ['state', state], ...(code === null ? [] : [['code', code] as const])])
}

function failureJson([object, { code, message }]: readonly [string, RecordedFailure]): JsonObject {
  return new Map<string, JsonValue>([['object', object], ['code', code], ...(message === null ? [] : [['message', message] as const])])
}

function descriptorFields(mediaType: string, digest: Digest, size: number): [string, JsonValue][] {
  return [['mediaType', mediaType], ['digest', digest], ['size', new JsonNumber(String(size))]]
}

function byFirst([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1
}
