import { MEDIA } from '../oci/media-types.ts'
import type { Attached, Beside, FoundSignature } from './found.ts'

/** Notation's signatures are recognised and not verified yet: they stand in the verdict as `unsupported`, never as an allow. */
export function readNotYet({ document }: Attached, subject: Beside): readonly FoundSignature[] | null {
  if (document.kind !== 'manifest' || document.artifactType !== MEDIA.notationSignature) return null
  return [{ form: 'notation', beside: subject, at: 'manifest', kind: 'unreadable', state: 'unsupported', code: 'form-unsupported' }]
}
