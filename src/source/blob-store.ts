import type { Code } from '../base/codes.ts'
import type { Digest } from '../crypto/digest.ts'
import type { Repository } from '../oci/reference.ts'
import type { BodyStream, FetchBody } from './fetch.ts'
import type { Guard } from './guarded.ts'
import type { Read } from './source.ts'

/** What is said of a blob where it is to stand. */
export type BlobWritten =
  /** It was there before, came out of another repository of the same registry, or was sent. */
  | { readonly state: 'there' | 'mounted' | 'written' }
  /** `refused`: another try would be refused too. */
  | { readonly state: 'refused' | 'failed'; readonly code: Code; readonly message: string }

/** Blobs of any size, as streams: nothing of them is held, and nothing is proved of what is opened. */
export interface BlobStore {
  /** The blob's bytes, not checked; `absent` is a proved 404. */
  openBlob(repository: Repository, digest: Digest, guard: Guard): Promise<Read<FetchBody>>
  /** Writes a blob unless it is there. `from`: a repository of the same registry that has it, to be mounted out of. `stream` is asked for its bytes only if they are needed. */
  writeBlob(repository: Repository, digest: Digest, stream: BodyStream, from: Repository | null, guard: Guard): Promise<BlobWritten>
  /** Whether this manifest is there, under its own digest. */
  hasManifest(repository: Repository, digest: Digest, guard: Guard): Promise<Read<true>>
}
