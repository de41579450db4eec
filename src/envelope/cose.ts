import { CborTag, readCbor, writeCborList, type CborMap, type CborValue } from '../base/cbor.ts'
import { SealdexError } from '../base/errors.ts'
import { checkCertificateCount, checkSize, readAttributes, refuseEnvelope, UNSIGNED_TIMESTAMP, type NotationEnvelope, type ProtectedHeader } from './notation-attributes.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** Labels of RFC 9052 and RFC 9360. */
const LABEL = { algorithm: 1, critical: 2, contentType: 3, certificates: 33 } as const
const SIGNED_LABELS: ReadonlySet<unknown> = new Set([LABEL.algorithm, LABEL.critical, LABEL.contentType])

/** COSE_Sign1, which stands only at the top; and a date as COSE writes it, around whole seconds. */
const TAG = { sign1: 18, date: 1 } as const

function readStrictly(bytes: Bytes, tag: number): CborValue {
  try {
    return readCbor(bytes, [tag])
  } catch (cause) {
    if (!(cause instanceof SealdexError)) throw cause
    return refuseEnvelope('it is no CBOR that is read', { cause })
  }
}

/**
 * Reads a notation signature as COSE_Sign1 with its tag (RFC 9052). Throws `malformed-signature` for what is broken, and as {@link readAttributes} does
 * for what is not read.
 */
export function parseCose(bytes: Bytes): NotationEnvelope {
  checkSize(bytes)
  const message = readStrictly(bytes, TAG.sign1)
  if (!(message instanceof CborTag) || !Array.isArray(message.value) || message.value.length !== 4) return refuseEnvelope('it is no COSE_Sign1')
  const [signedPart, unsigned, payload, signature] = message.value as readonly CborValue[]
  const [protectedBytes, payloadBytes] = [bytesOf(signedPart), bytesOf(payload)]
  const signedHeaders = headersOf(readStrictly(protectedBytes, TAG.date))
  const headers = headersOf(unsigned)
  checkLabels(signedHeaders, headers)
  const timestamp = headers.get(UNSIGNED_TIMESTAMP)
  return {
    ...readAttributes(protectedHeader(signedHeaders)),
    payload: payloadBytes,
    // Sig_structure: built anew, so that it covers what was read
    signed: writeCborList(['Signature1', protectedBytes, new Uint8Array(0), payloadBytes]),
    signature: bytesOf(signature),
    certificates: certificatesOf(headers.get(LABEL.certificates)),
    timestamp: timestamp === undefined ? null : bytesOf(timestamp),
  }
}

function bytesOf(value: unknown): Bytes {
  return value instanceof Uint8Array ? Uint8Array.from(value) : refuseEnvelope('something in it is no byte string')
}

function headersOf(value: unknown): CborMap {
  return value instanceof Map ? value as CborMap : refuseEnvelope('its headers are no map')
}

/** Numbers that are not read could name a key or change what is meant (T46); no label stands in both places. */
function checkLabels(signed: CborMap, unsigned: CborMap): void {
  const isForeign = [...signed.keys()].some((label) => typeof label === 'number' && !SIGNED_LABELS.has(label)) || [...unsigned.keys()].some((label) => typeof label === 'number' && label !== LABEL.certificates)
  if (isForeign) refuseEnvelope('it has a header that names a key, or changes how it is read')
  if ([...unsigned.keys()].some((label) => signed.has(label))) refuseEnvelope('a header stands both where it is signed and where it is not')
}

/** One certificate may stand without a list (RFC 9360). */
function certificatesOf(value: unknown): readonly Bytes[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  checkCertificateCount(list.length)
  return list.map(bytesOf)
}

function protectedHeader(headers: CborMap): ProtectedHeader {
  const critical: unknown = headers.get(LABEL.critical)
  return {
    algorithm: headers.get(LABEL.algorithm),
    contentType: headers.get(LABEL.contentType),
    critical: Array.isArray(critical) ? critical : refuseEnvelope('it has no list of critical attributes'),
    has: (name) => headers.has(name),
    text: (name) => {
      const value = headers.get(name)
      return typeof value === 'string' ? value : refuseEnvelope(`${name} is no text`)
    },
    time: (name) => {
      const value = headers.get(name)
      return value instanceof CborTag && typeof value.value === 'number' ? value.value : refuseEnvelope(`${name} is no date with whole seconds`)
    },
  }
}
