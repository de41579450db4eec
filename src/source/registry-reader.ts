import * as LIMITS from '../base/limits.ts'
import { identifyBytes, verifyBytes, type Digest, type VerifiedBytes } from '../crypto/digest.ts'
import { ACCEPT_MANIFESTS } from '../oci/media-types.ts'
import { isTag, type Repository } from '../oci/reference.ts'
import { discard, readBody } from './body.ts'
import type { Guard } from './guarded.ts'
import { mediaTypeOf, reading, statusFailure, type Question, type RegistryClient } from './registry-client.ts'
import { readReferrers } from './registry-referrers.ts'
import { ABSENT, failed, read, type FetchedManifest, type Read, type Source } from './source.ts'

/** The reading half of a registry: what comes back has the digest that was asked for, or the one computed from it; no header is evidence (R1, T3). */
export function registryReader(client: RegistryClient): Source {
  const manifest: Source['manifest'] = async (repository, digest, guard) => {
    const got = await fetchManifest(client, repository, digest, guard)
    if (got.state !== 'read') return got
    const object = await verifyBytes(got.value.bytes, digest)
    return object === null ? wrongBytes(repository, digest) : read({ object, contentType: got.value.contentType })
  }
  const tagged: Source['tagged'] = async (repository, tag, guard) => {
    if (!isTag(tag)) return failed('bad-reference', 'What was asked for as a tag is none.')
    const got = await fetchManifest(client, repository, tag, guard)
    if (got.state !== 'read') return got
    return read({ object: await identifyBytes(got.value.bytes), contentType: got.value.contentType })
  }
  return {
    kind: 'registry',
    manifest,
    tagged,
    resolve: (reference, guard) =>
      reference.digest === null ? tagged(reference.repository, reference.tag ?? 'latest', guard) : manifest(reference.repository, reference.digest, guard),
    referrers: (repository, subject, guard) => readReferrers(client, repository, subject, guard),
    blob: (repository, digest, guard) => fetchBlob(client, repository, digest, guard),
  }
}

interface Fetched {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly contentType: FetchedManifest['contentType']
}

function fetchManifest(client: RegistryClient, repository: Repository, name: string, guard: Guard): Promise<Read<Fetched>> {
  return fetchObject(client, { ...reading(repository, `manifests/${name}`), headers: { accept: ACCEPT_MANIFESTS } }, LIMITS.manifestBytes, guard)
}

async function fetchBlob(client: RegistryClient, repository: Repository, digest: Digest, guard: Guard): Promise<Read<VerifiedBytes>> {
  const got = await fetchObject(client, reading(repository, `blobs/${digest}`), LIMITS.blobBytes, guard)
  if (got.state !== 'read') return got
  const bytes = await verifyBytes(got.value.bytes, digest)
  return bytes === null ? wrongBytes(repository, digest) : read(bytes)
}

async function fetchObject(client: RegistryClient, question: Question, maxBytes: number, guard: Guard): Promise<Read<Fetched>> {
  const answer = await client.ask(question, guard)
  if (answer.state !== 'read') return answer
  const { response, url, home } = answer.value
  if (response.status !== 200) {
    discard(response)
    // a 404 of a storage that the registry sent us to is a broken answer: the registry said that it is there
    return response.status === 404 && home ? ABSENT : statusFailure(answer.value, question)
  }
  const body = await readBody(response, maxBytes, guard, url.host, question.what)
  return body.state === 'read' ? read({ bytes: body.value, contentType: mediaTypeOf(response) }) : body
}

function wrongBytes(repository: Repository, digest: Digest): Read<never> {
  return failed('digest-mismatch', `${repository.registry} answered with bytes that do not have the digest ${digest}.`)
}
