import type { Code } from './codes.ts'

/** The one error class. `code` is stable (src/base/codes.ts); the message says what was wrong, where, and what to do, in one or two sentences. */
export class SealdexError extends Error {
  override readonly name = 'SealdexError'
  readonly code: Code

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** Throws for bytes that break a grammar. */
export function malformed(message: string): never {
  throw new SealdexError('malformed', message)
}
