import { open, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { archiveFiles, LIMITS, SealdexError, type LayoutFiles } from '../index.ts'

/** An image layout in a folder or in a tar or tar.gz file. Throws `not-found` if there is neither, `too-large` or `malformed` for an archive that is not taken. */
export async function layoutFilesAt(path: string): Promise<LayoutFiles> {
  const found = await stat(path).catch(() => null)
  if (found === null) throw new SealdexError('not-found', `There is no image layout at ${path}.`)
  if (found.isDirectory()) return layoutFromDirectory(path)
  if (found.size > LIMITS.tarBytes) throw new SealdexError('too-large', `${path} has more than ${LIMITS.tarBytes} bytes; unpack it and give the folder.`)
  return archiveFiles(new Uint8Array(await readFile(path)))
}

/** The files of an image layout in a folder. The paths asked for are made here and in digests only, so none leads out of it. */
export function layoutFromDirectory(folder: string): LayoutFiles {
  return {
    async get(path, maxBytes) {
      const file = await open(join(folder, path)).catch((error: unknown) => {
        if (isMissing(error)) return null
        throw new SealdexError('unreachable', `${path} of the image layout could not be read.`)
      })
      if (file === null) return null
      try {
        const { size } = await file.stat()
        if (size > maxBytes) throw new SealdexError('too-large', `${path} has more than ${maxBytes} bytes.`)
        return new Uint8Array(await file.readFile())
      } finally {
        await file.close()
      }
    },
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
}
