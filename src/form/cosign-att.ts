import type { Place } from '../oci/place.ts'
import * as MEDIA from '../oci/media.ts'
import { materialOf, plainParts } from './cosign-annotations.ts'
import { dsseLayers } from './dsse-layers.ts'
import { notRead, type Attached, type Beside, type FoundSignature } from './found.ts'

const FORM = 'cosign-att'

/** cosign's older attestations: the manifest at the `.att` tag, one layer a DSSE envelope; the signature annotation is there and empty (formats.md 12.6). */
export function readCosignAtt({ document }: Attached, subject: Beside, place: Place): readonly FoundSignature[] | null {
  if (place !== 'att-tag') return null
  if (document.kind !== 'manifest') return [notRead({ form: FORM, beside: subject, at: 'manifest' })]
  return dsseLayers(document, FORM, subject, (layer) => (layer.mediaType === MEDIA.dsseEnvelope ? { material: materialOf(plainParts(layer.annotations)), carrier: layer.digest } : null))
}
