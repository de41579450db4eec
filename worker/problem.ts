import { SealdexError } from '../src/index.ts'
import { isProblemCode, KINDS, type ProblemCode } from './problem-codes.ts'

export const PROBLEM_TYPE = 'application/problem+json'

/** Ends a request with a problem document (RFC 9457). */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: ProblemCode
  readonly headers: Readonly<Record<string, string>>
  /** Further members of the document. */
  readonly more: Readonly<Record<string, unknown>>

  /** `detail`: what was wrong here, in one sentence; what to do comes from the code. */
  constructor(code: ProblemCode, detail: string, { headers = {}, more = {} }: { headers?: Readonly<Record<string, string>>; more?: Readonly<Record<string, unknown>> } = {}) {
    super(detail)
    this.code = code
    this.headers = headers
    this.more = more
  }
}

/** What an exception means to whoever asked. Its own text is told only where it is the core's, whose messages quote strangers safely (T60). */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof SealdexError && isProblemCode(error.code)) return new Problem(error.code, error.message)
  return new Problem('internal', 'Nothing was decided.')
}

/** The members of the document. */
export function problemDocument({ code, message, more }: Problem): Readonly<Record<string, unknown>> {
  const { status, title, next } = KINDS[code]
  return { type: `/docs/http-api.md#${code}`, title, status, detail: message, code, next, ...more }
}
