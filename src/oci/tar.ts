import { concatBytes, equalBytes, utf8Decode, utf8Encode } from '../base/bytes.ts'
import { malformed, SealdexError } from '../base/errors.ts'
import * as LIMITS from '../base/limits.ts'

export const BLOCK = 512
/** Names, pax records and the like: no real one comes near. */
export const MAX_HEADER_DATA = 65_536
/** Eleven octal digits. */
const MAX_OCTAL = 8 ** 11

/** A path inside the archive, without `./` before it, and the file's bytes. */
export type Files = ReadonlyMap<string, Uint8Array<ArrayBuffer>>

/**
 * Reads a tar archive (ustar, pax paths and sizes, GNU long names) of regular files; folders are passed over. Throws `malformed` for links and devices,
 * paths that lead out of the archive, two files of one name with different bytes, and whatever is cut short or has a wrong checksum.
 */
export function readTar(archive: Uint8Array<ArrayBuffer>): Files {
  if (archive.byteLength > LIMITS.tarBytes) throw new SealdexError('too-large', `The archive has more than ${LIMITS.tarBytes} bytes; unpack it and give the folder.`)
  const files = new Map<string, Uint8Array<ArrayBuffer>>()
  let extended: Extended = {}
  for (let at = 0; at < archive.byteLength; ) {
    const header = archive.subarray(at, at + BLOCK)
    if (header.every((byte) => byte === 0)) break
    const entry = readHeader(header, extended)
    const data = archive.subarray(at + BLOCK, at + BLOCK + entry.size)
    if (data.byteLength !== entry.size) malformed('The archive is cut short.')
    at += BLOCK + padded(entry.size)
    if (saysMore(entry)) {
      extended = extendedBy(extended, entry, data)
      continue
    }
    const path = fileOf(entry)
    if (entry.type !== 'g') extended = {}
    if (path !== null) addFile(files, path, data)
  }
  return files
}

/** Bytes of a file with what fills its last block. */
export function padded(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK
}

/** Whether the entry's data are about the next entry: a pax header, or a long name of GNU's. */
export function saysMore({ type }: Header): boolean {
  return type === 'x' || type === 'L'
}

export function extendedBy(extended: Extended, { type }: Header, data: Uint8Array): Extended {
  return { ...extended, ...(type === 'x' ? readPax(bounded(data)) : { path: cString(bounded(data)) }) }
}

/** The path of a file; null for a folder and for a global header, whose comments mean nothing here. Throws for what no layout is made of. */
export function fileOf({ type, path }: Header): string | null {
  // what a global header says of paths is read by no writer of layouts
  if (type === 'g') return null
  const safe = safePath(path)
  if (type === '5') return null
  return isFile(type) ? safe : malformed('The archive holds a link or a device; an image layout is made of files.')
}

function isFile(type: string): boolean {
  return type === '0' || type === '' || type === '7'
}

function addFile(files: Map<string, Uint8Array<ArrayBuffer>>, path: string, data: Uint8Array<ArrayBuffer>): void {
  const other = files.get(path)
  if (other !== undefined && !equalBytes(other, data)) malformed('The archive holds two files of one name with different bytes.')
  files.set(path, data)
}

export interface Header {
  readonly path: string
  readonly size: number
  readonly type: string
}

/** What the entries before one say of it. */
export interface Extended {
  readonly path?: string
  readonly size?: number
}

/** Throws `malformed` for a block that is no header. */
export function readHeader(header: Uint8Array, extended: Extended): Header {
  if (header.byteLength !== BLOCK) malformed('The archive is cut short.')
  let sum = 0
  for (const [i, byte] of header.entries()) sum += i >= 148 && i < 156 ? 0x20 : byte
  if (octal(header.subarray(148, 156)) !== sum) malformed('The archive is no tar, or a header of it is damaged.')
  const name = cString(header.subarray(0, 100))
  const prefix = cString(header.subarray(257, 263)) === 'ustar' ? cString(header.subarray(345, 500)) : ''
  const [type, size] = [cString(header.subarray(156, 157)), octal(header.subarray(124, 136))]
  return { path: extended.path ?? (prefix === '' ? name : `${prefix}/${name}`), size: isFile(type) ? (extended.size ?? size) : size, type }
}

/** Sizes above 8 GiB are written in binary; nothing near that is read. */
function octal(field: Uint8Array): number {
  const text = cString(field).trim()
  if (!/^[0-7]{1,12}$/.test(text)) malformed('A number in a header of the archive is not octal.')
  return Number.parseInt(text, 8)
}

function cString(field: Uint8Array): string {
  const end = field.indexOf(0)
  return utf8Decode(end < 0 ? field : field.subarray(0, end))
}

function bounded(data: Uint8Array): Uint8Array {
  if (data.byteLength > MAX_HEADER_DATA) malformed('A name in the archive is longer than any real one.')
  return data
}

/** The records `<length> <key>=<value>\n` of a pax header that matter: path and size. */
function readPax(data: Uint8Array): Extended {
  let extended: Extended = {}
  for (let at = 0; at < data.byteLength; ) {
    const blank = data.indexOf(0x20, at)
    const lengthText = blank < 0 ? '' : utf8Decode(data.subarray(at, blank))
    const length = /^[1-9][0-9]{0,6}$/.test(lengthText) ? Number(lengthText) : 0
    const record = data.subarray(blank + 1, at + length)
    if (at + length > data.byteLength || record.at(-1) !== 0x0a) malformed('A pax header of the archive is damaged.')
    const equals = record.indexOf(0x3d)
    const key = utf8Decode(record.subarray(0, Math.max(equals, 0)))
    if (key === 'path') extended = { ...extended, path: utf8Decode(record.subarray(equals + 1, -1)) }
    if (key === 'size') extended = { ...extended, size: decimal(utf8Decode(record.subarray(equals + 1, -1))) }
    at += length
  }
  return extended
}

function decimal(text: string): number {
  return /^(?:0|[1-9][0-9]{0,14})$/.test(text) ? Number(text) : malformed('A size in a pax header of the archive is no number.')
}

/** The path without `./` and a closing slash; throws for one that leads out of the archive. */
function safePath(path: string): string {
  const clean = path.replace(/^(?:\.\/)+/, '').replace(/\/$/, '')
  if (clean === '' || clean === '.') return '.'
  const parts = clean.split('/')
  // an absolute path begins with an empty part
  if (/[\\\0]/.test(clean) || parts.some((part) => part === '..' || part === '.' || part === '')) malformed('A path in the archive leads out of it.')
  return clean
}

/** Writes files as ustar, the same bytes for the same files: sorted by path, no time, no owner, mode 0644; a pax header for paths over 100 bytes. */
export function writeTar(files: Files): Uint8Array<ArrayBuffer> {
  const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  const parts = sorted.flatMap(([path, data]) => [fileHeader(path, data.byteLength), data, new Uint8Array(padded(data.byteLength) - data.byteLength)])
  return concatBytes(...parts, new Uint8Array(2 * BLOCK))
}

/** What stands before the bytes of a file. Throws `too-large` from 8 GiB on, which take another way of writing. */
export function fileHeader(path: string, size: number): Uint8Array<ArrayBuffer> {
  if (size >= MAX_OCTAL) throw new SealdexError('too-large', `${path} has more bytes than a tar takes; copy into a folder.`)
  const name = utf8Encode(path)
  const longName = name.byteLength > 100 ? entryOf(utf8Encode('././@PaxHeader'), 'x', paxRecord('path', path)) : []
  return concatBytes(...longName, writeHeader(name.subarray(0, 100), '0', size))
}

function entryOf(name: Uint8Array, type: string, data: Uint8Array): readonly Uint8Array[] {
  return [writeHeader(name, type, data.byteLength), data, new Uint8Array(-data.byteLength & (BLOCK - 1))]
}

/** `<length> <key>=<value>\n`, where the length counts its own digits. */
function paxRecord(key: string, value: string): Uint8Array {
  const rest = utf8Encode(` ${key}=${value}\n`)
  let length = rest.byteLength
  while (String(length).length + rest.byteLength !== length) length = String(length).length + rest.byteLength
  return concatBytes(utf8Encode(String(length)), rest)
}

function writeHeader(name: Uint8Array, type: string, size: number): Uint8Array {
  const header = new Uint8Array(BLOCK)
  const put = (at: number, text: string) => header.set(utf8Encode(text), at)
  header.set(name)
  put(100, '0000644\0')
  put(108, '0000000\0')
  put(116, '0000000\0')
  put(124, `${size.toString(8).padStart(11, '0')}\0`)
  put(136, '00000000000\0')
  put(148, '        ')
  put(156, type)
  put(257, 'ustar\x0000')
  const sum = header.reduce((total, byte) => total + byte, 0)
  put(148, `${sum.toString(8).padStart(6, '0')}\0 `)
  return header
}
