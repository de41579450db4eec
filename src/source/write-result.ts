import { utf8Decode } from '../base/bytes.ts'
import type { Code } from '../base/codes.ts'
import * as LIMITS from '../base/limits.ts'
import { readBody } from './body.ts'
import type { Guard } from './guarded.ts'
import type { Answer } from './registry-http.ts'
import type { Read } from './source.ts'

export type WriteResult =
  /** `subjectAcknowledged`: the registry sent `OCI-Subject`. Some do without keeping the list: a hint, to be probed. */
  | { readonly state: 'written'; readonly subjectAcknowledged: boolean }
  /** The registry answered that it does not take this: nothing was written. */
  | { readonly state: 'refused'; readonly code: Code; readonly message: string }
  /** No answer, or none that says: it may have been written or not. */
  | { readonly state: 'failed'; readonly code: Code; readonly message: string }

export const WRITTEN: WriteResult = { state: 'written', subjectAcknowledged: false }

/** What it means for a write that its request got no answer. */
export function unwritten(answer: Exclude<Read<Answer>, { state: 'read' }>, what: string): Unwritten {
  if (answer.state === 'absent') return { state: 'failed', code: 'registry-error', message: `The registry did not answer for ${what}.` }
  return { state: answer.code === 'unauthorized' || answer.code === 'forbidden-address' ? 'refused' : 'failed', code: answer.code, message: answer.message }
}

type Unwritten = Exclude<WriteResult, { state: 'written' }>

interface Attempt {
  readonly toTag: boolean
  readonly size: number
  readonly conditional: boolean
}

/** What a registry means by an answer that is no success; its own words are looked at, never shown. */
export async function refusal(answer: Answer, what: string, guard: Guard, attempt: Attempt = { toTag: false, size: 0, conditional: false }): Promise<Unwritten> {
  const { response, url } = answer
  const { status } = response
  const body = await readBody(response, LIMITS.errorBytes, guard, url.host, what)
  const words = body.state === 'read' ? textOf(body.value) : ''
  const code = refusalCode(status, words, attempt)
  // a server error may come after the write; one that says that there is no room does not pass
  return { state: (status >= 500 && code !== 'registry-full') || status === 429 ? 'failed' : 'refused', code, message: `${url.host} answered ${status} when ${what} was written${explain(code, attempt)}.` }
}

function refusalCode(status: number, words: string, attempt: Attempt): Code {
  if (status === 429) return 'rate-limited'
  if (status === 507) return 'registry-full'
  if (status >= 500) return 'registry-error'
  // Harbor answers 412, ECR 400 TAG_INVALID, Quay and zot 409 or 400, each with the word; ECR's other spelling is "cannot be overwritten"
  if (attempt.toTag && [400, 403, 405, 409, 412].includes(status) && /immutable|TAG_INVALID|cannot be overwritten/i.test(words)) return 'tag-immutable'
  if (attempt.toTag && status === 409) return 'tag-immutable'
  if (status === 412 && attempt.conditional) return 'write-contended'
  if (status === 401 || status === 403) return 'unauthorized'
  // docker-registry and distribution say 400 MANIFEST_INVALID above 4 MiB, zot 413 (compatibility.md 3)
  if (status === 413 || (status === 400 && attempt.size > LIMITS.manifestBytes)) return 'too-large'
  return 'registry-error'
}

function explain(code: Code, attempt: Attempt): string {
  if (code === 'tag-immutable') return ': the tag is immutable there'
  if (code === 'registry-full') return ': it has no room left'
  if (code === 'too-large') return `: its ${attempt.size} bytes are too many`
  return code === 'write-contended' ? ': someone else changed it meanwhile' : ''
}

function textOf(bytes: Uint8Array): string {
  try {
    return utf8Decode(bytes)
  } catch {
    return ''
  }
}
