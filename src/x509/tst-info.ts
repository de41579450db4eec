import { hexEncode } from '../base/bytes.ts'
import { DerFields, readBoolean, readSmallInteger } from '../base/der-fields.ts'
import { readDer, readOctetString, readOid, readSequence, expectTag, type DerNode } from '../base/der.ts'
import * as TAG from '../base/der-tags.ts'
import { SealdexError } from '../base/errors.ts'
import type { HashName } from '../crypto/algorithms.ts'
import { readHashAlgorithm } from './algorithm.ts'
import { readGeneralizedTime } from './time.ts'

/** What a timestamp authority states (TSTInfo of RFC 3161, section 2.4.2). */
export interface TstInfo {
  readonly hash: HashName
  /** The hash of the bytes that the timestamp is about. */
  readonly imprint: Uint8Array<ArrayBuffer>
  /** Seconds since 1970, with fractions. */
  readonly time: number
  /** How far the time may be off, in seconds; null where the authority does not say. */
  readonly accuracy: number | null
  /** Of the request that it answers, its bytes in lower-case hex; null where it has none. */
  readonly nonce: string | null
}

function refuse(why: string): never {
  throw new SealdexError('bad-timestamp', `The timestamp is not accepted: ${why}.`)
}

/** Throws `bad-timestamp`, `bad-certificate` (a hash that is not accepted) or `malformed-der`. */
export function readTstInfo(der: Uint8Array<ArrayBuffer>): TstInfo {
  const fields = new DerFields(readSequence(readDer(der), 'TSTInfo'), 'TSTInfo')
  if (readSmallInteger(expectTag(fields.next(), TAG.integer, 'the version'), 'the version') !== 1) refuse('TSTInfo is not of version 1')
  readOid(fields.next(), 'the policy')
  const [hash, imprint, ...more] = readSequence(fields.next(), 'the imprint')
  if (more.length > 0) refuse('its imprint holds more than algorithm and hash')
  // some authorities write random bytes, so that it may be negative; nothing asks for it
  expectTag(fields.next(), TAG.integer, 'the serial number')
  const time = readGeneralizedTime(fields.next(), 'the time of the timestamp')
  const accuracy = fields.optional(TAG.sequence)
  const ordering = fields.optional(TAG.boolean)
  if (ordering !== null) readBoolean(ordering, 'ordering')
  const nonce = fields.optional(TAG.integer)
  fields.context(0, true)
  const extensions = fields.context(1, true)
  fields.end()
  if (extensions !== null) refuse('it has extensions, and none is read')
  return {
    hash: readHashAlgorithm(hash), imprint: readOctetString(imprint, 'the imprint'), time, accuracy: accuracy === null ? null : readAccuracy(accuracy), nonce: nonce === null ? null : hexEncode(nonce.content),
  }
}

function readAccuracy(node: DerNode): number {
  const fields = new DerFields(node.children, 'the accuracy')
  const seconds = fields.optional(TAG.integer)
  const [millis, micros] = [fields.context(0, false), fields.context(1, false)]
  fields.end()
  const number = (part: DerNode | null): number => (part === null ? 0 : readSmallInteger(part, 'the accuracy'))
  return number(seconds) + number(millis) / 1e3 + number(micros) / 1e6
}
