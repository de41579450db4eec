import type { Code } from '../base/codes.ts'
import type { Digest, VerifiedBytes } from '../crypto/digest.ts'
import type { Descriptor } from '../oci/descriptor.ts'
import type { Reference, Repository } from '../oci/reference.ts'
import type { Guard } from './guarded.ts'

/** What a read answered. *Absent* and *failed* are never the same (rule R2): absent is a proved 404, failed is everything that could not be read. */
export type Read<T> =
  | { readonly state: 'read'; readonly value: T }
  | {
      readonly state: 'absent'
      /** And so it is for every object of the repository: the registry knows no such question. Never set where that is not sure. */
      readonly everywhere?: true
    }
  | {
      readonly state: 'failed'
      readonly code: Code
      readonly message: string
      /** What lies here is wrong, so reading again mends nothing: for a layout's own files, never for what a recorder says that it met. */
      readonly final?: true
    }

/** A manifest or index as it came in: its bytes with the digest proved, not parsed yet. */
export interface FetchedManifest {
  readonly object: VerifiedBytes
  /** The Content-Type that came with it (without parameters), from the network only; null from a layout. Compared with the body by whoever parses it. */
  readonly contentType: string | null
  /** The media type that a layout's index.json gives it, for a body that says none; absent from the network. */
  readonly claimedType?: string | null
}

/**
 * Where bytes come from: a registry, an image layout, memory. Every method answers with a {@link Read} and throws for nobody's bad data;
 * every request is paid for with the guard, which also carries the deadline.
 */
export interface Source {
  /** `recorded` is evidence that marks itself (E2): a place that is not listed in it is *failed*, not absent. */
  readonly kind: 'registry' | 'layout' | 'recorded'
  /** What the reference names: by its digest if it has one, else by its tag (the digest is then computed from the bytes). */
  resolve(reference: Reference, guard: Guard): Promise<Read<FetchedManifest>>
  /** The manifest or index with this digest. */
  manifest(repository: Repository, digest: Digest, guard: Guard): Promise<Read<FetchedManifest>>
  /** The manifest or index that this tag names (digest tags and cosign's `.sig` and `.att`). */
  tagged(repository: Repository, tag: string, guard: Guard): Promise<Read<FetchedManifest>>
  /** The list of referrers, as the registry gives it: nothing in it is proved. 404, 405 and 501 are absent ("use the digest tag"). */
  referrers(repository: Repository, subject: Digest, guard: Guard): Promise<Read<readonly Descriptor[]>>
  /** A small blob (a signature's payload), at most `LIMITS.blobBytes`. */
  blob(repository: Repository, digest: Digest, guard: Guard): Promise<Read<VerifiedBytes>>
}

export const ABSENT: Read<never> = { state: 'absent' }
export const ABSENT_EVERYWHERE: Read<never> = { state: 'absent', everywhere: true }

export function read<T>(value: T): Read<T> {
  return { state: 'read', value }
}

export function failedForGood(code: Code, message: string): Read<never> {
  return { state: 'failed', code, message, final: true }
}

export function failed(code: Code, message: string): Read<never> {
  return { state: 'failed', code, message }
}
