import type { Code } from '../base/codes.ts'
import * as LIMITS from '../base/limits.ts'
import { algorithmOf, runningDigest, type DigestMaker, type RunningDigest } from '../crypto/digest.ts'
import type { Descriptor } from '../oci/descriptor.ts'
import type { Repository } from '../oci/reference.ts'
import type { BodyStream, FetchReader } from '../source/fetch.ts'
import type { Guard } from '../source/guarded.ts'
import type { Watch } from './watch.ts'
import type { CopySource } from './endpoint.ts'

/** Why a blob could not be brought from its source. */
export interface Trouble {
  readonly code: Code
  readonly message: string
}

/** What a checked blob needs to be read. */
export interface CheckedBlob {
  readonly source: CopySource
  /** What the source is called in messages. */
  readonly from: string
  readonly repository: Repository
  readonly blob: Descriptor
  readonly guard: Guard
  readonly watch: Watch
  readonly makeDigest: DigestMaker | undefined
  /** Told of each piece that is passed on. */
  readonly onBytes: (count: number) => void
}

/**
 * A blob on its way through: never more of it in memory than one piece, at most as many bytes as its descriptor says, and the last piece is held back
 * until the digest of all is the one that was asked for. So whatever is wrong with it, no one is ever given the whole of it (R1, T3, T12).
 */
export class BlobPassage {
  readonly #of: CheckedBlob
  /** Why the last attempt ended before its end; null where it did not. */
  trouble: Trouble | null = null

  constructor(of: CheckedBlob) {
    this.#of = of
  }

  get stream(): BodyStream {
    return { size: this.#of.blob.size, chunks: () => this.#checked() }
  }

  async *#checked(): AsyncGenerator<Uint8Array> {
    const { source, from, repository, blob, guard, watch, makeDigest, onBytes } = this.#of
    this.trouble = null
    const opened = await source.openBlob(repository, blob.digest, guard)
    if (opened.state === 'absent') this.#fail('not-found', `${blob.digest} is not in ${from}.`)
    if (opened.state === 'failed') this.#fail(opened.code, opened.message)
    const reader = untilAborted(opened.value.getReader(), watch.signal)
    try {
      const digest = runningDigest(algorithmOf(blob.digest), makeDigest)
      let [size, last]: [number, Uint8Array | null] = [0, null]
      for (let piece = await this.#next(reader); piece !== null; piece = await this.#next(reader)) {
        const { byteLength } = piece
        size += byteLength
        if (size > blob.size) this.#fail('too-large', `${from} sends more for ${blob.digest} than the ${blob.size} bytes that its descriptor says.`)
        digest.update(piece)
        watch.alive()
        if (size === blob.size) {
          last ??= piece
          continue
        }
        yield piece
        // whoever took it may have let go of its memory
        onBytes(byteLength)
      }
      yield* this.#last(last, size, digest)
    } finally {
      // a no-op after the last byte; else it frees the connection
      reader.cancel().catch(() => {})
    }
  }

  /** The piece that makes it whole, if all of it is what it is to be. */
  *#last(piece: Uint8Array | null, size: number, digest: RunningDigest): Generator<Uint8Array> {
    const { from, blob, onBytes } = this.#of
    if (size < blob.size) this.#fail('digest-mismatch', `${from} sends ${size} of the ${blob.size} bytes of ${blob.digest}.`)
    if (digest.digest() !== blob.digest) this.#fail('digest-mismatch', `${from} answered with bytes that do not have the digest ${blob.digest}.`)
    if (piece === null || blob.size === 0) return
    const { byteLength } = piece
    yield piece
    onBytes(byteLength)
  }

  async #next(reader: FetchReader): Promise<Uint8Array | null> {
    const { from, blob, watch } = this.#of
    try {
      const { done, value } = await reader.read()
      return done === true ? null : value
    } catch {
      return watch.signal.aborted
        ? this.#fail('timeout', `Nothing of ${blob.digest} came or went for ${LIMITS.copyStallMs / 1_000} s, or the deadline passed.`)
        : this.#fail('unreachable', `${from} broke off while sending ${blob.digest}.`)
    }
  }

  #fail(code: Code, message: string): never {
    this.trouble = { code, message }
    throw new Error(message)
  }
}

/** A reader that gives up as soon as the signal aborts, whether or not what it reads from listens to it: by one listener for all its pieces. */
function untilAborted(reader: FetchReader, signal: AbortSignal): FetchReader {
  let giveUp = (): void => {}
  const onAbort = (): void => giveUp()
  signal.addEventListener('abort', onAbort)
  return {
    read: () => new Promise((resolve, reject) => {
      giveUp = () => reject(new Error('aborted'))
      if (signal.aborted) giveUp()
      else reader.read().then(resolve, reject)
    }),
    cancel() {
      signal.removeEventListener('abort', onAbort)
      return reader.cancel()
    },
  }
}
