import { joinBytes } from '../base/bytes.ts'
import * as LIMITS from '../base/limits.ts'
import { ACCEPT_MANIFESTS } from '../oci/media-types.ts'
import { discard } from './body.ts'
import type { BlobStore, BlobWritten } from './blob-store.ts'
import type { BodyStream } from './fetch.ts'
import type { Guard } from './guarded.ts'
import { reading, statusFailure, type Question, type RegistryClient } from './registry-client.ts'
import type { Answer } from './registry-http.ts'
import { refusal, unwritten } from './write-result.ts'
import { ABSENT, read, type Read } from './source.ts'

/** Blobs of a registry as streams: one upload of one request, so that every registry takes it, and nothing of it is held in memory. */
export function registryBlobs(client: RegistryClient): BlobStore {
  return {
    async openBlob(repository, digest, guard) {
      const question = reading(repository, `blobs/${digest}`)
      const answer = await client.ask(question, guard)
      if (answer.state !== 'read') return answer
      const { response, home } = answer.value
      if (response.status === 200 && response.body !== null) return read(response.body)
      discard(response)
      return response.status === 404 && home ? ABSENT : statusFailure(answer.value, question)
    },
    async hasManifest(repository, digest, guard) {
      const question: Question = { ...reading(repository, `manifests/${digest}`), method: 'HEAD', headers: { accept: ACCEPT_MANIFESTS } }
      const answer = await client.ask(question, guard)
      if (answer.state !== 'read') return answer
      discard(answer.value.response)
      const { status } = answer.value.response
      if (status === 200) return read(true)
      return status === 404 ? ABSENT : statusFailure(answer.value, question)
    },
    writeBlob: (repository, digest, stream, from, guard) => writeBlob(client, { repository, digest, stream, from, guard }),
  }
}

interface Writing {
  readonly repository: Parameters<BlobStore['writeBlob']>[0]
  readonly digest: Parameters<BlobStore['writeBlob']>[1]
  readonly stream: BodyStream
  readonly from: Parameters<BlobStore['writeBlob']>[3]
  readonly guard: Guard
}

async function writeBlob(client: RegistryClient, writing: Writing): Promise<BlobWritten> {
  const { repository, digest, stream, from, guard } = writing
  const what = `blobs/${digest} of ${repository.path}`
  const common = { repository, actions: 'pull,push', what, headers: {} } as const
  // what is small is mounted out of its own repository: one question where it would be two; should that not be understood, little is sent in vain
  const isMounted = from !== null || stream.size <= LIMITS.blobBytes
  if (!isMounted) {
    const there = await client.ask({ ...common, method: 'HEAD', target: `blobs/${digest}` }, guard)
    if (there.state !== 'read') return unwritten(there, what)
    discard(there.value.response)
    if (there.value.response.status === 200) return { state: 'there' }
  }
  // paths hold nothing that a query would have to escape but "/", which may stand there
  const begun = await begin(client, common, isMounted ? `?mount=${digest}&from=${(from ?? repository).path}` : '', guard)
  if (begun.state !== 'read') return unwritten(begun, what)
  if (isMounted && begun.value.response.status === 201) {
    discard(begun.value.response)
    return { state: from === null ? 'there' : 'mounted' }
  }
  if (begun.value.response.status !== 202) return refusal(begun.value, what, guard)
  discard(begun.value.response)
  return send(client, begun.value, writing, { ...common })
}

async function begin(client: RegistryClient, common: Omit<Question, 'method' | 'target'>, mount: string, guard: Guard): Promise<Read<Answer>> {
  const post = (search: string): Promise<Read<Answer>> => {
    const target = client.url(common.repository, 'blobs/uploads/')
    target.search = search
    return client.ask({ ...common, method: 'POST', target, body: new Uint8Array(0) }, guard)
  }
  const begun = await post(mount)
  if (mount === '' || begun.state !== 'read' || ![400, 404, 405].includes(begun.value.response.status)) return begun
  // it may be the mount that is not liked
  discard(begun.value.response)
  return post('')
}

async function send(client: RegistryClient, begun: Answer, { digest, stream, guard }: Writing, common: Omit<Question, 'method' | 'target'>): Promise<BlobWritten> {
  const written = begun.response.headers.get('location')
  const location = written === null ? null : URL.parse(written, begun.url.href)
  if (location === null) return { state: 'failed', code: 'registry-error', message: `${begun.url.host} did not say where to send ${common.what}.` }
  // the location is opaque and may carry a query of its own
  location.searchParams.set('digest', digest)
  const sent = new Sent(stream)
  const body = stream.size <= LIMITS.blobBytes ? { body: await gathered(sent.stream) } : { stream: sent.stream }
  const done = await client.ask({ ...common, method: 'PUT', target: location, headers: { 'content-type': 'application/octet-stream' }, ...body }, guard)
  if (done.state !== 'read') return unwritten(done, common.what)
  if (done.value.response.status !== 201) return refusal(done.value, common.what, guard)
  discard(done.value.response)
  return sent.bytes === stream.size ? { state: 'written' } : { state: 'failed', code: 'registry-error', message: `${done.value.url.host} said that it had ${common.what} before it had all of it.` }
}

/** How much of a stream was taken. */
class Sent {
  bytes = 0
  readonly stream: BodyStream

  constructor(stream: BodyStream) {
    this.stream = { size: stream.size, chunks: () => this.#counted(stream) }
  }

  /** By hand: a generator around a generator would cost as much as all else that is done for a piece. */
  #counted(stream: BodyStream): AsyncIterable<Uint8Array> {
    this.bytes = 0
    const chunks = stream.chunks()[Symbol.asyncIterator]()
    const next = async (): Promise<IteratorResult<Uint8Array>> => {
      const result = await chunks.next()
      if (result.done !== true) this.bytes += result.value.byteLength
      return result
    }
    const end = async (): Promise<IteratorResult<Uint8Array>> => (await chunks.return?.()) ?? { done: true, value: undefined }
    return { [Symbol.asyncIterator]: () => ({ next, return: end }) }
  }
}

/** What is small is held, so that it can be sent by every fetch and once more. */
async function gathered(stream: BodyStream): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream.chunks()) chunks.push(chunk)
  return joinBytes(chunks)
}
