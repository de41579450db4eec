import { malformed, SealdexError } from '../base/errors.ts'
import * as LIMITS from '../base/limits.ts'
import { BLOCK, extendedBy, fileOf, MAX_HEADER_DATA, padded, readHeader, saysMore, type Extended } from './tar.ts'

/** An archive of any size, of which pieces are read. */
export interface Archive {
  /** Bytes. */
  readonly size: number
  /** Fewer bytes at its end only. */
  read(at: number, length: number): Promise<Uint8Array<ArrayBuffer>>
}

/** Where a file stands in an archive. */
export interface ArchivedFile {
  readonly at: number
  readonly size: number
}

/** As readTar, for archives that are too large to be held: where each file stands. Throws as it does, and for every name that stands there twice. */
export async function scanTar(archive: Archive): Promise<ReadonlyMap<string, ArchivedFile>> {
  const files = new Map<string, ArchivedFile>()
  let [extended, entries]: [Extended, number] = [{}, 0]
  for (let at = 0; at < archive.size; ) {
    const header = await archive.read(at, BLOCK)
    if (header.every((byte) => byte === 0)) break
    entries += 1
    if (entries > 16 * LIMITS.layoutManifests) throw new SealdexError('too-many-descriptors', 'The archive holds more files than any image layout.')
    const entry = readHeader(header, extended)
    const start = at + BLOCK
    if (start + entry.size > archive.size) malformed('The archive is cut short.')
    at = start + padded(entry.size)
    if (saysMore(entry)) {
      if (entry.size > MAX_HEADER_DATA) malformed('A name in the archive is longer than any real one.')
      extended = extendedBy(extended, entry, await archive.read(start, entry.size))
      continue
    }
    const path = fileOf(entry)
    if (entry.type !== 'g') extended = {}
    if (path === null) continue
    if (files.has(path)) malformed('The archive holds two files of one name.')
    files.set(path, { at: start, size: entry.size })
  }
  return files
}
