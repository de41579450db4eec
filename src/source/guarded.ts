import type { Code } from '../base/codes.ts'
import * as LIMITS from '../base/limits.ts'

export interface GuardOptions {
  /** Requests that may be made, token round trips apart. Default `LIMITS.requests`. */
  readonly maxRequests?: number
  /** Milliseconds for everything together. Default `LIMITS.deadlineMs`. */
  readonly timeoutMs?: number
  /** Bytes that may be read. Default `LIMITS.evidenceBytes`. */
  readonly maxBytes?: number
  /** Ends the work early, with `timeout`. */
  readonly signal?: AbortSignal
}

/** The budgets of one verification (rule R11): requests, bytes, one deadline for the whole. Past one, reads are *failed* with its code. */
export class Guard {
  /** Requests made so far, and token round trips apart. */
  requests = 0
  tokenRequests = 0
  bytes = 0
  readonly #maxRequests: number
  readonly #maxBytes: number
  readonly #outer: AbortSignal | undefined
  readonly #timeoutMs: number
  readonly #started: number = performance.now()
  #signal: AbortSignal | null = null

  constructor(options: GuardOptions = {}) {
    this.#timeoutMs = options.timeoutMs ?? LIMITS.deadlineMs
    this.#outer = options.signal
    this.#maxRequests = options.maxRequests ?? LIMITS.requests
    this.#maxBytes = options.maxBytes ?? LIMITS.evidenceBytes
  }

  /** Aborts when the deadline passes or the caller's signal does. Made when first asked for: what is read from memory needs no timer. */
  get signal(): AbortSignal {
    if (this.#signal === null) {
      const deadline = AbortSignal.timeout(Math.max(0, Math.ceil(this.#timeoutMs - this.#elapsed())))
      this.#signal = this.#outer ? AbortSignal.any([deadline, this.#outer]) : deadline
    }
    return this.#signal
  }

  get expired(): boolean {
    return this.#outer?.aborted === true || this.#elapsed() >= this.#timeoutMs
  }

  /** Milliseconds left until the deadline: a wait that does not fit is not begun. */
  remainingMs(): number {
    return this.expired ? 0 : this.#timeoutMs - this.#elapsed()
  }

  get requestsLeft(): number {
    return this.#maxRequests - this.requests
  }

  #elapsed(): number {
    return performance.now() - this.#started
  }

  /** Pays for one request; the code says why it may not be made. */
  request(): Code | null {
    if (this.expired) return 'timeout'
    if (this.requests >= this.#maxRequests) return 'request-budget'
    this.requests++
    return null
  }

  /** Counts decoded bytes as they arrive; the code says that they are too many. */
  received(bytes: number): Code | null {
    this.bytes += bytes
    return this.bytes > this.#maxBytes ? 'evidence-too-large' : null
  }
}
