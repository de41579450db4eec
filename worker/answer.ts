import { type Call } from './call.ts'
import { problemDocument, PROBLEM_TYPE, type Problem } from './problem.ts'
import { KINDS } from './problem-codes.ts'

/** On every answer. Nobody may frame, sniff or embed it, and reading is open to pages of every origin. */
export const COMMON_HEADERS: Readonly<Record<string, string>> = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'Allow, Content-Disposition, ETag, Retry-After, Server-Timing',
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
}

/** Besides, where an answer is no page: if a browser shows it all the same, it runs nothing. */
const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"

export interface Content {
  readonly body: string | Uint8Array<ArrayBuffer>
  readonly type: string
  readonly headers?: Readonly<Record<string, string>>
  /** Tells apart the tags of one content in several types. */
  readonly variant?: string
}

/** 200 with a strong ETag, the digest of the bytes; 304 where `If-None-Match` names it. */
export async function answer({ request }: Call, { body, type, headers = {}, variant }: Content): Promise<Response> {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
  const digest = hex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
  const tag = `"sha256:${digest}${variant === undefined ? '' : `;${variant}`}"`
  const all = { ...COMMON_HEADERS, 'Content-Security-Policy': DATA_POLICY, ...headers, 'ETag': tag }
  if ((request.method === 'GET' || request.method === 'HEAD') && names(request.headers.get('if-none-match'), tag)) return new Response(null, { status: 304, headers: all })
  const length = request.method === 'HEAD' ? { 'Content-Length': String(bytes.byteLength) } : {}
  return new Response(bytes, { status: 200, headers: { ...all, ...length, 'Content-Type': type } })
}

/** The problem document, which is never cached. */
export function problemResponse(problem: Problem): Response {
  return new Response(JSON.stringify(problemDocument(problem)), {
    status: KINDS[problem.code].status,
    headers: { ...COMMON_HEADERS, 'Content-Security-Policy': DATA_POLICY, 'Cache-Control': 'no-store', ...problem.headers, 'Content-Type': PROBLEM_TYPE },
  })
}

/** Of decisions: none is kept anywhere, and what is said may depend on these headers. */
export const DECISION_HEADERS: Readonly<Record<string, string>> = { 'Cache-Control': 'no-store', 'Vary': 'Accept, Authorization' }

function names(header: string | null, tag: string): boolean {
  return header?.split(',').some((part) => part.trim() === '*' || part.trim().replace(/^W\//, '') === tag) ?? false
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
