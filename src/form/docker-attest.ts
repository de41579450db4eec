import type { Place } from '../oci/place.ts'
import { dsseLayers } from './dsse-layers.ts'
import { NO_MATERIAL, type Attached, type Beside, type FoundSignature } from './found.ts'

/** Signed; BuildKit's `application/vnd.in-toto+json` is not. */
const ENVELOPE = /^application\/vnd\.in-toto(?:\.[a-z_]{1,40})?\+dsse$/

/**
 * Attestations as docker/attest signs them: layers that are DSSE envelopes, in the attestation manifest that the index lists (instead of BuildKit's unsigned
 * statements, or beside them), or each in an artifact of its own that names the platform (formats.md 10).
 */
export function readDockerAttest({ digest, document }: Attached, subject: Beside, place: Place): readonly FoundSignature[] | null {
  if (document.kind !== 'manifest') return null
  return dsseLayers(document, 'docker-attest', subject, (layer) => (ENVELOPE.test(layer.mediaType) ? { material: NO_MATERIAL, carrier: place === 'graph' ? layer.digest : digest } : null))
}
