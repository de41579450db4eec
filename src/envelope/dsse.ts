import { base64Decode, concatBytes, utf8Encode } from '../base/bytes.ts'
import { malformed, SealdexError } from '../base/errors.ts'
import { arrayField, fixedObject, optionalString, stringField } from '../base/json-fields.ts'
import type { JsonValue } from '../base/json.ts'

/** A DSSE envelope, read once: the payload is never taken apart again after its signature was checked (T47). */
export interface DsseEnvelope {
  readonly payloadType: string
  readonly payload: Uint8Array<ArrayBuffer>
  /** In the order in which they stand; `keyid` is a hint that nothing is decided by, so it is not kept. */
  readonly signatures: readonly Uint8Array<ArrayBuffer>[]
}

/** Reads the JSON form of an envelope (formats.md 8). Throws `malformed` or `malformed-base64`. */
export function parseDsse(value: JsonValue | undefined, where: string): DsseEnvelope {
  const envelope = fixedObject(value, ['payload', 'payloadType', 'signatures'], where)
  const payloadType = stringField(envelope, 'payloadType', where)
  if (payloadType === '') malformed(`${where}.payloadType is empty.`)
  const payload = dsseBase64(stringField(envelope, 'payload', where))
  const signatures = arrayField(envelope, 'signatures', where).map((item, at) => {
    const path = `${where}.signatures[${at}]`
    // docker/attest keeps a log's answer in `extension` (DSSE's pull request 61): nothing is decided by it
    const signature = fixedObject(item, ['sig', 'keyid', 'extension'], path)
    optionalString(signature, 'keyid', path)
    return dsseBase64(stringField(signature, 'sig', path))
  })
  return { payloadType, payload, signatures }
}

/** What is signed: PAE(type, body), lengths in bytes (T47). */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const type = utf8Encode(payloadType)
  return concatBytes(utf8Encode(`DSSEv1 ${type.length} `), type, utf8Encode(` ${payload.length} `), payload)
}

/** Standard or URL-safe base64, as the DSSE protocol lets writers choose; one alphabet only, canonical in either (T48). Padding may be left away in the URL-safe one. */
export function dsseBase64(text: string): Uint8Array<ArrayBuffer> {
  if (!/[-_]/.test(text)) return base64Decode(text)
  if (/[+/]/.test(text)) throw new SealdexError('malformed-base64', 'The text mixes the standard and the URL-safe base64 alphabet.')
  const standard = text.replaceAll('-', '+').replaceAll('_', '/')
  return base64Decode(text.endsWith('=') ? standard : standard.padEnd(Math.ceil(text.length / 4) * 4, '='))
}
