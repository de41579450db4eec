import type { Code } from '../base/codes.ts'
import { LIMITS } from '../base/limits.ts'

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
  /** Aborts when the deadline passes or the caller's signal does. */
  readonly signal: AbortSignal
  /** Requests made so far, and token round trips apart. */
  requests = 0
  tokenRequests = 0
  bytes = 0
  readonly #maxRequests: number
  readonly #maxBytes: number
  readonly #endsAt: number

  constructor(options: GuardOptions = {}) {
    const timeoutMs = options.timeoutMs ?? LIMITS.deadlineMs
    const deadline = AbortSignal.timeout(timeoutMs)
    this.#endsAt = Date.now() + timeoutMs
    this.signal = options.signal ? AbortSignal.any([deadline, options.signal]) : deadline
    this.#maxRequests = options.maxRequests ?? LIMITS.requests
    this.#maxBytes = options.maxBytes ?? LIMITS.evidenceBytes
  }

  /** Milliseconds left until the deadline: a wait that does not fit is not begun. */
  remainingMs(): number {
    return this.signal.aborted ? 0 : Math.max(0, this.#endsAt - Date.now())
  }

  /** Pays for one request; the code says why it may not be made. */
  request(): Code | null {
    if (this.signal.aborted) return 'timeout'
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
