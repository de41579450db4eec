import * as LIMITS from '../base/limits.ts'
import { parseTime } from '../base/time.ts'
import type { Digest } from '../crypto/digest.ts'
import { readCosignAnnotations } from '../form/cosign-annotations.ts'
import type { FoundSimpleSigning } from '../form/found.ts'
import * as ANNOTATION from '../oci/annotations.ts'
import type { Descriptor } from '../oci/descriptor.ts'
import type { EntrySigner } from './entry-signer.ts'
import { expiryOf, factsText } from './signature-entry.ts'

/** A signature of ours that stands there already. */
export interface Existing {
  readonly suffix: string
  readonly expired: boolean
}

/**
 * The signatures by this signer over the same facts as the payload (all but the times, W1) on the descriptors of its digest. A hint or an annotation
 * alone is a claim, so each is verified; else a stranger could keep us from signing.
 */
export async function existingSignatures(descriptors: readonly Descriptor[], digest: Digest, signer: EntrySigner, payload: Uint8Array<ArrayBuffer>, at: number): Promise<readonly Existing[]> {
  const wanted = factsText(payload)
  const found = descriptors.filter((descriptor) => descriptor.digest === digest).flatMap((descriptor) => readCosignAnnotations(descriptor) ?? [])
  const hinted = found.filter((one): one is FoundSimpleSigning => one.kind === 'simple-signing' && one.payloads.length > 0 && signer.mayHaveSigned(one)).slice(0, LIMITS.signaturesTried)
  const out: Existing[] = []
  for (const one of hinted) {
    const stored = one.payloads.find((bytes) => factsText(bytes) === wanted)
    if (stored === undefined || !(await signer.hasSigned(one, stored, at))) continue
    const expiry = expiryOf(stored)
    out.push({ suffix: one.at.slice(ANNOTATION.signature.length), expired: expiry !== null && (parseTime(expiry) ?? at) < at })
  }
  return out
}
