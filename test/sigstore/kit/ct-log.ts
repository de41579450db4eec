import { concatBytes } from '../../../src/base/bytes.ts'
import { writeOctetString } from '../../../src/base/der.ts'
import type { Extension } from './certificate.ts'
import type { Bytes } from './der.ts'
import { hashOf, makeKey, type KeyKind, type SigningKey } from './keys.ts'
import type { Random } from './random.ts'
import { always, type Window } from './window.ts'

/** A certificate transparency log that signs, and keeps no tree (RFC 6962, 3.2). */
export interface CtLog {
  readonly key: SigningKey
  readonly logId: Bytes
  readonly validFor: Window
}

export function makeCtLog(random: Random, kind: KeyKind = 'P-256', validFor: Window = always): CtLog {
  const key = makeKey(kind, random)
  return { key, logId: hashOf('SHA-256', key.spki), validFor }
}

export interface SctChoices {
  /** Milliseconds since 1970. */
  readonly timestamp: number
  /** Bytes of the SCT's own extensions. */
  readonly extensions?: Uint8Array
  /** The issuer whose key's hash is signed. */
  readonly issuerSpki: Uint8Array
}

/** A signed certificate timestamp over the precertificate: the signed part of the certificate without the list of these. */
export function signCertificateTimestamp(log: CtLog, tbs: Uint8Array, { timestamp, extensions = new Uint8Array(0), issuerSpki }: SctChoices): Bytes {
  const time = unsigned(timestamp, 8)
  const signed = concatBytes(Uint8Array.of(0, 0), time, Uint8Array.of(0, 1), hashOf('SHA-256', issuerSpki), prefixed(tbs, 3), prefixed(extensions, 2))
  const scheme = log.key.kind === 'RSA-2048' ? 1 : 3
  return concatBytes(Uint8Array.of(0), log.logId, time, prefixed(extensions, 2), Uint8Array.of(4, scheme), prefixed(log.key.sign(signed, 'SHA-256'), 2))
}

export function sctExtension(scts: readonly Uint8Array[]): Extension {
  const list = prefixed(concatBytes(...scts.map((sct) => prefixed(sct, 2))), 2)
  return { oid: '1.3.6.1.4.1.11129.2.4.2', critical: false, value: writeOctetString(list) }
}

function prefixed(bytes: Uint8Array, size: number): Bytes {
  return concatBytes(unsigned(bytes.length, size), bytes)
}

function unsigned(value: number, size: number): Bytes {
  return Uint8Array.from({ length: size }, (_, at) => Math.floor(value / 256 ** (size - 1 - at)) % 256)
}
