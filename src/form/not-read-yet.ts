import type { Document } from '../oci/document.ts'
import { MEDIA } from '../oci/media-types.ts'
import type { Beside, FoundSignature } from './found.ts'

const SIGN_PREDICATE = 'https://sigstore.dev/cosign/sign/v1'
const PREDICATE_ANNOTATION = 'dev.sigstore.bundle.predicateType'

/**
 * Signatures that are recognised and not verified yet: cosign 3 bundles and notation. They stand in the verdict as `unsupported`, never as an
 * allow. A bundle that calls itself an attestation is an attachment, not a signature (R10).
 */
export function readNotYet(document: Document, subject: Beside): readonly FoundSignature[] | null {
  if (document.kind !== 'manifest') return null
  const form = formOf(document.artifactType ?? '', document.layers[0]?.mediaType ?? '')
  if (form === null || (form === 'sigstore-bundle' && (document.annotations.get(PREDICATE_ANNOTATION) ?? SIGN_PREDICATE) !== SIGN_PREDICATE)) return null
  return [{ form, beside: subject, at: 'manifest', kind: 'unreadable', state: 'unsupported', code: 'form-unsupported' }]
}

function formOf(artifactType: string, layerType: string): string | null {
  if (artifactType.startsWith(MEDIA.sigstoreBundlePrefix) || layerType.startsWith(MEDIA.sigstoreBundlePrefix)) return 'sigstore-bundle'
  return artifactType === MEDIA.notationSignature ? 'notation' : null
}
