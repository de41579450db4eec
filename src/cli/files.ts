import { lstat, readFile, rm, writeFile } from 'node:fs/promises'
import { printable } from './escape.ts'
import { UsageError } from './failure.ts'

/** Larger files are none of what is read here: keys, policies, certificates. */
const MOST_BYTES = 4_194_304

/** The text of a file that an option names. Throws {@link UsageError} with the option's name. */
export async function textOf(path: string, option: string): Promise<string> {
  try {
    const bytes = await readFile(path)
    if (bytes.byteLength > MOST_BYTES) throw new UsageError(`${option}: ${printable(path)} has more than ${MOST_BYTES} bytes; it is not the file that is meant.`)
    return bytes.toString('utf8')
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(`${option}: ${printable(path)} ${reason(error)}.`)
  }
}

/** Writes a file. `exclusive`: only where none stands yet. Throws {@link UsageError}. */
export async function save(path: string, content: string | Uint8Array, option: string, { exclusive = false, mode = 0o666 }: { readonly exclusive?: boolean; readonly mode?: number } = {}): Promise<void> {
  try {
    await writeFile(path, content, { flag: exclusive ? 'wx' : 'w', mode })
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
export async function existing(paths: readonly string[]): Promise<string | null> {
  for (const path of paths) if ((await lstat(path).catch(() => null)) !== null) return path
  return null
}

/** Removes files that are there, so that new ones get their own mode and follow no link. */
export async function takeAway(paths: readonly string[]): Promise<void> {
  await Promise.all(paths.map((path) => rm(path, { force: true }).catch(() => {})))
}
