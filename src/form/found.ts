import type { Code } from '../base/codes.ts'
import type { Digest } from '../crypto/digest.ts'
import type { Descriptor } from '../oci/descriptor.ts'
import type { Document } from '../oci/document.ts'
import type { Platform } from '../oci/platform.ts'

/** What a signature stands beside, and so claims to be about. Null fields are not known there (a `.sig` tag names a digest only). */
export interface Beside {
  readonly digest: Digest
  readonly mediaType: string | null
  readonly size: number | null
  readonly platform: Platform | null
  readonly annotations: ReadonlyMap<string, string> | null
}

/** A manifest that names a subject, or stands at one of the subject's tags. */
export interface Attached {
  readonly digest: Digest
  readonly document: Document
}

/**
 * What stands beside a signature and may prove who made it, or when: texts as they stand, nothing of it proved. Several of a kind where nothing
 * but cryptography says which belongs to the signature (R3); bounded by whoever reads the form.
 */
export interface SignatureMaterial {
  /** PEM. */
  readonly certificates: readonly string[]
  /** PEM, the certificates above one. */
  readonly chains: readonly string[]
  /** The log's answer: `{SignedEntryTimestamp, Payload}` as JSON. */
  readonly logBundles: readonly string[]
  /** `{SignedRFC3161Timestamp}` as JSON. */
  readonly timestamps: readonly string[]
}

export const NO_MATERIAL: SignatureMaterial = { certificates: [], chains: [], logBundles: [], timestamps: [] }

/** What every form says of what it found. */
export interface FoundCommon {
  /** The row of form/forms.ts that read it. */
  readonly form: string
  readonly beside: Beside
  /** Where exactly it stands, for order and for messages: the annotation key, or `layers[3]`. */
  readonly at: string
}

/** A signature over a cosign payload, which may have to be found or rebuilt (R4). */
export interface FoundSimpleSigning extends FoundCommon {
  readonly kind: 'simple-signing'
  readonly signature: Uint8Array<ArrayBuffer>
  /** Payloads that stand beside it: that with the same suffix (W1), else those without a signature of their own. */
  readonly payloads: readonly Uint8Array<ArrayBuffer>[]
  /** The blob that is the payload (`.sig` layers); whoever reads the place fetches it. */
  readonly payloadBlob: Descriptor | null
  /** Lower-case hex, each the start of the SHA-256 of a key's SPKI: a hint for the order of trying, never evidence. */
  readonly keyHints: readonly string[]
  readonly material: SignatureMaterial
}

/**
 * An envelope whose signed payload alone says what it is, a signature or an attestation (R10): a Sigstore bundle, or a bare DSSE envelope with
 * its material beside it (`.att`).
 */
export interface FoundEnvelope extends FoundCommon {
  readonly kind: 'envelope'
  readonly container: 'bundle' | 'dsse'
  /** Whoever reads the place fetches it. */
  readonly blob: Descriptor
  /** The blob's bytes; null until it was fetched. */
  readonly bytes: Uint8Array<ArrayBuffer> | null
  readonly material: SignatureMaterial
  /** What an attestation is listed as: the manifest that carries it, or the layer of an `.att` manifest. */
  readonly carrier: Digest
}

/** A notation signature (formats.md 9): a JWS or COSE envelope with the signer's certificates, about one manifest. */
export interface FoundNotation extends FoundCommon {
  readonly kind: 'notation'
  readonly container: 'jws' | 'cose'
  /** Whoever reads the place fetches it. */
  readonly blob: Descriptor
  /** The blob's bytes; null until it was fetched. */
  readonly bytes: Uint8Array<ArrayBuffer> | null
}

/** An SSH signature over a descriptor (the sign-index prototype). */
export interface FoundSshDescriptor extends FoundCommon {
  readonly kind: 'ssh-descriptor'
  /** The signed bytes: a JSON descriptor. */
  readonly descriptor: Uint8Array<ArrayBuffer>
  /** The SSH signature, armored. */
  readonly armored: Uint8Array<ArrayBuffer>
}

/** Recognised as a signature, and broken, or of a form that this version does not read. It decides nothing, and is never dropped in silence. */
export interface FoundUnreadable extends FoundCommon {
  readonly kind: 'unreadable'
  readonly state: 'invalid' | 'unsupported'
  readonly code: Code
}

/** Of a kind that this version does not read. */
export function notRead(where: FoundCommon): FoundUnreadable {
  return { ...where, kind: 'unreadable', state: 'unsupported', code: 'form-unsupported' }
}

/** Not as its form has it to be. */
export function broken(where: FoundCommon, code: Code = 'malformed-signature'): FoundUnreadable {
  return { ...where, kind: 'unreadable', state: 'invalid', code }
}

/** A signature as a form found it: nothing about it is proved (architecture, rule 6). */
export type FoundSignature = FoundSimpleSigning | FoundSshDescriptor | FoundEnvelope | FoundNotation | FoundUnreadable

/** What is attached to a subject, as the document that lists it says: a claim (R5). */
export interface FoundAttachment {
  readonly digest: Digest
  /** Artifact type or media type, as claimed. */
  readonly type: string
  /** What it is said to belong to. */
  readonly subject: Digest | null
  /** `manifest`: its own manifest's `subject` says so. Null: only an annotation or a tag does. */
  readonly by: 'manifest' | null
}
