import type { Code } from '../base/codes.ts'
import type { Digest } from '../crypto/digest.ts'
import type { Descriptor } from '../oci/descriptor.ts'
import type { Platform } from '../oci/platform.ts'

/** What a signature stands beside, and so claims to be about. Null fields are not known there (a `.sig` tag names a digest only). */
export interface Beside {
  readonly digest: Digest
  readonly mediaType: string | null
  readonly size: number | null
  readonly platform: Platform | null
  readonly annotations: ReadonlyMap<string, string> | null
}

interface FoundCommon {
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
  /** A certificate stands beside it: made without a key. */
  readonly certificate: string | null
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

/** A signature as a form found it: nothing about it is proved (architecture, rule 6). */
export type FoundSignature = FoundSimpleSigning | FoundSshDescriptor | FoundUnreadable

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
