import { decode, encode, Tokenizer, Type, type DecodeOptions } from 'cborg'
import { checkCertificateCount, checkSize, readAttributes, refuseEnvelope, UNSIGNED_TIMESTAMP, type NotationEnvelope, type ProtectedHeader } from './notation-attributes.ts'

type Bytes = Uint8Array<ArrayBuffer>
type Headers = ReadonlyMap<unknown, unknown>

/** Labels of RFC 9052 and RFC 9360. */
const LABEL = { algorithm: 1, critical: 2, contentType: 3, certificates: 33 } as const
const SIGNED_LABELS: ReadonlySet<unknown> = new Set([LABEL.algorithm, LABEL.critical, LABEL.contentType])

/** Levels of arrays, maps and tags: what notation writes has four. */
const MOST_LEVELS = 8

/** A date as COSE writes it: tag 1 around whole seconds. */
class Seconds {
  readonly value: number

  constructor(value: unknown) {
    this.value = Number.isSafeInteger(value) ? Number(value) : refuseEnvelope('a time in it is none with whole seconds')
  }
}

/** COSE_Sign1, which stands only at the top. */
class Sign1 {
  readonly parts: unknown

  constructor(parts: unknown) {
    this.parts = parts
  }
}

/** Counts levels, and refuses floats: no header has one, and they have many spellings. */
class StrictTokenizer extends Tokenizer {
  /** For each open level, how many items are still to come. */
  readonly #open: number[] = []

  override next(): ReturnType<Tokenizer['next']> {
    const token = super.next()
    if (Type.equals(token.type, Type.float)) refuseEnvelope('it holds a number with a fraction')
    const last = this.#open.pop()
    if (last !== undefined) this.#open.push(last - 1)
    if (!token.type.terminal) this.#open.push(itemsOf(token))
    if (this.#open.length > MOST_LEVELS) refuseEnvelope(`it is nested deeper than ${MOST_LEVELS} levels`)
    while (this.#open.at(-1) === 0) this.#open.pop()
    return token
  }
}

function itemsOf({ type, value }: ReturnType<Tokenizer['next']>): number {
  if (Type.equals(type, Type.tag)) return 1
  return Number(value) * (Type.equals(type, Type.map) ? 2 : 1)
}

const OPTIONS: DecodeOptions = {
  strict: true, allowIndefinite: false, allowUndefined: false, allowInfinity: false, allowNaN: false, allowBigInt: false, useMaps: true, rejectDuplicateMapKeys: true,
}

/** Deterministic CBOR as far as it matters: definite and shortest lengths, no name twice. Throws `malformed-signature`. */
function readCbor(bytes: Bytes, tags: NonNullable<DecodeOptions['tags']>): unknown {
  const options = { ...OPTIONS, tags }
  try {
    return decode(bytes, { ...options, tokenizer: new StrictTokenizer(bytes, options) })
  } catch (cause) {
    return refuseEnvelope('it is no CBOR that is read', { cause })
  }
}

/**
 * Reads a notation signature as COSE_Sign1 with its tag (RFC 9052). Throws `malformed-signature` for what is broken, and as {@link readAttributes} does
 * for what is not read.
 */
export function parseCose(bytes: Bytes): NotationEnvelope {
  checkSize(bytes)
  const message = readCbor(bytes, { 18: (content) => new Sign1(content()) })
  if (!(message instanceof Sign1) || !Array.isArray(message.parts) || message.parts.length !== 4) return refuseEnvelope('it is no COSE_Sign1')
  const [signedPart, unsigned, payload, signature] = message.parts as readonly unknown[]
  const [protectedBytes, payloadBytes] = [bytesOf(signedPart), bytesOf(payload)]
  const signedHeaders = headersOf(readCbor(protectedBytes, { 1: (content) => new Seconds(content()) }))
  const headers = headersOf(unsigned)
  checkLabels(signedHeaders, headers)
  const timestamp = headers.get(UNSIGNED_TIMESTAMP)
  return {
    ...readAttributes(protectedHeader(signedHeaders)),
    payload: payloadBytes,
    // Sig_structure: built anew, so that it covers what was read
    signed: Uint8Array.from(encode(['Signature1', protectedBytes, new Uint8Array(0), payloadBytes])),
    signature: bytesOf(signature),
    certificates: certificatesOf(headers.get(LABEL.certificates)),
    timestamp: timestamp === undefined ? null : bytesOf(timestamp),
  }
}

function bytesOf(value: unknown): Bytes {
  return value instanceof Uint8Array ? Uint8Array.from(value) : refuseEnvelope('something in it is no byte string')
}

/** Labels are numbers and texts: others could stand twice unseen. */
function headersOf(value: unknown): Headers {
  if (!(value instanceof Map)) return refuseEnvelope('its headers are no map')
  const headers: Headers = value
  if (![...headers.keys()].every((label) => typeof label === 'string' || typeof label === 'number')) refuseEnvelope('a header has no label that is read')
  return headers
}

/** Numbers that are not read could name a key or change what is meant (T46); no label stands in both places. */
function checkLabels(signed: Headers, unsigned: Headers): void {
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

function protectedHeader(headers: Headers): ProtectedHeader {
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
      return value instanceof Seconds ? value.value : refuseEnvelope(`${name} is no date`)
    },
  }
}
