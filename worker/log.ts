import type { Call } from './call.ts'
import { asciiJson } from './text.ts'

const LONGEST_PATH = 200

export interface Entry extends Pick<Call, 'request' | 'url' | 'noted'> {
  readonly now: Date
}

/** One request as one line of JSON in printable ASCII. No query, no header, no address of the caller: nothing that could be a secret (T60). */
export function logLine({ request, url, now, noted }: Entry, status: number, ms: number): string {
  const { repository = null, outcome = null, code = null, error } = noted
  const path = url.pathname.slice(0, LONGEST_PATH)
  return asciiJson({ time: now.toISOString(), method: request.method.slice(0, 20), path, status, ms, code, outcome, repository, ...(error !== undefined && { error }) })
}
