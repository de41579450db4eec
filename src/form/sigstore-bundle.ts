import * as MEDIA from '../oci/media.ts'
import { broken, NO_MATERIAL, type Attached, type Beside, type FoundSignature } from './found.ts'

const FORM = 'sigstore-bundle'

/** cosign 3: a manifest whose one layer is a Sigstore bundle (formats.md 6). What the bundle signs says whether it is a signature, no annotation does (R10). */
export function readSigstoreBundle({ digest, document }: Attached, subject: Beside): readonly FoundSignature[] | null {
  if (document.kind !== 'manifest') return null
  const [layer, ...more] = document.layers
  if (!isBundleType(document.artifactType ?? '') && !isBundleType(layer?.mediaType ?? '')) return null
  const where = { form: FORM, beside: subject, at: digest }
  if (layer === undefined || more.length > 0 || !isBundleType(layer.mediaType)) return [broken(where)]
  return [{ ...where, kind: 'envelope', container: 'bundle', blob: layer, bytes: null, material: NO_MATERIAL, carrier: digest }]
}

function isBundleType(mediaType: string): boolean {
  return mediaType.startsWith(MEDIA.sigstoreBundlePrefix)
}
