import type { Code } from '../base/codes.ts'
import type { Digest } from '../crypto/digest.ts'
import { isTag, type Repository } from '../oci/reference.ts'
import { uploadBlob, type UploadProgress } from './blob-upload.ts'
import { discard } from './body.ts'
import { contentOf, type BlobContent } from './blob-content.ts'
import type { Guard } from './guarded.ts'
import type { RegistryClient } from './registry-client.ts'
import { refusal, unwritten, type WriteResult } from './write-result.ts'

/** Where something is pushed to: a tag, or the object's own digest. */
export type WriteTarget = { readonly tag: string } | { readonly digest: Digest }

export type DeleteResult =
  | { readonly state: 'deleted' }
  /** It was not there. */
  | { readonly state: 'absent' }
  /** The registry lets nobody delete, or not us: it stays. */
  | { readonly state: 'refused'; readonly code: Code; readonly message: string }
  | { readonly state: 'failed'; readonly code: Code; readonly message: string }

/** The writing half of a registry. Every request is paid for with the guard; nothing throws for what a registry answers. */
export interface RegistryWriter {
  /** Pushes a manifest or index. `ifMatch`: only over what has this digest (few registries look: W4); met by another, it is `write-contended`. */
  putManifest(repository: Repository, target: WriteTarget, bytes: Uint8Array<ArrayBuffer>, mediaType: string, guard: Guard, options?: { readonly ifMatch?: Digest }): Promise<WriteResult>
  /** Pushes a blob, unless the registry has it: bytes under their sha256 digest, or content of any size, which is read piece by piece. */
  putBlob(repository: Repository, blob: Uint8Array<ArrayBuffer> | BlobContent, guard: Guard, onProgress?: UploadProgress): Promise<WriteResult>
  /** Deletes a manifest by its digest, so that no list names it any more. */
  deleteManifest(repository: Repository, digest: Digest, guard: Guard): Promise<DeleteResult>
}

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
    putBlob: async (repository, blob, guard, onProgress) => uploadBlob(client, repository, 'chunks' in blob ? blob : await contentOf(blob), guard, onProgress),
    deleteManifest: (repository, digest, guard) => deleteManifest(client, repository, digest, guard),
  }
}

async function deleteManifest(client: RegistryClient, repository: Repository, digest: Digest, guard: Guard): Promise<DeleteResult> {
  const what = `manifests/${digest} of ${repository.path}`
  const answer = await client.ask({ method: 'DELETE', repository, actions: 'pull,push,delete', target: `manifests/${digest}`, headers: {}, what }, guard)
  if (answer.state !== 'read') return unwritten(answer, what)
  const { response, url } = answer.value
  const { status } = response
  discard(response)
  if (status >= 200 && status <= 299) return { state: 'deleted' }
  if (status === 404) return { state: 'absent' }
  const message = `${url.host} answered ${status} when ${what} was to be deleted.`
  if (status === 429) return { state: 'failed', code: 'rate-limited', message }
  // 405 and 501 (UNSUPPORTED) where deleting is not switched on, 401 and 403 where it is not ours to do, 400 and 409 where the registry holds on to it
  return status >= 500 && status !== 501 ? { state: 'failed', code: 'registry-error', message } : { state: 'refused', code: 'delete-refused', message }
}
