import * as MEDIA from '../oci/media.ts'
import { plainParts, readParts } from './cosign-annotations.ts'
import { notRead, type Attached, type Beside, type FoundSignature } from './found.ts'
import type { Place } from '../oci/place.ts'

const FORM = 'cosign-sig'

/**
 * cosign's older form: the manifest at the `.sig` tag, one layer a signature, the layer's blob the payload (formats.md 5). Two signers of one
 * payload are two layers with one digest, so layers are never united (12.5).
 */
export function readCosignSig({ document }: Attached, subject: Beside, place: Place): readonly FoundSignature[] | null {
  if (place !== 'sig-tag') return null
  if (document.kind !== 'manifest') return [notRead({ form: FORM, beside: subject, at: 'manifest' })]
  return document.layers.map((layer, i) => {
    // digits of one width: what is tried first is chosen by this text, and the same layers' payloads must have been fetched (R11)
    const at = `layers[${String(i).padStart(5, '0')}]`
    if (layer.mediaType !== MEDIA.simpleSigning) return notRead({ form: FORM, beside: subject, at })
    const { payload: _, key: __, ...parts } = plainParts(layer.annotations)
    const read = readParts(FORM, subject, at, parts, [], '')
    return read.kind === 'simple-signing' ? { ...read, payloadBlob: layer } : read
  })
}
