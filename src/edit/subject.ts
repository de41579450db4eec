import { utf8Encode } from '../base/bytes.ts'
import { SealdexError } from '../base/errors.ts'
import { JsonNumber, stringifyJson, type JsonObject, type JsonValue } from '../base/json.ts'
import * as LIMITS from '../base/limits.ts'
import { formatTime } from '../base/time.ts'
import type { Digest } from '../crypto/digest.ts'
import * as ANNOTATION from '../oci/annotations.ts'
import type { Descriptor } from '../oci/descriptor.ts'
import * as MEDIA from '../oci/media.ts'
import { isUnknownPlatform, platformName, type Platform } from '../oci/platform.ts'
import type { LoadedDocument } from '../verify/objects.ts'
import type { Signing } from './context.ts'
import { existingSignatures } from './existing.ts'
import { entriesOf, holdsAnnotations, withAnnotations } from './merge.ts'
import { payloadFor, signEntry } from './signature-entry.ts'

export type SubjectState = 'signed' | 'already-signed' | 'renewed'

/** What is to be signed, and its descriptor as it is written where none stands yet. */
export interface Subject {
  readonly digest: Digest
  readonly platform: Platform | null
  readonly descriptor: JsonObject
}

/** What the reference itself names. */
export function rootSubject({ digest, size, document }: LoadedDocument): Subject {
  return { digest, platform: null, descriptor: new Map<string, JsonValue>([['mediaType', document.mediaType], ['digest', digest], ['size', new JsonNumber(String(size))]]) }
}

/** What an index lists: its descriptor without annotations, which are of that index, and without inline data. */
export function listedSubject({ digest, platform, raw }: Descriptor): Subject {
  const descriptor = new Map([...raw].filter(([name]) => name !== 'annotations' && name !== 'data'))
  return { digest, platform: platform === null || isUnknownPlatform(platform) ? null : platform, descriptor }
}

/** One subject on its way: signed once, written as often as it takes. */
export class SubjectSigning {
  readonly subject: Subject
  readonly #signing: Signing
  #state: SubjectState = 'signed'
  #annotations: ReadonlyMap<string, string> | null = null
  #replaced: readonly string[] = []
  #decided = false

  constructor(signing: Signing, subject: Subject) {
    this.#signing = signing
    this.subject = subject
  }

  get state(): SubjectState {
    return this.#state
  }

  /** Suffixes of the signatures in whose place the new one is put. */
  get replaced(): readonly string[] {
    return this.#replaced
  }

  get result(): { readonly digest: Digest; readonly platform: string | null; readonly state: SubjectState } {
    const { digest, platform } = this.subject
    return { digest, platform: platform === null ? null : platformName(platform), state: this.#state }
  }

  /** What is to be written: null where the same signer signed the same facts before. The first call decides, by what stands there then. */
  async annotations(standing: readonly Descriptor[]): Promise<ReadonlyMap<string, string> | null> {
    if (this.#decided) return this.#annotations
    const { signer, facts, renew, note, progress } = this.#signing
    const { digest, platform } = this.subject
    progress({ subject: digest, step: 'signing' })
    const payload = payloadFor(digest, platform, facts)
    const before = await existingSignatures(standing, digest, signer, payload, facts.signedAt)
    this.#decided = true
    if (before.length > 0 && !renew) {
      this.#state = 'already-signed'
      if (before.every(({ expired }) => expired)) note('expired', `The signature that this signer made of ${digest} before is past its expiry; sign again with renew.`)
      return null
    }
    const entry = await signEntry(signer, payload)
    this.#replaced = before.map(({ suffix }) => suffix).filter((suffix) => suffix !== entry.suffix)
    this.#state = before.length > 0 ? 'renewed' : 'signed'
    this.#annotations = new Map([...entry.annotations, ...this.#replaced.map((suffix) => [`${ANNOTATION.tombstone}${suffix}`, formatTime(facts.signedAt)] as const)])
    return this.#annotations
  }

  /** The index with ours in it. */
  unite(index: JsonObject): JsonObject {
    if (this.#annotations === null) return index
    const united = withAnnotations(index, this.subject.descriptor, this.#annotations)
    if (!this.standsIn(united)) throw new SealdexError('bad-option', `This very signature of ${this.subject.digest} was removed there on purpose; sign with another time.`)
    return united
  }

  standsIn(index: JsonObject): boolean {
    return this.#annotations === null || holdsAnnotations(index, this.subject.digest, this.#annotations)
  }
}

/** An OCI index without entries. */
export function emptyIndex(): JsonObject {
  return new Map<string, JsonValue>([['schemaVersion', new JsonNumber('2')], ['mediaType', MEDIA.ociIndex], ['manifests', []]])
}

/** The index as an OCI index: only that may carry annotations on its entries (formats.md 2). */
export function asOciIndex(index: JsonObject): JsonObject {
  return new Map([...index].flatMap(([name, value]) => {
    if (name === 'mediaType') return [[name, MEDIA.ociIndex] as const]
    return name === 'schemaVersion' && !index.has('mediaType') ? [[name, value] as const, ['mediaType', MEDIA.ociIndex] as const] : [[name, value] as const]
  }))
}

/** The bytes to be pushed; throws where readers and registries would refuse them (R11). */
export function indexBytes(index: JsonObject): Uint8Array<ArrayBuffer> {
  const bytes = utf8Encode(stringifyJson(index))
  const entries = entriesOf(index).length
  if (bytes.length > LIMITS.manifestBytes) throw new SealdexError('too-large', `With what is added the index has ${bytes.length} bytes; registries and readers take ${LIMITS.manifestBytes}.`)
  if (entries > LIMITS.descriptors) throw new SealdexError('too-many-descriptors', `With what is added the index lists ${entries} descriptors; ${LIMITS.descriptors} are read.`)
  return bytes
}
