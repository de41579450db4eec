import { utf8Decode } from '../base/bytes.ts'
import type { Code } from '../base/codes.ts'
import { LIMITS } from '../base/limits.ts'
import { digestOf, type Digest } from '../crypto/digest.ts'
import { isTag, type Repository } from '../oci/reference.ts'
import { discard, readBody } from './body.ts'
import type { Guard } from './guarded.ts'
import type { RegistryClient } from './registry-client.ts'
import type { Answer } from './registry-http.ts'
import type { Read } from './source.ts'

export type WriteResult =
  /** `subjectAcknowledged`: the registry sent `OCI-Subject`. Some do without keeping the list: a hint, to be probed. */
  | { readonly state: 'written'; readonly subjectAcknowledged: boolean }
  /** The registry answered that it does not take this: nothing was written. */
  | { readonly state: 'refused'; readonly code: Code; readonly message: string }
  /** No answer, or none that says: it may have been written or not. */
  | { readonly state: 'failed'; readonly code: Code; readonly message: string }

/** Where something is pushed to: a tag, or the object's own digest. */
export type WriteTarget = { readonly tag: string } | { readonly digest: Digest }

/** The writing half of a registry. Every request is paid for with the guard; nothing throws for what a registry answers. */
export interface RegistryWriter {
  /** Pushes a manifest or index. `ifMatch`: only over what has this digest (few registries look: W4); met by another, it is `write-contended`. */
  putManifest(repository: Repository, target: WriteTarget, bytes: Uint8Array<ArrayBuffer>, mediaType: string, guard: Guard, options?: { readonly ifMatch?: Digest }): Promise<WriteResult>
  /** Pushes a blob under its sha256 digest, unless the registry has it. */
  putBlob(repository: Repository, bytes: Uint8Array<ArrayBuffer>, guard: Guard): Promise<WriteResult>
}

const WRITTEN: WriteResult = { state: 'written', subjectAcknowledged: false }

export function registryWriter(client: RegistryClient): RegistryWriter {
  return {
    async putManifest(repository, target, bytes, mediaType, guard, options = {}) {
      const name = 'tag' in target ? target.tag : target.digest
      if ('tag' in target && !isTag(name)) return { state: 'refused', code: 'bad-reference', message: 'What is to be written as a tag is none.' }
      const what = `manifests/${name} of ${repository.path}`
      const headers = { 'content-type': mediaType, ...(options.ifMatch !== undefined && { 'if-match': `"${options.ifMatch}"` }) }
      const answer = await client.ask({ method: 'PUT', repository, actions: 'pull,push', target: `manifests/${name}`, headers, body: bytes, what }, guard)
      if (answer.state !== 'read') return unwritten(answer, what)
      const { response } = answer.value
      if (response.status < 200 || response.status > 299) return refusal(answer.value, what, guard, { toTag: 'tag' in target, size: bytes.byteLength, conditional: options.ifMatch !== undefined })
      discard(response)
      return { state: 'written', subjectAcknowledged: response.headers.get('oci-subject') !== null }
    },
    putBlob: (repository, bytes, guard) => putBlob(client, repository, bytes, guard),
  }
}

async function putBlob(client: RegistryClient, repository: Repository, bytes: Uint8Array<ArrayBuffer>, guard: Guard): Promise<WriteResult> {
  const digest = await digestOf(bytes)
  const what = `blobs/${digest} of ${repository.path}`
  const common = { repository, actions: 'pull,push', what, headers: {} } as const
  const there = await client.ask({ ...common, method: 'HEAD', target: `blobs/${digest}` }, guard)
  if (there.state !== 'read') return unwritten(there, what)
  discard(there.value.response)
  if (there.value.response.status === 200) return WRITTEN
  const begun = await client.ask({ ...common, method: 'POST', target: 'blobs/uploads/', body: new Uint8Array(0) }, guard)
  if (begun.state !== 'read') return unwritten(begun, what)
  if (begun.value.response.status !== 202) return refusal(begun.value, what, guard)
  discard(begun.value.response)
  const written = begun.value.response.headers.get('location')
  const location = written === null ? null : URL.parse(written, begun.value.url.href)
  if (location === null) return { state: 'failed', code: 'registry-error', message: `${begun.value.url.host} did not say where to send ${what}.` }
  // the location is opaque and may carry a query of its own
  location.searchParams.set('digest', digest)
  const headers = { 'content-type': 'application/octet-stream' }
  const done = await client.ask({ ...common, method: 'PUT', target: location, headers, body: bytes }, guard)
  if (done.state !== 'read') return unwritten(done, what)
  if (done.value.response.status !== 201) return refusal(done.value, what, guard)
  discard(done.value.response)
  return WRITTEN
}

function unwritten(answer: Exclude<Read<Answer>, { state: 'read' }>, what: string): WriteResult {
  if (answer.state === 'absent') return { state: 'failed', code: 'registry-error', message: `The registry did not answer for ${what}.` }
  return { state: answer.code === 'unauthorized' || answer.code === 'forbidden-address' ? 'refused' : 'failed', code: answer.code, message: answer.message }
}

interface Attempt {
  readonly toTag: boolean
  readonly size: number
  readonly conditional: boolean
}

/** What a registry means by an answer that is no success; its own words are looked at, never shown. */
async function refusal(answer: Answer, what: string, guard: Guard, attempt: Attempt = { toTag: false, size: 0, conditional: false }): Promise<WriteResult> {
  const { response, url } = answer
  const { status } = response
  const body = await readBody(response, LIMITS.errorBytes, guard, url.host, what)
  const words = body.state === 'read' ? textOf(body.value) : ''
  const code = refusalCode(status, words, attempt)
  // a server error may come after the write
  return { state: status >= 500 || status === 429 ? 'failed' : 'refused', code, message: `${url.host} answered ${status} when ${what} was written${explain(code, attempt)}.` }
}

function refusalCode(status: number, words: string, attempt: Attempt): Code {
  if (status === 429) return 'rate-limited'
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
