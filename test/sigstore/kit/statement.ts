import { concatBytes, hexEncode, utf8Encode } from '../../../src/base/bytes.ts'
import type { Bytes } from './der.ts'
import type { Json } from './json.ts'
import { hashOf } from './keys.ts'
import type { Envelope } from './log-body.ts'

export const IN_TOTO = 'application/vnd.in-toto+json'
export const COSIGN_SIGN = 'https://sigstore.dev/cosign/sign/v1'
export const SLSA_PROVENANCE = 'https://slsa.dev/provenance/v1'

export interface StatementChoices {
  readonly predicateType?: string
  readonly predicate?: Json
  readonly type?: string
  readonly subject?: Json
  readonly payloadType?: string
  /** Instead of the statement. */
  readonly payload?: Bytes
}

/** An in-toto statement about an artifact, as cosign 3 writes it for a signature (formats.md 6), in a DSSE envelope that nobody has signed yet. */
export function statementOf(artifact: Uint8Array, choices: StatementChoices = {}): Envelope {
  const { type = 'https://in-toto.io/Statement/v1', predicateType = COSIGN_SIGN, predicate = {}, payloadType = IN_TOTO } = choices
  const subject = choices.subject ?? [{ digest: { sha256: hexEncode(hashOf('SHA-256', artifact)) } }]
  return { payloadType, payload: choices.payload ?? utf8Encode(JSON.stringify({ _type: type, subject, predicateType, predicate })) }
}

/** What DSSE signs. */
export function preAuthenticationEncoding({ payloadType, payload }: Envelope): Bytes {
  return concatBytes(utf8Encode(`DSSEv1 ${utf8Encode(payloadType).length} ${payloadType} ${payload.length} `), payload)
}
