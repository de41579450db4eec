import { hexEncode } from '../../base/bytes.ts'
import { DER_NULL, writeDer, writeOctetString, writeOid, writeSequence, writeUnsigned } from '../../base/der.ts'
import * as TAG from '../../base/der-tags.ts'
import { SealdexError } from '../../base/errors.ts'
import * as LIMITS from '../../base/limits.ts'
import { sha256Now } from '../../crypto/digest.ts'
import { parseTimestamp } from '../../x509/timestamp.ts'
import { post, serviceError, type AskService } from './service.ts'

const WHAT = 'a timestamp'
const SHA256 = '2.16.840.1.101.3.4.2.1'
const TRUE = writeDer(TAG.boolean, Uint8Array.of(0xff))

/** A TimeStampReq (RFC 3161, 2.4.1): the SHA-256 of the message, a nonce, and that the authority's certificate is to come along, for roots that have only the one above it. */
function writeTimestampRequest(message: Uint8Array, nonce: Uint8Array): Uint8Array<ArrayBuffer> {
  const imprint = writeSequence(writeSequence(writeOid(SHA256), DER_NULL), writeOctetString(sha256Now(message)))
  return writeSequence(writeUnsigned(Uint8Array.of(1)), imprint, writeUnsigned(nonce), TRUE)
}

/** A whole TimeStampResp over the message, granted and with our nonce. Who made it and what it is about is for `verifyTimestamp`. Throws `service-error`, `bad-timestamp`. */
export async function requestTimestamp(ask: AskService, url: string, message: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const nonce = crypto.getRandomValues(new Uint8Array(16))
  // never negative and never with leading zeros
  nonce[0] = (nonce[0] ?? 0) % 0x80 | 0x40
  const body = writeTimestampRequest(message, nonce)
  const { status, body: token } = await post(ask, { url, contentType: 'application/timestamp-query', accept: 'application/timestamp-reply', body, what: WHAT, maxBytes: LIMITS.timestampBytes })
  if (status !== 200 && status !== 201) serviceError(url, `answered ${status} when asked for ${WHAT}.`)
  if (parseTimestamp(token).info.nonce !== hexEncode(nonce)) throw new SealdexError('bad-timestamp', 'The timestamp is not accepted: it answers another request.')
  return token
}
