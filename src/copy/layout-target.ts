import { utf8Encode } from '../base/bytes.ts'
import { SealdexError } from '../base/errors.ts'
import { isJsonObject, JsonNumber, parseJson, stringifyJson, type JsonObject, type JsonValue } from '../base/json.ts'
import * as LIMITS from '../base/limits.ts'
import { algorithmOf, runningDigest, verifyBytes, identifyBytes, isDigest, type Digest, type DigestMaker } from '../crypto/digest.ts'
import * as ANNOTATION from '../oci/annotations.ts'
import { readDocument } from '../oci/document.ts'
import { blobPath, openLayout, type LayoutFiles } from '../oci/layout.ts'
import * as MEDIA from '../oci/media.ts'
import type { BodyStream, FetchBody } from '../source/fetch.ts'
import { layoutSource } from '../source/layout-source.ts'
import { ABSENT, failed, read, type FetchedManifest, type Read } from '../source/source.ts'
import type { WriteResult } from '../source/write-result.ts'
import type { CopySource, CopyTarget } from './endpoint.ts'

/** The files of an image layout, large ones as streams. Paths are `index.json`, `oci-layout` and `blobs/<algorithm>/<hex>`. */
export interface LayoutStore extends LayoutFiles {
  /** Null if there is none. */
  open(path: string): Promise<{ readonly size: number; readonly body: FetchBody } | null>
}

export interface WritableLayout extends LayoutStore {
  /** Makes the file whole or not at all, in the place of one that is there. Rejects with what `chunks` throws, and where it cannot be written. */
  write(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void>
}

/** An image layout to be copied out of. Throws as {@link layoutSource} does. */
export async function layoutCopySource(store: LayoutStore): Promise<CopySource> {
  return { ...(await layoutSource(store)), openBlob: (_, digest) => openBlob(store, digest) }
}

/** An image layout to be copied into, new or with what stands there already. Throws `bad-option` for recorded evidence, and as {@link openLayout} does. */
export async function layoutTarget(store: WritableLayout, makeDigest?: DigestMaker): Promise<CopyTarget> {
  const index = await store.get('index.json', LIMITS.manifestBytes)
  if (index !== null && (await openLayout(store)).annotations.has(ANNOTATION.evidence)) {
    throw new SealdexError('bad-option', 'The layout is recorded evidence, which says what was read and when; copy into another one.')
  }
  return new Target(store, index === null ? null : parseJson(index), makeDigest)
}

async function openBlob(store: LayoutStore, digest: Digest): Promise<Read<FetchBody>> {
  try {
    const found = await store.open(blobPath(digest))
    return found === null ? ABSENT : read(found.body)
  } catch {
    return failed('unreachable', `${digest} could not be read from the layout.`)
  }
}

interface Pushed {
  readonly mediaType: string
  readonly size: number
}

class Target implements CopyTarget {
  readonly kind = 'layout'
  readonly #store: WritableLayout
  readonly #index: JsonObject
  #entries: readonly JsonObject[]
  readonly #makeDigest: DigestMaker | undefined
  readonly #pushed = new Map<Digest, Pushed>()
  readonly #children = new Set<string>()

  constructor(store: WritableLayout, index: JsonValue | null, makeDigest: DigestMaker | undefined) {
    this.#store = store
    this.#makeDigest = makeDigest
    this.#index = isJsonObject(index ?? undefined) ? (index as JsonObject) : new Map<string, JsonValue>([['schemaVersion', new JsonNumber('2')], ['mediaType', MEDIA.ociIndex]])
    const entries = this.#index.get('manifests')
    this.#entries = Array.isArray(entries) ? (entries as readonly JsonObject[]) : []
  }

  resolve: CopyTarget['resolve'] = (reference, guard) => (reference.digest === null ? this.tagged(reference.repository, reference.tag ?? 'latest', guard) : this.manifest(reference.repository, reference.digest, guard))

  tagged: CopyTarget['tagged'] = async (_, tag) => {
    const entry = this.#entries.find((one) => nameOf(one) === tag)
    const digest = entry?.get('digest')
    if (typeof digest !== 'string' || !isDigest(digest)) return ABSENT
    const found = await this.#manifest(digest)
    const claimed = entry?.get('mediaType')
    return found.state === 'read' ? read({ ...found.value, claimedType: typeof claimed === 'string' ? claimed : null }) : found
  }

  manifest: CopyTarget['manifest'] = (_, digest) => this.#manifest(digest)

  /** Whoever reads a layout finds what has a subject by itself (R2). */
  referrers: CopyTarget['referrers'] = async () => read([])

  blob: CopyTarget['blob'] = async (_, digest) => {
    const bytes = await this.#store.get(blobPath(digest), LIMITS.blobBytes)
    const verified = bytes === null ? null : await verifyBytes(bytes, digest)
    return verified === null ? ABSENT : read(verified)
  }

  openBlob: CopyTarget['openBlob'] = (_, digest) => openBlob(this.#store, digest)

  hasManifest: CopyTarget['hasManifest'] = async (_, digest) => {
    const found = await this.#manifest(digest)
    if (found.state !== 'read') return found
    return read(true)
  }

  writeBlob: CopyTarget['writeBlob'] = async (_repository, digest, stream) => {
    if (await this.#holds(digest, stream)) return { state: 'there' }
    return (await this.#write(blobPath(digest), stream.chunks())) ?? { state: 'written' }
  }

  putManifest: CopyTarget['putManifest'] = async (_repository, target, bytes, mediaType): Promise<WriteResult> => {
    const digest = 'digest' in target ? target.digest : (await identifyBytes(bytes)).digest
    const unwritten = await this.#write(blobPath(digest), once(bytes))
    if (unwritten !== null) return unwritten
    this.#note(digest, bytes, mediaType)
    if ('tag' in target) this.#name(target.tag, digest)
    return { state: 'written', subjectAcknowledged: true }
  }

  /** index.json, last: what was written before is found through it. */
  commit = async (): Promise<void> => {
    const entries = [...this.#entries, ...this.#unnamed()]
    if ((await this.#store.get('oci-layout', LIMITS.manifestBytes)) === null) await this.#store.write('oci-layout', once(utf8Encode('{"imageLayoutVersion":"1.0.0"}')))
    await this.#store.write('index.json', once(utf8Encode(stringifyJson(new Map(this.#index).set('manifests', entries)))))
  }

  async #manifest(digest: Digest): Promise<Read<FetchedManifest>> {
    const bytes = await this.#store.get(blobPath(digest), LIMITS.manifestBytes)
    const object = bytes === null ? null : await verifyBytes(bytes, digest)
    if (object === null) return ABSENT
    const known = this.#pushed.get(digest)?.mediaType ?? null
    this.#note(digest, object.bytes, known)
    return read({ object, contentType: null, claimedType: known })
  }

  /** What is at the right place with the right bytes, as a broken copy may have left it. */
  async #holds(digest: Digest, { size }: BodyStream): Promise<boolean> {
    const found = await this.#store.open(blobPath(digest)).catch(() => null)
    if (found === null) return false
    if (found.size !== size) {
      found.body.cancel().catch(() => {})
      return false
    }
    const running = runningDigest(algorithmOf(digest), this.#makeDigest)
    const reader = found.body.getReader()
    for (let next = await reader.read(); next.done !== true; next = await reader.read()) {
      running.update(next.value)
      reader.letGo?.(next.value)
    }
    return running.digest() === digest
  }

  async #write(path: string, chunks: AsyncIterable<Uint8Array>): Promise<Exclude<WriteResult, { state: 'written' }> | null> {
    try {
      await this.#store.write(path, chunks)
      return null
    } catch (error) {
      if (error instanceof SealdexError) return { state: 'refused', code: error.code, message: error.message }
      return { state: 'failed', code: 'unreachable', message: `${path} could not be written to the layout.` }
    }
  }

  #note(digest: Digest, bytes: Uint8Array, mediaType: string | null): void {
    if (this.#pushed.has(digest)) return
    try {
      const document = readDocument(bytes, mediaType)
      this.#pushed.set(digest, { mediaType: document.mediaType, size: bytes.length })
      // a signer's index lists its own subject, which is no less an image for that
      if (document.kind === 'index' && document.subject === null) for (const child of document.manifests) this.#children.add(child.digest)
    } catch {
      // what is no manifest is named by nothing
    }
  }

  #name(tag: string, digest: Digest): void {
    const pushed = this.#pushed.get(digest)
    if (pushed === undefined) return
    this.#entries = [...this.#entries.filter((entry) => nameOf(entry) !== tag), entryOf(digest, pushed, tag)]
  }

  /** Manifests that nothing else in the layout names: referrers, and an image that was copied by its digest. */
  #unnamed(): readonly JsonObject[] {
    const named = new Set(this.#entries.map((entry) => entry.get('digest')))
    return [...this.#pushed].filter(([digest]) => !named.has(digest) && !this.#children.has(digest)).sort(([a], [b]) => (a < b ? -1 : 1)).map(([digest, pushed]) => entryOf(digest, pushed, null))
  }
}

function nameOf(entry: JsonObject): string | null {
  const annotations = entry.get('annotations')
  const name = isJsonObject(annotations) ? annotations.get(ANNOTATION.refName) : undefined
  return typeof name === 'string' ? name : null
}

function entryOf(digest: Digest, { mediaType, size }: Pushed, tag: string | null): JsonObject {
  const entry: JsonObject = new Map<string, JsonValue>([['mediaType', mediaType], ['digest', digest], ['size', new JsonNumber(String(size))]])
  return tag === null ? entry : new Map(entry).set('annotations', new Map([[ANNOTATION.refName, tag]]))
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** What the entries of a layout are called, those at places beside others apart: the images that may be meant. */
export async function layoutNames(files: LayoutFiles): Promise<readonly string[]> {
  const { entries } = await openLayout(files)
  const names = entries.flatMap(({ annotations }) => annotations.get(ANNOTATION.refName) ?? [])
  return [...new Set(names)].filter((name) => !/(?:^|:)sha(?:256|512)-[0-9a-f]{64}/.test(name))
}
