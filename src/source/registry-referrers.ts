import { SealdexError } from '../base/errors.ts'
import { isJsonObject, parseJson } from '../base/json.ts'
import * as LIMITS from '../base/limits.ts'
import type { Digest } from '../crypto/digest.ts'
import type { Descriptor } from '../oci/descriptor.ts'
import { readDocument } from '../oci/document.ts'
import * as MEDIA from '../oci/media.ts'
import type { Repository } from '../oci/reference.ts'
import { discard, readBody } from './body.ts'
import type { FetchResponse } from './fetch.ts'
import type { Guard } from './guarded.ts'
import { parseNextLink } from './link.ts'
import { mediaTypeOf, reading, statusFailure, type Question, type RegistryClient } from './registry-client.ts'
import { ABSENT, ABSENT_EVERYWHERE, failed, read, type Read } from './source.ts'

interface Page {
  readonly entries: readonly Descriptor[]
  readonly next: URL | null
}

/** The whole list of referrers, page by page (formats.md 3). 404, 405 and 501 mean that the registry keeps none (R2); half a list is *failed*, never shown as all. */
export async function readReferrers(client: RegistryClient, repository: Repository, subject: Digest, guard: Guard): Promise<Read<readonly Descriptor[]>> {
  const question: Question = { ...reading(repository, `referrers/${subject}`), headers: { accept: MEDIA.ociIndex } }
  const start = client.url(repository, `referrers/${subject}`)
  const entries: Descriptor[] = []
  const seen = new Set<string>()
  for (let target: URL | null = start; target !== null; ) {
    if (seen.has(target.href)) return failed('registry-error', `${start.host} sends in a circle for ${question.what}.`)
    if (seen.size >= LIMITS.pages) return failed('too-many-referrers', `${start.host} has more than ${LIMITS.pages} pages of ${question.what}.`)
    const page = await readPage(client, { ...question, target }, seen.size === 0, guard)
    if (page.state !== 'read') return page
    seen.add(target.href)
    entries.push(...page.value.entries)
    if (entries.length > LIMITS.descriptors) return failed('too-many-referrers', `${start.host} lists more than ${LIMITS.descriptors} entries for ${question.what}.`)
    target = page.value.next
    // the list of another repository, or another host's, is not this list
    if (target !== null && (target.origin !== start.origin || target.pathname !== start.pathname || target.username !== '' || target.password !== '')) {
      return failed('forbidden-address', `${start.host} continues ${question.what} at another place, which is not followed.`)
    }
  }
  return read(entries)
}

async function readPage(client: RegistryClient, question: Question & { target: URL }, first: boolean, guard: Guard): Promise<Read<Page>> {
  const answer = await client.ask(question, guard)
  if (answer.state !== 'read') return answer
  const { response, home } = answer.value
  if (response.status !== 200) {
    discard(response)
    if (!first || !home || ![404, 405, 501].includes(response.status)) return statusFailure(answer.value, question)
    return knowsNone(response) ? ABSENT_EVERYWHERE : ABSENT
  }
  const { host } = answer.value.url
  const next = parseNextLink(response.headers.get('link'), question.target)
  if (mediaTypeOf(response) !== MEDIA.ociIndex || next === 'broken') {
    discard(response)
    if (next === 'broken') return failed('registry-error', `${host} answered with a Link header that is not understood for ${question.what}.`)
    return failed('content-type-mismatch', `${host} answered with another type than an OCI index for ${question.what}.`)
  }
  const body = await readBody(response, LIMITS.manifestBytes, guard, host, question.what)
  if (body.state !== 'read') return body
  const entries = readEntries(body.value)
  if (entries === 'too-many') return failed('too-many-referrers', `${host} lists more than ${LIMITS.descriptors} entries for ${question.what}.`)
  return entries === null ? failed('registry-error', `${host} answered with no OCI index for ${question.what}.`) : read({ entries, next })
}

/** Does the registry know no referrers at all? Its router says so in plain text, where its API speaks JSON; whoever else may have answered 404 is not taken for it. */
function knowsNone(response: FetchResponse): boolean {
  return response.status !== 404 || (response.headers.get('docker-distribution-api-version') !== null && mediaTypeOf(response) === 'text/plain')
}

function readEntries(bytes: Uint8Array): readonly Descriptor[] | null | 'too-many' {
  try {
    if (listsNull(bytes)) return []
    const document = readDocument(bytes, MEDIA.ociIndex)
    return document.kind === 'index' && document.mediaType === MEDIA.ociIndex ? document.manifests : null
  } catch (error) {
    return error instanceof SealdexError && error.code === 'too-many-descriptors' ? 'too-many' : null
  }
}

/** Go writes a list that was never filled as null: so olareg answers for a subject without referrers. */
function listsNull(bytes: Uint8Array): boolean {
  // no honest answer of this kind is longer; a long one is not parsed twice
  if (bytes.byteLength > 1_024) return false
  const raw = parseJson(bytes)
  return isJsonObject(raw) && raw.get('manifests') === null && raw.get('mediaType') === MEDIA.ociIndex
}
