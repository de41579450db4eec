import { base64Decode, equalBytes, utf8Encode } from '../base/bytes.ts'
import { malformed } from '../base/errors.ts'
import { fixedObject, sizeField, stringField } from '../base/json-fields.ts'
import { parseJson, type JsonObject } from '../base/json.ts'
import * as LIMITS from '../base/limits.ts'
import { parseCertificatesPem } from '../x509/certificate.ts'
import { readLogEntries, readTimestampList } from './bundle-entries.ts'
import type { LogEntry, NamedSigner, SignedMaterial } from './material.ts'

/** What cosign keeps beside a signature in annotations (formats.md 5, 13.5): texts as they stand, null or empty where there is none. */
export interface CosignAnnotations {
  /** PEM. */
  readonly certificate: string | null
  /** PEM of the intermediates, and often the root. */
  readonly chain: string | null
  /** Rekor's bundle in JSON. */
  readonly bundle: string | null
  /** JSON around a TimeStampResp. */
  readonly timestamp: string | null
}

/**
 * Reads what stands beside a signature of cosign's older form. The message is the payload, which the caller has. Nothing is verified.
 * Throws `malformed`, `malformed-json`, `malformed-base64` or `bad-certificate`.
 */
export function readCosignMaterial(signature: Uint8Array<ArrayBuffer>, { certificate, chain, bundle, timestamp }: CosignAnnotations): SignedMaterial {
  if (signature.length === 0) malformed('The signature is empty.')
  return {
    signature,
    content: { kind: 'message', claimed: null },
    signer: readSigner(certificate ?? '', chain ?? ''),
    entries: (bundle ?? '') === '' ? [] : readEntries(bundle ?? ''),
    timestamps: (timestamp ?? '') === '' ? [] : readTimestampsIn(timestamp ?? ''),
  }
}

function readSigner(certificate: string, chain: string): NamedSigner {
  if (certificate === '') return { kind: 'key', hint: '' }
  const [leaf, another] = parseCertificatesPem(certificate)
  if (leaf === undefined || another !== undefined) return malformed('The certificate annotation does not hold exactly one certificate.')
  // a root is the caller's to bring (T36); writers put one here, and it counts for nothing
  const intermediates = parseCertificatesPem(chain).filter(({ issuer, subject }) => !equalBytes(issuer, subject))
  return { kind: 'certificate', leaf, intermediates }
}

function object(text: string, known: readonly string[], where: string): JsonObject {
  if (text.length > LIMITS.blobBytes) malformed(`${where} is larger than ${LIMITS.blobBytes} bytes.`)
  return fixedObject(parseJson(utf8Encode(text)), known, where)
}

/** cosign's bundle of one promise, or what a Sigstore bundle has of entries, each with its proof, where there is none: Rekor v2 promises nothing. */
function readEntries(text: string): readonly LogEntry[] {
  const bundle = object(text, ['SignedEntryTimestamp', 'Payload', 'tlogEntries'], 'the log bundle')
  if (!bundle.has('tlogEntries')) return [readRekorBundle(bundle)]
  if (bundle.size > 1) malformed('the log bundle holds more than tlogEntries.')
  return readLogEntries(bundle, 3, 'the log bundle')
}

function readRekorBundle(bundle: JsonObject): LogEntry {
  const payload = fixedObject(bundle.get('Payload'), ['body', 'integratedTime', 'logIndex', 'logID'], 'the log bundle.Payload')
  const logId = stringField(payload, 'logID', 'the log bundle.Payload')
  if (!/^[0-9a-f]{64}$/.test(logId)) malformed('the log bundle.Payload.logID is not a SHA-256 hash in lower-case hex.')
  const integratedTime = sizeField(payload, 'integratedTime', 'the log bundle.Payload')
  return {
    logId,
    logIndex: sizeField(payload, 'logIndex', 'the log bundle.Payload'),
    kind: '',
    version: '',
    integratedTime: integratedTime === 0 ? null : integratedTime,
    promise: base64Decode(stringField(bundle, 'SignedEntryTimestamp', 'the log bundle')),
    proof: null,
    body: base64Decode(stringField(payload, 'body', 'the log bundle.Payload')),
  }
}

/** cosign's object around one, or what a Sigstore bundle has of several. */
function readTimestampsIn(text: string): readonly Uint8Array<ArrayBuffer>[] {
  const timestamp = object(text, ['SignedRFC3161Timestamp', 'rfc3161Timestamps'], 'the timestamp')
  if (!timestamp.has('rfc3161Timestamps')) return [base64Decode(stringField(timestamp, 'SignedRFC3161Timestamp', 'the timestamp'))]
  if (timestamp.size > 1) malformed('the timestamp holds more than rfc3161Timestamps.')
  return readTimestampList(timestamp, 'the timestamp')
}
