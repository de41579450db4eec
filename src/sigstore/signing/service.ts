import { utf8Encode } from '../../base/bytes.ts'
import type { Code } from '../../base/codes.ts'
import { SealdexError } from '../../base/errors.ts'
import { isJsonObject, parseJson, type JsonObject } from '../../base/json.ts'
import * as LIMITS from '../../base/limits.ts'
import { quoted } from '../../base/quoted.ts'

/** One question to a signing service. Only what is posted may hold a secret: the rest is for messages. */
export interface ServiceRequest {
  readonly url: string
  readonly contentType: string
  readonly accept: string
  readonly body: Uint8Array<ArrayBuffer>
  /** What is asked for, in words. */
  readonly what: string
  /** More than these of the answer are not read. */
  readonly maxBytes: number
}

/** What carries the questions, within its own budgets; it gives redirects back as refusals. `signingServices` of the source floor is one. */
export type AskService = (request: ServiceRequest) => Promise<
  | { readonly state: 'read'; readonly value: { readonly status: number; readonly body: Uint8Array<ArrayBuffer> } }
  | { readonly state: 'absent' }
  | { readonly state: 'failed'; readonly code: Code; readonly message: string }
>

export interface Question {
  /** Base URL of the service, and the path below it. */
  readonly service: string
  readonly path: string
  readonly what: string
  readonly body: unknown
  /** Nothing of the answer is told where a piece of any of these stands in it. */
  readonly secrets?: readonly string[]
}

/** Throws: the service refused, or what it answered is none. */
export function serviceError(service: string, why: string, options?: ErrorOptions): never {
  throw new SealdexError('service-error', `${hostOf(service)} ${why}`, options)
}

function hostOf(service: string): string {
  return URL.parse(service)?.host ?? 'The service'
}

/** Posts JSON, and reads a JSON object. Throws `service-error`, or why the service could not be asked. */
export async function askJson(ask: AskService, { service, path, what, body, secrets = [] }: Question): Promise<JsonObject> {
  const { status, body: bytes } = await post(ask, {
    url: `${service.replace(/\/+$/, '')}${path}`, contentType: 'application/json', accept: 'application/json', body: utf8Encode(JSON.stringify(body)), what, maxBytes: LIMITS.serviceBytes,
  })
  if (status !== 200 && status !== 201) serviceError(service, `answered ${status} when asked for ${what}${toldBy(bytes, secrets)}.`)
  const answer = jsonIn(bytes)
  return answer ?? serviceError(service, `answered something that is no JSON object when asked for ${what}.`)
}

/** Throws why the service could not be asked. */
export async function post(ask: AskService, request: ServiceRequest): Promise<{ readonly status: number; readonly body: Uint8Array<ArrayBuffer> }> {
  const answer = await ask(request)
  if (answer.state === 'read') return answer.value
  throw answer.state === 'failed' ? new SealdexError(answer.code, answer.message) : new SealdexError('service-error', `Nothing answers at ${hostOf(request.url)} for ${request.what}.`)
}

function jsonIn(bytes: Uint8Array): JsonObject | null {
  try {
    const value = parseJson(bytes)
    return isJsonObject(value) ? value : null
  } catch (error) {
    if (error instanceof SealdexError) return null
    throw error
  }
}

/** What the service says of its refusal, in one line, unless it repeats something that nobody else may see. */
function toldBy(bytes: Uint8Array, secrets: readonly string[]): string {
  const message = jsonIn(bytes)?.get('message')
  if (typeof message !== 'string' || message === '') return ''
  const told = message.slice(0, 200)
  return secrets.some((secret) => repeats(told, secret)) ? '' : `: ${quoted(told)}`
}

/** As much of a secret as is told with nothing lost by it. */
const HARMLESS = 12

/** Whether some piece of the secret stands in the text, white space apart. */
function repeats(text: string, secret: string): boolean {
  const bare = text.replace(/\s+/g, '')
  for (let at = 0; at + HARMLESS <= bare.length; at++) if (secret.includes(bare.slice(at, at + HARMLESS))) return true
  return false
}
