import type { Place } from '../oci/place.ts'
import { NO_MATERIAL, type Attached, type Beside, type FoundSignature } from './found.ts'

const ENVELOPE = /^application\/vnd\.in-toto(?:\.[a-z_]{1,40})?\+dsse$/

/** A signed statement, as docker/attest keeps it; BuildKit's `application/vnd.in-toto+json` is unsigned. */
export function isDockerEnvelope(mediaType: string): boolean {
  return ENVELOPE.test(mediaType)
}

/**
 * Attestations as docker/attest signs them: layers that are DSSE envelopes, in the attestation manifest that the index lists (instead of BuildKit's unsigned
 * statements, or beside them), or each in an artifact of its own that names the platform (formats.md 10).
 */
export function readDockerAttest({ digest, document }: Attached, subject: Beside, place: Place): readonly FoundSignature[] | null {
  if (document.kind !== 'manifest') return null
  return document.layers.flatMap((layer, i) => (!isDockerEnvelope(layer.mediaType) ? [] : [{
    form: 'docker-attest',
    beside: subject,
    at: `layers[${String(i).padStart(5, '0')}]`,
    kind: 'envelope' as const,
    container: 'dsse' as const,
    blob: layer,
    bytes: null,
    material: NO_MATERIAL,
    carrier: place === 'graph' ? layer.digest : digest,
  }]))
}
