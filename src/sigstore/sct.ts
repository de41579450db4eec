import { concatBytes, equalBytes, hexDecode, hexEncode } from '../base/bytes.ts'
import { oidHex, readDer, readOctetString, readOid, readSequence, writeDer, writeSequence, type DerNode } from '../base/der.ts'
import { SealdexError } from '../base/errors.ts'
import * as LIMITS from '../base/limits.ts'
import type { AlgorithmName, HashName } from '../crypto/algorithms.ts'
import { sha256Now } from '../crypto/digest.ts'
import type { PublicKey } from '../crypto/public-key.ts'
import { verifySignature } from '../crypto/signature.ts'
import { algorithmWith } from '../x509/algorithm.ts'
import type { Certificate } from '../x509/certificate.ts'
import { isWithin, type TimeWindow } from '../x509/time.ts'

/** A certificate transparency log that the caller trusts. */
export interface CtLog {
  /** Its id, SHA-256 of its key, in lower-case hex; more than one where it goes by others too. */
  readonly ids: readonly string[]
  readonly key: PublicKey
  /** When its signatures count. */
  readonly validFor: TimeWindow
}

/** A signed certificate timestamp of version 1 (RFC 6962, section 3.2). */
export interface Sct {
  readonly logId: string
  /** Milliseconds since 1970. */
  readonly timestamp: bigint
  readonly extensions: Uint8Array<ArrayBuffer>
  /** TLS 1.2 numbers of hash and signature algorithm. */
  readonly hash: number
  readonly scheme: number
  readonly signature: Uint8Array<ArrayBuffer>
}

const SCT_LIST = oidHex('1.3.6.1.4.1.11129.2.4.2')
const HASHES: Readonly<Record<number, HashName>> = { 4: 'SHA-256', 5: 'SHA-384', 6: 'SHA-512' }
const [RSA, ECDSA, ED25519, INTRINSIC] = [1, 3, 7, 8]

function refuse(why: string): never {
  throw new SealdexError('bad-certificate', `The list of signed certificate timestamps is broken: ${why}.`)
}

/** Reads TLS vectors one after the other. */
class TlsReader {
  readonly #bytes: Uint8Array<ArrayBuffer>
  #at = 0

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#bytes = bytes
  }

  get done(): boolean {
    return this.#at === this.#bytes.length
  }

  take(length: number): Uint8Array<ArrayBuffer> {
    if (length > this.#bytes.length - this.#at) refuse('it ends too early')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  byte(): number {
    return this.take(1)[0] ?? 0
  }

  /** A vector with its length in two bytes. */
  vector(): Uint8Array<ArrayBuffer> {
    return this.take(this.byte() * 256 + this.byte())
  }
}

/** The timestamps embedded in a certificate; none where it has no such extension. Throws `bad-certificate`. */
export function readScts({ extensions }: Certificate): Sct[] {
  const extension = extensions.get(SCT_LIST)
  if (extension === undefined) return []
  const outer = new TlsReader(octets(extension.value))
  const list = new TlsReader(outer.vector())
  if (!outer.done) refuse('bytes follow it')
  const scts: Sct[] = []
  while (!list.done) {
    if (scts.length >= LIMITS.certificateScts) refuse(`it holds more than ${LIMITS.certificateScts}`)
    scts.push(readSct(list.vector()))
  }
  return scts
}

function octets(value: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  try {
    return readOctetString(readDer(value), 'it')
  } catch {
    return refuse('it is no OCTET STRING')
  }
}

function readSct(bytes: Uint8Array<ArrayBuffer>): Sct {
  const reader = new TlsReader(bytes)
  if (reader.byte() !== 0) refuse('one is not of version 1')
  const logId = hexEncode(reader.take(32))
  const timestamp = BigInt(`0x${hexEncode(reader.take(8))}`)
  const extensions = reader.vector()
  const [hash, scheme] = [reader.byte(), reader.byte()]
  const signature = reader.vector()
  if (!reader.done) refuse('bytes follow one')
  return { logId, timestamp, extensions, hash, scheme, signature }
}

/** A timestamp that verified, and by which log. */
export interface VerifiedSct<Log extends CtLog> {
  readonly log: Log
  /** Seconds since 1970. */
  readonly time: number
}

/**
 * Those of the certificate's timestamps that a trusted log made within its validity, over the precertificate that the issuer's key was to sign; one for each
 * log, so that their number counts logs (T32). Others say nothing. Throws `bad-certificate` for a list that is broken.
 */
export async function verifyScts<Log extends CtLog>(certificate: Certificate, issuer: Certificate, logs: readonly Log[]): Promise<VerifiedSct<Log>[]> {
  const scts = readScts(certificate)
  if (scts.length === 0) return []
  const entry = precertificateEntry(certificate, issuer)
  const verified = new Map<string, VerifiedSct<Log>>()
  for (const sct of scts) {
    const log = await logOf(sct, entry, logs)
    if (log !== null) verified.set(log.key.keyId, { log, time: secondsOf(sct) })
  }
  return [...verified.values()]
}

function secondsOf({ timestamp }: Sct): number {
  return Number(timestamp) / 1000
}

async function logOf<Log extends CtLog>(sct: Sct, entry: Uint8Array, logs: readonly Log[]): Promise<Log | null> {
  for (const log of logs) {
    if (!log.ids.includes(sct.logId) || !isWithin(log.validFor, secondsOf(sct))) continue
    const algorithm = algorithmOf(sct, log.key)
    if (algorithm !== null && await verifySignature(log.key, algorithm, sct.signature, signedBytes(sct, entry))) return log
  }
  return null
}

function algorithmOf({ hash, scheme }: Sct, key: PublicKey): AlgorithmName | null {
  if (scheme === ED25519) return hash === INTRINSIC ? algorithmWith({ scheme: 'ed25519' }, key) : null
  const name = HASHES[hash]
  if (name === undefined || (scheme !== RSA && scheme !== ECDSA)) return null
  return algorithmWith({ scheme: scheme === RSA ? 'rsa-pkcs1' : 'ecdsa', hash: name }, key)
}

/** version v1, certificate_timestamp, time, precert_entry, the entry, the extensions. */
function signedBytes({ timestamp, extensions }: Sct, entry: Uint8Array): Uint8Array<ArrayBuffer> {
  const time = hexDecode(timestamp.toString(16).padStart(16, '0'))
  return concatBytes(Uint8Array.of(0, 0), time, Uint8Array.of(0, 1), entry, uint(extensions.length, 2), extensions)
}

function uint(value: number, bytes: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: bytes }, (_, at) => Math.floor(value / 256 ** (bytes - 1 - at)) % 256)
}

/** PreCert of RFC 6962: the hash of the issuer's key, and what is signed of the certificate without the list of timestamps. */
function precertificateEntry(certificate: Certificate, issuer: Certificate): Uint8Array<ArrayBuffer> {
  const tbs = withoutScts(certificate)
  // the key's id is that hash, where the key is written as we write it
  const sameForm = equalBytes(issuer.spki, issuer.publicKey.spki)
  return concatBytes(sameForm ? hexDecode(issuer.publicKey.keyId) : sha256Now(issuer.spki), uint(tbs.length, 3), tbs)
}

/** DER is strict, so that only the extension and the lengths around it change. */
function withoutScts({ tbs }: Certificate): Uint8Array<ArrayBuffer> {
  const fields = readSequence(readDer(tbs), 'the certificate')
  return writeSequence(...fields.map((field) => withoutList(field)))
}

function withoutList(field: DerNode): Uint8Array<ArrayBuffer> {
  if (field.class !== 'context' || field.tag !== 3) return field.bytes
  const extensions = readSequence(field.children[0], 'the extensions')
  const others = extensions.filter(({ children }) => readOid(children[0], 'the name of an extension') !== SCT_LIST)
  return writeDer(0xa3, writeSequence(...others.map(({ bytes }) => bytes)))
}
