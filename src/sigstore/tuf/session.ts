import type { Code } from '../../base/codes.ts'
import { SealdexError } from '../../base/errors.ts'
import * as LIMITS from '../../base/limits.ts'
import type { TufCache } from './cache.ts'
import { invalid } from './signed.ts'

/** What a mirror answered. `absent` is its word that there is none; `failed` is everything that could not be read. */
export type TufRead<T> =
  | { readonly state: 'read', readonly value: T }
  | { readonly state: 'absent' }
  | TufFailure

export interface TufFailure {
  readonly state: 'failed'
  readonly code: Code
  readonly message: string
}

/** Reads a file below a mirror's address, such as `timestamp.json` or `targets/….trusted_root.json`; at most `maxBytes`, else `failed` with `too-large`. */
export type TufFetch = (path: string, maxBytes: number) => Promise<TufRead<Uint8Array<ArrayBuffer>>>

export interface TufOptions {
  /** Null: no mirror is asked, the cache alone has to do. */
  readonly fetch: TufFetch | null
  readonly cache: TufCache
  /** The root.json that is trusted. */
  readonly pinnedRoot: Uint8Array<ArrayBuffer>
  /** Seconds since 1970: one time for the whole run. */
  readonly now: number
}

/** One run: counts what it reads, and asks a mirror that failed no more. */
export class TufSession {
  readonly cache: TufCache
  readonly now: number
  /** Why the mirror is not asked any more; null as long as it answers. */
  failure: TufFailure | null
  readonly #fetch: TufFetch
  #bytes = 0

  constructor({ fetch, cache, now }: TufOptions) {
    this.cache = cache
    this.now = now
    this.failure = fetch === null ? { state: 'failed', code: 'unreachable', message: 'No mirror is asked.' } : null
    this.#fetch = fetch ?? (async () => ({ state: 'absent' }))
  }

  /** Throws `too-large` for more bytes than belong there (an endless answer is no outage) and `trust-root-invalid` past the limit of all together. */
  async fetch(path: string, maxBytes: number): Promise<TufRead<Uint8Array<ArrayBuffer>>> {
    if (this.failure !== null) return this.failure
    const answer = await this.#fetch(path, maxBytes)
    if (answer.state === 'failed') {
      if (answer.code === 'too-large') throw new SealdexError('too-large', answer.message)
      this.failure = answer
    }
    if (answer.state !== 'read') return answer
    // whoever fetches may not have counted
    if (answer.value.length > maxBytes) throw new SealdexError('too-large', `The mirror sends more than ${maxBytes} bytes for ${path}.`)
    this.#bytes += answer.value.length
    return this.#bytes > LIMITS.tuf.totalBytes ? invalid(`The mirror sent more than ${LIMITS.tuf.totalBytes} bytes in one run.`) : answer
  }

  /** As {@link fetch}, where there is no way without: what is absent or failed is thrown. */
  async need(path: string, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
    const answer = await this.fetch(path, maxBytes)
    if (answer.state === 'read') return answer.value
    if (answer.state === 'absent') throw new SealdexError('not-found', `The mirror has no ${path}.`)
    throw new SealdexError(answer.code, answer.message)
  }

  /** What the cache has, if it passes; null for what does not, as if it were not there. */
  async cached<T>(name: string, accept: (bytes: Uint8Array<ArrayBuffer>) => Promise<T>): Promise<T | null> {
    const bytes = await this.cache.get(name)
    if (bytes === null) return null
    try {
      return await accept(bytes)
    } catch (error) {
      if (error instanceof SealdexError) return null
      throw error
    }
  }
}
