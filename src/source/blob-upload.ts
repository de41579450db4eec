import * as LIMITS from '../base/limits.ts'
import type { Repository } from '../oci/reference.ts'
import { piecesOf, type BlobContent } from './blob-content.ts'
import { discard, wait } from './body.ts'
import type { Guard } from './guarded.ts'
import type { RegistryClient } from './registry-client.ts'
import type { Answer } from './registry-http.ts'
import type { Read } from './source.ts'
import { refusal, unwritten, WRITTEN, type WriteResult } from './write-result.ts'

/** Bytes that the registry has taken so far. */
export type UploadProgress = (sent: number) => void

/** Failures in a row, without a byte taken between them, after which an upload is given up. */
const TRIES = 4
const FIRST_WAIT_MS = 250
const OCTETS = { 'content-type': 'application/octet-stream' } as const

/**
 * Pushes a blob: skipped where the registry has it, mounted where it has it in another repository and says so, else sent; what is larger than one piece in
 * pieces, and after a broken connection or a server error from where the registry says that it stopped.
 */
export async function uploadBlob(client: RegistryClient, repository: Repository, content: BlobContent, guard: Guard, onProgress: UploadProgress = () => {}): Promise<WriteResult> {
  const upload = new Upload(client, repository, content, guard, onProgress)
  for (let failures = 0; ; ) {
    const before = upload.sent
    const result = await upload.run()
    if (result.state !== 'failed' || (result.code !== 'unreachable' && result.code !== 'registry-error')) return result
    failures = upload.sent > before ? 1 : failures + 1
    if (failures === TRIES || !(await wait(Math.random() * FIRST_WAIT_MS * 2 ** failures, guard.signal))) return result
  }
}

interface Session {
  readonly location: URL
  /** Bytes of one piece. */
  readonly piece: number
}

class Upload {
  readonly #client: RegistryClient
  readonly #content: BlobContent
  readonly #guard: Guard
  readonly #onProgress: UploadProgress
  readonly #common: { readonly repository: Repository; readonly actions: 'pull,push'; readonly what: string; readonly headers: Readonly<Record<string, string>> }
  /** Null: not begun, or lost. */
  #session: Session | null = null
  /** Bytes that the registry has of this session, as far as we know. */
  sent = 0

  constructor(client: RegistryClient, repository: Repository, content: BlobContent, guard: Guard, onProgress: UploadProgress) {
    this.#client = client
    this.#content = content
    this.#guard = guard
    this.#onProgress = onProgress
    this.#common = { repository, actions: 'pull,push', what: `blobs/${content.digest} of ${repository.path}`, headers: {} }
  }

  /** From where it stands to its end, or to the first failure. */
  async run(): Promise<WriteResult> {
    const there = await this.#ask({ method: 'HEAD', target: `blobs/${this.#content.digest}` })
    if (there.state !== 'read') return unwritten(there, this.#common.what)
    discard(there.value.response)
    if (there.value.response.status === 200) return WRITTEN
    await this.#resume()
    if (this.#session === null) {
      const begun = await this.#begin()
      if (begun !== null) return begun
    }
    return this.#content.size <= this.#piece ? this.#sendWhole() : this.#sendPieces()
  }

  get #piece(): number {
    return this.#session?.piece ?? LIMITS.uploadPieceBytes
  }

  #ask(question: Omit<Parameters<RegistryClient['ask']>[0], 'repository' | 'actions' | 'what' | 'headers'> & { readonly headers?: Readonly<Record<string, string>> }): Promise<Read<Answer>> {
    return this.#client.ask({ ...this.#common, ...question }, this.#guard)
  }

  /** Null: a session is open. Else it is done, or failed. */
  async #begin(): Promise<WriteResult | null> {
    let answer = await this.#ask({ method: 'POST', target: `blobs/uploads/?mount=${this.#content.digest}`, body: new Uint8Array(0) })
    if (answer.state === 'read' && [400, 404, 405].includes(answer.value.response.status)) {
      // a registry that wants to know where to mount from
      discard(answer.value.response)
      answer = await this.#ask({ method: 'POST', target: 'blobs/uploads/', body: new Uint8Array(0) })
    }
    if (answer.state !== 'read') return unwritten(answer, this.#common.what)
    const { response, url } = answer.value
    if (response.status !== 201 && response.status !== 202) return refusal(answer.value, this.#common.what, this.#guard)
    discard(response)
    if (response.status === 201) return WRITTEN
    const location = locationOf(answer.value)
    if (location === null) return { state: 'failed', code: 'registry-error', message: `${url.host} did not say where to send ${this.#common.what}.` }
    const least = Number(response.headers.get('oci-chunk-min-length') ?? 0)
    this.#session = { location, piece: least > LIMITS.uploadPieceBytes && least <= LIMITS.uploadLongestPieceBytes ? least : LIMITS.uploadPieceBytes }
    this.sent = 0
    return null
  }

  /** After a failure: how far the registry got. What it does not say, or what does not fit, begins anew. */
  async #resume(): Promise<void> {
    if (this.#session === null) return
    const { location, piece } = this.#session
    this.#session = null
    const answer = await this.#ask({ method: 'GET', target: location })
    if (answer.state !== 'read') return
    const { response } = answer.value
    discard(response)
    const [, last] = /^(?:bytes=)?0-(\d{1,15})$/.exec(response.headers.get('range') ?? '') ?? []
    if (response.status !== 204 || last === undefined) return
    // "0-0" is also what registries say of nothing: where it was one byte, the next piece does not fit, and it begins anew
    const sent = last === '0' ? 0 : Number(last) + 1
    if (sent > this.#content.size) return
    this.sent = sent
    this.#session = { location: locationOf(answer.value) ?? location, piece }
  }

  /** In one request: what is small, or has nothing in it. */
  async #sendWhole(): Promise<WriteResult> {
    let bytes = new Uint8Array(0)
    for await (const piece of piecesOf(this.#content, 0, Math.max(1, this.#content.size))) bytes = piece
    return bytes.length === this.#content.size ? this.#finish(bytes) : this.#changed()
  }

  async #sendPieces(): Promise<WriteResult> {
    for await (const bytes of piecesOf(this.#content, this.sent, this.#piece)) {
      const { location, piece } = this.#session ?? this.#lost()
      const range = `${this.sent}-${this.sent + bytes.length - 1}`
      const answer = await this.#ask({ method: 'PATCH', target: location, headers: { ...OCTETS, 'content-range': range }, body: bytes })
      if (answer.state !== 'read') return unwritten(answer, this.#common.what)
      if (answer.value.response.status !== 202) return this.#outOfStep(answer.value)
      discard(answer.value.response)
      this.sent += bytes.length
      this.#session = { location: locationOf(answer.value) ?? location, piece }
      this.#onProgress(this.sent)
    }
    return this.sent === this.#content.size ? this.#finish(new Uint8Array(0)) : this.#changed()
  }

  /** A registry that lost the session, or has other bytes of it than we think, is asked again. */
  async #outOfStep(answer: Answer): Promise<WriteResult> {
    const result = await refusal(answer, this.#common.what, this.#guard)
    const { status } = answer.response
    return result.state === 'refused' && (status === 404 || status === 416) ? { ...result, state: 'failed' } : result
  }

  async #finish(body: Uint8Array<ArrayBuffer>): Promise<WriteResult> {
    // the location is opaque and may carry a query of its own
    const location = new URL((this.#session ?? this.#lost()).location)
    location.searchParams.set('digest', this.#content.digest)
    const done = await this.#ask({ method: 'PUT', target: location, headers: OCTETS, body })
    if (body.length > 0) this.#session = null
    if (done.state !== 'read') return unwritten(done, this.#common.what)
    if (done.value.response.status !== 201) return refusal(done.value, this.#common.what, this.#guard)
    discard(done.value.response)
    this.#onProgress(this.#content.size)
    return WRITTEN
  }

  #changed(): WriteResult {
    return { state: 'refused', code: 'digest-mismatch', message: `What was read for ${this.#common.what} is not the ${this.#content.size} bytes that it was before: it changed meanwhile.` }
  }

  #lost(): never {
    throw new TypeError('an upload goes on in a session')
  }
}

function locationOf({ response, url }: Answer): URL | null {
  const written = response.headers.get('location')
  return written === null ? null : URL.parse(written, url.href)
}
