import type { HashName } from '../crypto/algorithms.ts'
import type { Certificate } from '../x509/certificate.ts'

/** A signature with all that came along with it, whatever it was read from (a bundle, cosign's annotations). Read, and nothing of it checked. */
export interface SignedMaterial {
  readonly signature: Uint8Array<ArrayBuffer>
  readonly content: SignedContent
  readonly signer: NamedSigner
  readonly entries: readonly LogEntry[]
  /** RFC 3161: a whole TimeStampResp each, over the raw signature. */
  readonly timestamps: readonly Uint8Array<ArrayBuffer>[]
}

/** What was signed. A message does not come along: whoever asks has it. */
export type SignedContent =
  | { readonly kind: 'message'; readonly claimed: HashValue | null }
  | {
    readonly kind: 'dsse'
    readonly payloadType: string
    readonly payload: Uint8Array<ArrayBuffer>
    /** The bytes that are signed. */
    readonly signed: Uint8Array<ArrayBuffer>
  }

/** By what the signature says it was made. The key itself does not come along (T36): `hint` is a word about which of the caller's it may be. */
export type NamedSigner =
  | { readonly kind: 'certificate'; readonly leaf: Certificate; readonly intermediates: readonly Certificate[] }
  | { readonly kind: 'key'; readonly hint: string }

export interface HashValue {
  readonly hash: HashName
  readonly value: Uint8Array<ArrayBuffer>
}

/** One entry of a transparency log, as it came. */
export interface LogEntry {
  /** Lower-case hex. */
  readonly logId: string
  readonly logIndex: number
  /** As the bundle says them; empty where it does not. */
  readonly kind: string
  readonly version: string
  /** Seconds since 1970; null for 0, which is none. A time only with a promise that verifies (T31). */
  readonly integratedTime: number | null
  /** The signed entry timestamp. */
  readonly promise: Uint8Array<ArrayBuffer> | null
  readonly proof: InclusionProof | null
  readonly body: Uint8Array<ArrayBuffer>
}

export interface InclusionProof {
  readonly logIndex: number
  readonly treeSize: number
  readonly rootHash: Uint8Array<ArrayBuffer>
  readonly hashes: readonly Uint8Array<ArrayBuffer>[]
  /** A signed note. */
  readonly checkpoint: string
}
