import type { Code } from '../base/codes.ts'
import * as LIMITS from '../base/limits.ts'
import { broken, type Beside, type FoundEnvelope, type FoundSignature } from '../form/found.ts'
import type { Descriptor } from '../oci/descriptor.ts'
import { roleOfEnvelope } from './open-envelope.ts'
import type { Objects } from './objects.ts'

/** An attestation: an envelope whose payload is a statement of another kind than a signature. */
export interface FoundStatement {
  readonly found: FoundEnvelope
  readonly predicateType: string
}

/** What was found, with the blobs that it stands in; `code` says why one of them could not be read. */
export interface WithBlobs {
  readonly signatures: readonly FoundSignature[]
  readonly statements: readonly FoundStatement[]
  readonly code: Code | null
}

/**
 * Fetches the blobs of what may be tried (payloads, bundles, envelopes), and tells signatures from attestations. A blob that could not be
 * read makes the place failed, one with wrong bytes the entry invalid.
 */
export async function withBlobs(found: readonly FoundSignature[], objects: Objects): Promise<WithBlobs> {
  const loaded = await Promise.all(found.map((signature, i) => (i < bound(signature) ? withBlob(signature, objects) : Promise.resolve({ signature, code: null }))))
  const signatures: FoundSignature[] = []
  const statements: FoundStatement[] = []
  for (const { signature } of loaded) {
    const role = signature.kind === 'envelope' ? roleOfEnvelope(signature) : null
    if (role === null || signature.kind !== 'envelope') signatures.push(signature)
    else if (role.role === 'attestation') statements.push({ found: signature, predicateType: role.predicateType })
    else signatures.push(role.role === 'signature' ? signature : unreadable(signature.beside, signature.at, role.code, signature))
  }
  return { signatures, statements, code: loaded.find((item) => item.code !== null)?.code ?? null }
}

/** An envelope tells only when it is open whether it is one of the signatures that may be tried. */
function bound(signature: FoundSignature): number {
  return signature.kind === 'envelope' ? LIMITS.referrers : LIMITS.signaturesTried
}

interface Loaded {
  readonly signature: FoundSignature
  readonly code: Code | null
}

async function withBlob(signature: FoundSignature, objects: Objects): Promise<Loaded> {
  const descriptor = blobOf(signature)
  if (descriptor === null) return { signature, code: null }
  const { digest, size } = descriptor
  const blob = await objects.blob(digest)
  if (blob.state === 'read') {
    const { bytes } = blob.value
    if (bytes.length !== size) return { signature: unreadable(signature.beside, digest, 'malformed', signature), code: null }
    return { signature: signature.kind === 'envelope' || signature.kind === 'notation' ? { ...signature, bytes } : { ...signature, payloads: [bytes] } as FoundSignature, code: null }
  }
  if (isFinal(blob)) return { signature: unreadable(signature.beside, digest, blob.code, signature), code: null }
  return { signature, code: blob.state === 'absent' ? 'not-found' : blob.code }
}

/** The blob that a signature needs, if it stands in one. */
function blobOf(signature: FoundSignature): Descriptor | null {
  if (signature.kind === 'simple-signing') return signature.payloadBlob
  return signature.kind === 'envelope' || signature.kind === 'notation' ? signature.blob : null
}

/** In a layout nobody can send other bytes the next time: what is filed under the wrong digest is invalid, not merely unread (R1). */
export function isFinal(result: { readonly state: string }): result is { readonly state: 'failed'; readonly code: Code; readonly message: string; readonly final: true } {
  return result.state === 'failed' && 'final' in result && result.final === true
}

export function unreadable(beside: Beside, at: string, code: Code, of?: FoundSignature): FoundSignature {
  return broken({ form: of?.form ?? 'unknown', beside: of?.beside ?? beside, at: of?.at ?? at }, code)
}
