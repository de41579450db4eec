import { concatBytes, utf8Encode } from '../../../src/base/bytes.ts'
import { writeDer, writeOid, writeSequence, writeUnsigned } from '../../../src/base/der.ts'
import * as TAG from '../../../src/base/der-tags.ts'

/** What a certificate authority and a timestamp authority write beyond what `src/base/der.ts` writes. */

export type Bytes = Uint8Array<ArrayBuffer>

export function writeSet(...parts: readonly Uint8Array[]): Bytes {
  // SET OF in DER: its elements in the order of their bytes.
  return writeDer(0x31, ...[...parts].sort((a, b) => Buffer.compare(a, b)))
}

/** `[tag]` with elements inside. */
export function writeExplicit(tag: number, ...parts: readonly Uint8Array[]): Bytes {
  return writeDer(0xa0 | tag, ...parts)
}

/** `[tag] IMPLICIT` over plain bytes. */
export function writeImplicit(tag: number, content: Uint8Array): Bytes {
  return writeDer(0x80 | tag, content)
}

export function writeInteger(value: number): Bytes {
  return writeUnsigned(Uint8Array.of(value / 2 ** 24, value / 2 ** 16, value / 256, value))
}

export function writeBoolean(value: boolean): Bytes {
  return writeDer(TAG.boolean, Uint8Array.of(value ? 0xff : 0))
}

export function writeUtf8(text: string): Bytes {
  return writeDer(TAG.utf8String, utf8Encode(text))
}

/** UTCTime up to 2049, GeneralizedTime after; seconds since 1970. */
export function writeTime(seconds: number): Bytes {
  return seconds < Date.UTC(2050) / 1000 ? writeDer(TAG.utcTime, utf8Encode(digits(seconds).slice(2))) : writeGeneralizedTime(seconds)
}

export function writeGeneralizedTime(seconds: number, fraction: string = ''): Bytes {
  return writeDer(TAG.generalizedTime, utf8Encode(digits(seconds).replace('Z', `${fraction}Z`)))
}

function digits(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/[-:T]|\.\d+/g, '')
}

/** A distinguished name of an organization and a common name; an empty list is the empty name. */
export function writeName(organization: string | null, commonName: string | null): Bytes {
  const part = (oid: string, text: string | null): readonly Bytes[] => (text === null ? [] : [writeSet(writeSequence(writeOid(oid), writeDer(TAG.printableString, utf8Encode(text))))])
  return writeSequence(...part('2.5.4.10', organization), ...part('2.5.4.3', commonName))
}

/** The element as if it stood under another tag byte: `[0] IMPLICIT` for a SET, say. */
export function retag(element: Uint8Array, tagByte: number): Bytes {
  return concatBytes(Uint8Array.of(tagByte), element.subarray(1))
}

/** Sequences inside sequences, this many levels. */
export function deepSequence(levels: number): Bytes {
  let bytes = writeSequence()
  for (let level = 1; level < levels; level++) bytes = writeSequence(bytes)
  return bytes
}
