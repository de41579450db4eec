import type { Code } from '../base/codes.ts'
import { SealdexError } from '../base/errors.ts'
import { digestOf, type Digest, type DigestAlgorithm, type VerifiedBytes } from '../crypto/digest.ts'
import type { Document } from '../oci/document.ts'
import { isIndexType, isManifestType } from '../oci/media-types.ts'
import type { Reference, Repository } from '../oci/reference.ts'
import type { Guard } from '../source/guarded.ts'
import { failed, type FetchedManifest, type Read, type Source } from '../source/source.ts'
import { documentOf } from './remembered.ts'

/** A manifest or index with its digest proved and its grammar held. */
export interface LoadedDocument {
  readonly digest: Digest
  readonly size: number
  readonly document: Document
}

/** What asking for a manifest gave: *broken* bytes have the right digest and the wrong grammar, so nothing unread could mend them (R1). */
export type Loaded =
  | { readonly state: 'read'; readonly value: LoadedDocument }
  | { readonly state: 'broken'; readonly code: Code; readonly message: string; readonly digest: Digest; readonly size: number }
  | { readonly state: 'absent' }
  | { readonly state: 'failed'; readonly code: Code; readonly message: string; readonly final?: true }

/** Limits that a document itself breaks make the read *failed*: what lies behind them is unknown (R11). */
const LIMIT_CODES: ReadonlySet<Code> = new Set(['too-many-descriptors', 'too-large'])

/** Every object of one verification: each is asked for once, parsed once, and noted as evidence when it is used. */
export class Objects {
  readonly repository: Repository
  readonly source: Source
  readonly guard: Guard
  /** Digest and size of all that was consulted: what `basis.evidence` is made of. */
  readonly consulted: Map<Digest, number> = new Map()
  readonly #manifests = new Map<Digest, Promise<Read<FetchedManifest>>>()
  readonly #documents = new Map<string, Promise<Loaded>>()
  /** Tags on their way: what they bring may be listed elsewhere too, and is not to be fetched twice. */
  readonly #asked = new Set<Promise<Loaded>>()
  readonly #blobs = new Map<Digest, Promise<Read<VerifiedBytes>>>()

  constructor(source: Source, repository: Repository, guard: Guard) {
    this.source = source
    this.repository = repository
    this.guard = guard
  }

  /** What the reference names. */
  async resolve(reference: Reference): Promise<Loaded> {
    return this.#keep(await this.source.resolve(reference, this.guard))
  }

  async tagged(tag: string): Promise<Loaded> {
    const asked = this.source.tagged(this.repository, tag, this.guard).then((result) => this.#keep(result))
    this.#asked.add(asked)
    try {
      return await asked
    } finally {
      this.#asked.delete(asked)
    }
  }

  /** The manifest with this digest; `claimedType` is its descriptor's media type. */
  async document(digest: Digest, claimedType: string | null): Promise<Loaded> {
    if (!this.#manifests.has(digest)) await Promise.allSettled(this.#asked)
    return this.#parse(await this.#fetch(digest), claimedType)
  }

  /** Whether what is given for this digest has it (R1): `final` where it is filed so in a layout, `answered` where a registry said so this time. */
  async wrongBytes(digest: Digest): Promise<'final' | 'answered' | null> {
    const result = await this.#fetch(digest)
    if (result.state !== 'failed') return null
    return result.final === true ? 'final' : result.code === 'digest-mismatch' ? 'answered' : null
  }

  /** The digest by another algorithm of a manifest that was asked for; null where its bytes were not read. */
  async alsoNamed(digest: Digest, algorithm: DigestAlgorithm): Promise<Digest | null> {
    const result = await this.#manifests.get(digest)
    return result?.state === 'read' ? digestOf(result.value.object.bytes, algorithm) : null
  }

  async blob(digest: Digest): Promise<Read<VerifiedBytes>> {
    let pending = this.#blobs.get(digest)
    if (pending === undefined) {
      pending = this.source.blob(this.repository, digest, this.guard)
      this.#blobs.set(digest, pending)
    }
    const result = await pending
    if (result.state === 'read') this.consulted.set(digest, result.value.bytes.length)
    return result
  }

  #fetch(digest: Digest): Promise<Read<FetchedManifest>> {
    let pending = this.#manifests.get(digest)
    if (pending === undefined) {
      pending = this.source.manifest(this.repository, digest, this.guard)
      this.#manifests.set(digest, pending)
    }
    return pending
  }

  /** What came in by tag is not asked for again by digest. */
  #keep(result: Read<FetchedManifest>): Promise<Loaded> {
    if (result.state === 'read') this.#manifests.set(result.value.object.digest, Promise.resolve(result))
    return this.#parse(result, null)
  }

  #parse(result: Read<FetchedManifest>, claimedType: string | null): Promise<Loaded> {
    if (result.state !== 'read') return Promise.resolve(result)
    const { object } = result.value
    this.consulted.set(object.digest, object.bytes.length)
    const key = `${object.digest} ${claimedType ?? ''}`
    let parsed = this.#documents.get(key)
    if (parsed === undefined) {
      parsed = Promise.resolve(parseFetched(result.value, claimedType))
      this.#documents.set(key, parsed)
    }
    return parsed
  }
}

function parseFetched(fetched: FetchedManifest, claimedType: string | null): Loaded {
  const { digest, bytes } = fetched.object
  try {
    const document = documentOf(fetched.object, claimedType ?? fetched.contentType ?? fetched.claimedType ?? null)
    // from the network, header and body (or, for a body without a type, header and descriptor) must say the same (T1, T2)
    if (fetched.contentType !== null && fetched.contentType.toLowerCase() !== document.mediaType.toLowerCase()) {
      return failed('content-type-mismatch', `The Content-Type of ${digest} contradicts the media type of its body or descriptor.`)
    }
    return { state: 'read', value: { digest, size: bytes.length, document } }
  } catch (error) {
    if (!(error instanceof SealdexError)) throw error
    if (LIMIT_CODES.has(error.code)) return failed(error.code, error.message)
    // a page of some proxy: no registry's answer, so another one may come (R2)
    if (fetched.contentType !== null && !isIndexType(fetched.contentType) && !isManifestType(fetched.contentType)) {
      return failed('content-type-mismatch', `What was answered for ${digest} is no manifest and does not call itself one.`)
    }
    return { state: 'broken', code: error.code, message: error.message, digest, size: bytes.length }
  }
}
