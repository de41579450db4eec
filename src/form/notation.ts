import * as MEDIA from '../oci/media.ts'
import { broken, notRead, type Attached, type Beside, type FoundNotation, type FoundSignature } from './found.ts'

/** Its name as a form. */
export const NOTATION_FORM = 'notation'
const CONTAINERS: ReadonlyMap<string, FoundNotation['container']> = new Map([[MEDIA.jws, 'jws'], [MEDIA.cose, 'cose']])

/** Notation: a manifest of its type whose one layer is the envelope (formats.md 9, and 12, point 4). The thumbprints in its annotations are claims, and not read. */
export function readNotation({ digest, document }: Attached, subject: Beside): readonly FoundSignature[] | null {
  if (document.kind !== 'manifest' || document.artifactType !== MEDIA.notationSignature) return null
  const [blob, ...more] = document.layers
  const where = { form: NOTATION_FORM, beside: subject, at: digest }
  if (blob === undefined || more.length > 0) return [broken(where)]
  const container = CONTAINERS.get(blob.mediaType)
  if (container === undefined) return [notRead(where)]
  return [{ ...where, kind: 'notation', container, blob, bytes: null }]
}
