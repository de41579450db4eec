import * as LIMITS from '../base/limits.ts'
import type { Digest, VerifiedBytes } from '../crypto/digest.ts'
import { signaturesInIndex } from '../form/forms.ts'
import type { FoundSignature } from '../form/found.ts'
import { readDocument, type Document, type ImageIndex } from '../oci/document.ts'
import { factsOfSimpleSigning, type SignedFacts } from './facts.ts'

/**
 * What reading gave for bytes that were read before: a server is asked for the same image again and again. Sound, because a digest names its bytes and
 * was computed from them this time too, and reading is a pure function of them. Only readings are remembered, never what was checked or decided.
 */
const documents = new Map<string, Document>()
const signatures = new WeakMap<ImageIndex, readonly FoundSignature[]>()
const facts = new WeakMap<Uint8Array, SignedFacts>()

/** As {@link readDocument}; throws as it does. The least recently used goes first. */
export function documentOf({ digest, bytes }: VerifiedBytes, claimedType: string | null): Document {
  const key = keyOf(digest, claimedType)
  const document = documents.get(key) ?? readDocument(bytes, claimedType)
  documents.delete(key)
  if (bytes.length <= LIMITS.rememberedBytes) documents.set(key, document)
  const [oldest] = documents.keys()
  if (documents.size > LIMITS.rememberedDocuments && oldest !== undefined) documents.delete(oldest)
  return document
}

function keyOf(digest: Digest, claimedType: string | null): string {
  return `${digest} ${claimedType ?? ''}`
}

/** As {@link signaturesInIndex}. */
export function signaturesOf(index: ImageIndex): readonly FoundSignature[] {
  const known = signatures.get(index) ?? signaturesInIndex(index)
  signatures.set(index, known)
  return known
}

/** As {@link factsOfSimpleSigning}; only for a payload that was verified. Throws as it does. */
export function factsOf(payload: Uint8Array): SignedFacts {
  const known = facts.get(payload) ?? factsOfSimpleSigning(payload)
  facts.set(payload, known)
  return known
}
