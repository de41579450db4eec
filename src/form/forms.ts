import type { Descriptor } from '../oci/descriptor.ts'
import type { ImageIndex } from '../oci/document.ts'
import { readCosignAnnotations } from './cosign-annotations.ts'
import { readCosignAtt } from './cosign-att.ts'
import { readCosignSig } from './cosign-sig.ts'
import type { Attached, Beside, FoundSignature } from './found.ts'
import type { Place } from '../oci/place.ts'
import { readDockerAttest } from './docker-attest.ts'
import { readGenericAnnotations } from './generic-annotations.ts'
import { readJsonList } from './json-list.ts'
import { readNotation } from './notation.ts'
import { readSigstoreBundle } from './sigstore-bundle.ts'
import { readSshInline, readSshInlineIndex } from './ssh-inline.ts'

/**
 * A written form of a signature (R3). Each reader answers *not mine* (null) or what it found, broken entries included; it verifies nothing.
 * To add a form: one file that reads it, one row here.
 */
export interface Form {
  /** Reads the annotations of one descriptor in an index. */
  readonly descriptor?: (descriptor: Descriptor) => readonly FoundSignature[] | null
  /** Reads the annotations of an index itself. */
  readonly index?: (index: ImageIndex) => readonly FoundSignature[] | null
  /** Reads a manifest that is attached to the subject. */
  readonly attached?: (attached: Attached, subject: Beside, place: Place) => readonly FoundSignature[] | null
}

/** Repeated descriptors and references indexes (formats.md 4) need no row: each descriptor is read, and what is found is united by digest. */
export const FORMS: readonly Form[] = [
  // cosign annotations: plain, integer, hash and key-hash suffix
  { descriptor: readCosignAnnotations },
  // generic spelling sign.<vendor>/<ftype>.<uniq>
  { descriptor: readGenericAnnotations },
  { descriptor: readJsonList },
  // inline SSH descriptor, 0.2 on the descriptor and 0.1 on the index
  { descriptor: readSshInline, index: readSshInlineIndex },
  { attached: readCosignSig },
  { attached: readCosignAtt },
  { attached: readDockerAttest },
  { attached: readSigstoreBundle },
  { attached: readNotation },
]

/** Every signature in an index: on its descriptors, in their order, then on the index itself. */
export function signaturesInIndex(index: ImageIndex): readonly FoundSignature[] {
  const onDescriptors = index.manifests.flatMap((descriptor) => (descriptor.annotations.size === 0 ? [] : FORMS.flatMap((form) => form.descriptor?.(descriptor) ?? [])))
  return [...onDescriptors, ...FORMS.flatMap((form) => form.index?.(index) ?? [])]
}

/** Every signature in a manifest that is attached to the subject. */
export function signaturesInAttached(attached: Attached, subject: Beside, place: Place): readonly FoundSignature[] {
  return FORMS.flatMap((form) => form.attached?.(attached, subject, place) ?? [])
}
