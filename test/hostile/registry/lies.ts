/** What attackers and broken registries send (threats.md), one function a lie. How to use them: hostile.ts. */
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import type { Answer, HonestReply } from './hostile.ts'
import type { HttpReply, Reply } from './reply.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'

/** No lie: what the honest registry says. */
export const honest: Answer = (_, ask) => ask()

/** The honest answer, changed. */
export function changed(change: (reply: HonestReply) => Reply): Answer {
  return async (_, ask) => change(await ask())
}

/** The honest answer with other headers. */
export function withHeaders(headers: Readonly<Record<string, string>>): Answer {
  return changed((reply) => ({ ...reply, headers: { ...reply.headers, ...headers } }))
}

/** T1, T2: the honest body under another Content-Type. */
export function contentType(type: string): Answer {
  return withHeaders({ 'content-type': type })
}

/** T3: other bytes, while `Docker-Content-Digest`, `ETag` and all other headers stay those of what was asked for. */
export function otherBytes(bytes: Uint8Array | string): Answer {
  return changed((reply) => ({ ...reply, headers: { ...reply.headers, 'content-length': String(Buffer.byteLength(bytes)) }, body: bytes }))
}

/** T3: one bit of the honest bytes turned over. */
export function flippedBit(at: number): Answer {
  return changed((reply) => ({ ...reply, body: reply.body.map((byte, index) => (index === at ? byte ^ 1 : byte)) }))
}

/** A document of the attacker's own, well formed and with right headers. */
export function document(value: unknown, type: string = INDEX): HttpReply {
  const body = JSON.stringify(value)
  return { status: 200, headers: { 'Content-Type': type, 'Content-Length': String(Buffer.byteLength(body)) }, body }
}

/** T4: one answer after the other; the last one stays. */
export function inTurn(...answers: readonly Answer[]): Answer {
  let turn = 0
  return (request, ask) => {
    const answer = answers[Math.min(turn, answers.length - 1)] ?? 'reset'
    turn += 1
    return typeof answer === 'function' ? answer(request, ask) : answer
  }
}

/** The proved absence: 404 in the specification's form. */
export const absent: HttpReply = failure(404, 'MANIFEST_UNKNOWN')

/** Any status with the specification's JSON. */
export function failure(status: number, code: string, headers: Readonly<Record<string, string>> = {}): HttpReply {
  return { status, headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify({ errors: [{ code, message: 'so it is' }] }) }
}

/** A proxy's answer, in HTML. */
export function serverError(status: number): HttpReply {
  return { status, headers: { 'Content-Type': 'text/html' }, body: '<html>upstream</html>' }
}

/** 429; `Retry-After` as given: seconds, a date or nonsense. */
export function tooManyRequests(retryAfter?: string): HttpReply {
  return failure(429, 'TOOMANYREQUESTS', retryAfter === undefined ? {} : { 'Retry-After': retryAfter })
}

/** T50: a demand for a token from wherever the realm points. */
export function challenge(realm: string, { service = 'demo', scope = 'repository:demo/app:pull' }: { service?: string; scope?: string } = {}): HttpReply {
  return failure(401, 'UNAUTHORIZED', { 'WWW-Authenticate': `Bearer realm="${realm}",service="${service}",scope="${scope}"` })
}

/** T53. */
export function redirect(location: string, status = 307): HttpReply {
  return { status, headers: { Location: location } }
}

/** T53: to itself with another query each time, so that no cache of visited addresses helps. */
export function redirectLoop(): Answer {
  let hop = 0
  return ({ path }) => redirect(`${path.split('?')[0]}?hop=${(hop += 1)}`)
}

/** T12: a body without end, of one character; valid JSON as far as it comes if that is a blank or "[". */
export function endless(character = ' ', type: string = INDEX): HttpReply {
  const chunk = new TextEncoder().encode(character.repeat(64 * 1024))
  return {
    status: 200,
    headers: { 'Content-Type': type },
    async *body() {
      for (;;) yield chunk
    },
  }
}

/** T14: `decodedBytes` blanks, gzipped whether asked for or not, under the small and true Content-Length of the gzip. */
export function gzipBomb(decodedBytes: number, type: string = INDEX): HttpReply {
  const body = gzipSync(new Uint8Array(decodedBytes).fill(0x20), { level: 9 })
  return { status: 200, headers: { 'Content-Type': type, 'Content-Encoding': 'gzip', 'Content-Length': String(body.length) }, body }
}

/** T14: the honest body under a false Content-Length: too small, and the rest is no answer to anything; too large, and the body breaks off. */
export function lyingLength(length: number): Answer {
  return changed((reply) => ({ ...reply, headers: { ...reply.headers, 'content-length': String(length), connection: 'close' } }))
}

/** T55: the honest body, one byte at a time; every pause is short, the whole takes for ever. */
export function drip(everyMs: number): Answer {
  return changed(({ status, headers, body }) => ({
    status,
    headers,
    async *body() {
      for (const byte of body) {
        yield Uint8Array.of(byte)
        await sleep(everyMs, undefined, { ref: false })
      }
    },
  }))
}

/** T55: headers, half of the body, then nothing. */
export const stall: Answer = changed((reply) => ({ ...reply, body: reply.body.subarray(0, reply.body.length / 2), end: 'hang' }))

/** Headers, half of the body, then a reset. */
export const breakOff: Answer = changed((reply) => ({ ...reply, body: reply.body.subarray(0, reply.body.length / 2), end: 'reset' }))

/** Nothing, ever. */
export const hang: Reply = 'hang'

/** The connection breaks before the first byte. */
export const reset: Reply = 'reset'

/** T60: a header that no HTTP library would send (terminal escapes, NUL): the whole answer, byte for byte. */
export function rawHeader(line: string): Reply {
  return { raw: `HTTP/1.1 401 Unauthorized\r\n${line}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n` }
}
