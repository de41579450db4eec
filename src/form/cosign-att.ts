import type { Place } from '../oci/place.ts'
import * as MEDIA from '../oci/media.ts'
import { materialOf, plainParts } from './cosign-annotations.ts'
import { notRead, type Attached, type Beside, type FoundSignature } from './found.ts'

const FORM = 'cosign-att'

/** cosign's older attestations: the manifest at the `.att` tag, one layer a DSSE envelope; the signature annotation is there and empty (formats.md 12.6). */
export function readCosignAtt({ document }: Attached, subject: Beside, place: Place): readonly FoundSignature[] | null {
  if (place !== 'att-tag') return null
  if (document.kind !== 'manifest') return [notRead({ form: FORM, beside: subject, at: 'manifest' })]
  return document.layers.flatMap((layer, i) => (layer.mediaType !== MEDIA.dsseEnvelope ? [] : [{
    form: FORM,
    beside: subject,
    at: `layers[${String(i).padStart(5, '0')}]`,
    kind: 'envelope' as const,
    container: 'dsse' as const,
    blob: layer,
    bytes: null,
    material: materialOf(plainParts(layer.annotations)),
    carrier: layer.digest,
  }]))
}
