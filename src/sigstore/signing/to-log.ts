import type { Certificate } from '../../x509/certificate.ts'

/** What a log is to keep of a signature by a key P-256. */
export interface ToLog {
  readonly signature: Uint8Array
  readonly certificate: Certificate
  /** SHA-256 of what was signed: a message, or the pre-authentication encoding of an envelope. */
  readonly digest: Uint8Array
  /** The envelope, where one was signed. */
  readonly envelope: { readonly payloadType: string; readonly payload: Uint8Array } | null
}
