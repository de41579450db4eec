import type { Context, Hono } from 'hono'
import type { AuthOptions } from './users.ts'
import { RegistryError } from './errors.ts'
import { isDigest, isRepository } from './grammar.ts'
import type { Store } from './store.ts'

/** One request, as the log sees it: before authorisation and before any answer. */
export interface RequestEntry {
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly headers: Headers
}

/** A push of a manifest that has passed every check and is about to be applied. */
export interface ManifestWrite {
  readonly repository: string
  /** The tag or digest that was pushed to. */
  readonly reference: string
  readonly digest: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

export interface RegistryOptions {
  /** What it serves; a new one if missing. */
  readonly store?: Store
  /** False: 404 for the referrers API and no OCI-Subject, as docker-registry 2.8.2 and distribution 3 answer. True if missing. */
  readonly referrersApi?: boolean
  /** Entries in one page of referrers, then `Link; rel="next"`. All in one page if missing. */
  readonly referrersPageSize?: number
  /** Wait before each answer. */
  readonly latencyMs?: number
  readonly onRequest?: (entry: RequestEntry) => void
  /** Awaited before a pushed manifest is applied: lets a test delay and reorder writes. */
  readonly beforeManifestWrite?: (write: ManifestWrite) => Promise<void>
  readonly auth?: AuthOptions
}

/** What the groups of routes share. */
export interface Registry {
  readonly app: Hono
  readonly store: Store
  readonly options: RegistryOptions
}

/** The repository named in the path; throws NAME_INVALID. */
export function repositoryIn(context: Context): string {
  const name = context.req.param('name') ?? ''
  if (!isRepository(name)) throw new RegistryError('NAME_INVALID', 'the repository name does not follow the grammar')
  return name
}

/** The digest named in the path; throws DIGEST_INVALID. */
export function digestIn(context: Context): string {
  const digest = context.req.param('digest') ?? ''
  if (!isDigest(digest)) throw new RegistryError('DIGEST_INVALID', 'the digest is neither sha256 nor sha512 in lower-case hex')
  return digest
}

/** The body, counted while it comes in; throws SIZE_INVALID (413) past the limit. */
export async function bodyOf(context: Context, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const tooLarge = (): RegistryError => new RegistryError('SIZE_INVALID', `the body is larger than ${limit} bytes`)
  if (Number(context.req.header('Content-Length') ?? 0) > limit) throw tooLarge()
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of context.req.raw.body ?? []) {
    length += chunk.length
    if (length > limit) throw tooLarge()
    chunks.push(chunk)
  }
  return concat(chunks, length)
}

export function concat(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}

/** Does If-None-Match name this digest? Quoted, weak or bare, as distribution takes it. */
export function notModified(context: Context, digest: string): boolean {
  const asked = context.req.header('If-None-Match')
  return asked?.split(',').some((tag) => tag.trim().replace(/^W\//, '').replaceAll('"', '') === digest) ?? false
}
