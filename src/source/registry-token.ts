import { fixedObject, optionalString } from '../base/json-fields.ts'
import { JsonNumber, parseJson, type JsonObject } from '../base/json.ts'
import * as LIMITS from '../base/limits.ts'
import { discard, readBody } from './body.ts'
import type { Guard } from './guarded.ts'
import { basicHeader, type Credential } from './credential.ts'
import { exchange, type Call, type Transport } from './registry-http.ts'
import { failed, read, type Read } from './source.ts'

export interface Token {
  readonly text: string
  /** Milliseconds since the epoch, with a margin taken off. */
  readonly expiresAt: number
}

export interface TokenRequest {
  readonly realm: URL
  readonly service: string | null
  readonly scope: string
  /** Null asks for an anonymous token, which some registries want even for public images. */
  readonly credential: Credential | null
  readonly what: string
}

export function isAlive(token: Token): boolean {
  return token.expiresAt > Date.now()
}

/** Seconds that a token lives where its server does not say (formats.md 3). */
const DEFAULT_LIFETIME = 60

/** Asks a realm for a token: GET with Basic or anonymously, POST with an identity token. Redirects are not followed. */
export async function fetchToken(transport: Transport, request: TokenRequest, guard: Guard): Promise<Read<Token>> {
  const asked = Date.now()
  const answer = await exchange(transport, tokenCall(request), guard)
  if (answer.state !== 'read') return answer
  const { host } = request.realm
  const { status } = answer.value
  if (status !== 200) {
    discard(answer.value)
    const code = status === 401 || status === 403 ? 'unauthorized' : status === 429 ? 'rate-limited' : 'registry-error'
    return failed(code, status === 0 ? `${host} answered with a redirect when asked for ${request.what}.` : `${host} answered ${status} when asked for ${request.what}.`)
  }
  const body = await readBody(answer.value, LIMITS.tokenBytes, guard, host, request.what)
  if (body.state !== 'read') return body
  try {
    return read(parseToken(fixedObject(parseJson(body.value), ['token', 'access_token', 'expires_in'], 'token'), asked))
  } catch {
    return failed('registry-error', `${host} answered something that is no token when asked for ${request.what}.`)
  }
}

function tokenCall(request: TokenRequest): Call {
  const { realm, service, scope, credential } = request
  const parameters: [string, string][] = [...(service === null ? [] : [['service', service] as [string, string]]), ['scope', scope]]
  if (credential !== null && 'token' in credential) {
    const form = new URLSearchParams([['grant_type', 'refresh_token'], ['client_id', 'sealdex'], ['refresh_token', credential.token], ...parameters])
    const headers = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' }
    return { method: 'POST', url: realm, headers, body: form.toString(), what: request.what, forToken: true }
  }
  const url = new URL(realm.href)
  for (const [name, value] of parameters) url.searchParams.set(name, value)
  const headers = { accept: 'application/json', ...(credential !== null && { authorization: basicHeader(credential.username, credential.password) }) }
  return { method: 'GET', url, headers, what: request.what, forToken: true }
}

/** Reads the answer; throws for what is no token. */
function parseToken(answer: JsonObject, asked: number): Token {
  const text = optionalString(answer, 'token', 'token') || optionalString(answer, 'access_token', 'token')
  // nothing that could break out of a header
  if (!text || !/^[\x21-\x7e]+$/.test(text)) throw new Error('no token')
  const lifetime = answer.get('expires_in')
  const seconds = lifetime instanceof JsonNumber ? Number(lifetime.text) : Number.NaN
  // a tenth is left for the way and for clocks that differ
  return { text, expiresAt: asked + (seconds > 0 && Number.isFinite(seconds) ? seconds : DEFAULT_LIFETIME) * 900 }
}
