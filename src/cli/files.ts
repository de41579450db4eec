import { lstatSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { printable } from './escape.ts'
import { UsageError } from './failure.ts'

// Synchronous: there is nothing else to do meanwhile, and the promises of node:fs take longer to load than a key to read.

/** Larger files are none of what is read here: keys, policies, certificates. */
const MOST_BYTES = 4_194_304

/** The text of a file that an option names. Throws {@link UsageError} with the option's name. */
export function textOf(path: string, option: string): string {
  try {
    const bytes = readFileSync(path)
    if (bytes.byteLength > MOST_BYTES) throw new UsageError(`${option}: ${printable(path)} has more than ${MOST_BYTES} bytes; it is not the file that is meant.`)
    return bytes.toString('utf8')
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(`${option}: ${printable(path)} ${reason(error)}.`)
  }
}

/** The bytes of a file, at most `most` of them. Throws {@link UsageError}. */
export function bytesOf(path: string, what: string, most: number = MOST_BYTES): Uint8Array<ArrayBuffer> {
  try {
    const { size } = statSync(path)
    if (size > most) throw new UsageError(`${what}: ${printable(path)} has more than ${most} bytes, which are not read.`)
    return Uint8Array.from(readFileSync(path))
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(`${what}: ${printable(path)} ${reason(error)}.`)
  }
}

/** Writes a file. `exclusive`: only where none stands yet. Throws {@link UsageError}. */
export function save(path: string, content: string | Uint8Array, option: string, { exclusive = false, mode = 0o666 }: { readonly exclusive?: boolean; readonly mode?: number } = {}): void {
  try {
    writeFileSync(path, content, { flag: exclusive ? 'wx' : 'w', mode })
  } catch (error) {
    const isFolderMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    throw new UsageError(`${option}: ${printable(path)} ${isFolderMissing ? 'would be in a folder that is not there' : reason(error)}.`)
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'is not there', ENOTDIR: 'is not there', EACCES: 'may not be opened', EPERM: 'may not be opened', EISDIR: 'is a folder', EEXIST: 'is there already', ENOSPC: 'does not fit on the disk', EROFS: 'is on a disk that is not written to',
}

function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return REASONS[code] ?? `could not be opened${code === '' ? '' : ` (${code})`}`
}

/** The first of these paths at which something stands; null if none does. */
export function existing(paths: readonly string[]): string | null {
  return paths.find(isThere) ?? null
}

function isThere(path: string): boolean {
  try {
    lstatSync(path)
    return true
  } catch {
    return false
  }
}

/** Removes files that are there, so that new ones get their own mode and follow no link. */
export function takeAway(paths: readonly string[]): void {
  for (const path of paths) {
    try {
      rmSync(path, { force: true })
    } catch {
      // who writes there next says why it cannot
    }
  }
}
