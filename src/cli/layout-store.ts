import { randomBytes } from 'node:crypto'
import { link, lstat, mkdir, mkdtemp, open, readdir, readFile, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { archiveFiles, LIMITS, scanTar, SealdexError, tarFileHeader, type LayoutStore, type WritableLayout } from '../index.ts'
import { layoutFromDirectory } from './layout-folder.ts'
import { handedOut, letGo } from './piece.ts'

type Body = NonNullable<Awaited<ReturnType<LayoutStore['open']>>>['body']

/** Bytes that are read from a file at once. */
const PIECE = 262_144
/** The only paths of a layout. */
const PATH = /^(?:oci-layout|index\.json|blobs\/(sha256|sha512)\/[0-9a-f]+)$/

/** An image layout to be read, large blobs as streams: a folder, a tar of any size, or a small tar.gz. Throws `not-found`, `malformed` or `too-large`. */
export async function readableLayout(path: string): Promise<LayoutStore> {
  const found = await stat(path).catch(() => null)
  if (found === null) throw new SealdexError('not-found', `There is no image layout at ${path}.`)
  return found.isDirectory() ? readFolder(path) : readTarFile(path)
}

function readFolder(folder: string): LayoutStore {
  return {
    ...layoutFromDirectory(folder),
    async open(path) {
      // to open a pipe would wait for whoever writes to it
      const isFile = (await stat(join(folder, path)).catch(() => null))?.isFile() ?? false
      const file = !isFile ? null : await open(join(folder, path)).catch((error: unknown) => (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR' ? null : Promise.reject(error)))
      return file === null ? null : opened(file)
    },
  }
}

async function opened(file: FileHandle): Promise<{ readonly size: number; readonly body: Body }> {
  const { size } = await file.stat()
  return { size, body: bodyOf(file, 0, size) }
}

async function readTarFile(path: string): Promise<LayoutStore> {
  const isGzip = await during(path, (file) => pieceOf(file, 0, 2).then(([first, second]) => first === 0x1f && second === 0x8b))
  if (isGzip) {
    const { size } = await stat(path)
    if (size > LIMITS.tarBytes) throw new SealdexError('too-large', `${path} has more than ${LIMITS.tarBytes} bytes; unpack it and give the folder.`)
    return inMemory(await archiveFiles(new Uint8Array(await readFile(path))))
  }
  const files = await during(path, async (file) => scanTar({ size: (await file.stat()).size, read: (at, length) => pieceOf(file, at, length) }))
  return {
    async get(name, maxBytes) {
      const found = files.get(name)
      if (found === undefined) return null
      if (found.size > maxBytes) throw new SealdexError('too-large', `${name} has more than ${maxBytes} bytes.`)
      return during(path, (file) => pieceOf(file, found.at, found.size))
    },
    async open(name) {
      const found = files.get(name)
      if (found === undefined) return null
      const file = await open(path)
      return { size: found.size, body: bodyOf(file, found.at, found.size) }
    },
  }
}

async function during<T>(path: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path)
  try {
    return await work(file)
  } finally {
    await file.close()
  }
}

function inMemory(files: Awaited<ReturnType<typeof archiveFiles>>): LayoutStore {
  return {
    get: (path, maxBytes) => files.get(path, maxBytes),
    async open(path) {
      const bytes = await files.get(path, LIMITS.tarBytes)
      return bytes === null ? null : { size: bytes.length, body: new Blob([bytes]).stream() }
    },
  }
}

async function pieceOf(file: FileHandle, at: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const piece = new Uint8Array(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await file.read(piece, filled, length - filled, at + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return filled === length ? piece : piece.slice(0, filled)
}

/** Piece by piece; whoever reads it to the end, or leaves, lets go of the file. */
function bodyOf(file: FileHandle, from: number, size: number): Body {
  let [at, gone] = [from, false]
  const cancel = async (): Promise<void> => {
    if (gone) return
    gone = true
    await file.close()
  }
  return {
    cancel,
    getReader: () => ({
      cancel,
      letGo,
      async read() {
        const piece = gone ? new Uint8Array(0) : await pieceOf(file, at, Math.min(PIECE, from + size - at))
        at += piece.length
        if (piece.length > 0) return { done: false, value: handedOut(piece) }
        await cancel()
        return { done: true }
      },
    }),
  }
}

/** A layout that is being written. */
export interface LayoutWriter extends WritableLayout {
  /** Makes it what it is to be: for a tar, the archive itself. */
  finish(): Promise<void>
  /** Leaves nothing behind that was only needed on the way. */
  abandon(): Promise<void>
}

/** An image layout to be written: a folder, new or with a layout in it, or a new tar. Throws `bad-option` for a path that is neither. */
export async function writableLayout(path: string): Promise<LayoutWriter> {
  const found = await lstat(path).catch(() => null)
  if (found?.isDirectory() !== true && /\.(?:tgz|tar\.gz)$/.test(path)) throw new SealdexError('bad-option', `${path}: a tar is written unpacked, since its layers are packed already; name it .tar.`)
  if (found !== null && !found.isDirectory()) throw new SealdexError('bad-option', `${path} is there already; a tar is written anew: remove it, or name another.`)
  if (found === null && path.endsWith('.tar')) return tarWriter(path)
  if (found !== null && (await readdir(path)).some((name) => !name.startsWith('.')) && (await stat(join(path, 'index.json')).catch(() => null)) === null) {
    throw new SealdexError('bad-option', `${path} holds something that is no image layout; name an empty or new folder.`)
  }
  return { ...(await folderWriter(path)), finish: async () => {}, abandon: async () => {} }
}

async function folderWriter(folder: string): Promise<WritableLayout> {
  await mkdir(folder, { recursive: true })
  const root = await realpath(folder)
  const known = new Set<string>()
  const folderFor = async (path: string): Promise<void> => {
    const inside = dirname(path)
    if (inside === '.' || known.has(inside)) return
    await mkdir(join(root, inside), { recursive: true })
    // a link in a stranger's layout must not make us write elsewhere
    if ((await realpath(join(root, inside))) !== join(root, inside)) throw new SealdexError('bad-option', `${inside} of the layout is a link that leads elsewhere; nothing is written there.`)
    known.add(inside)
  }
  return {
    ...readFolder(root),
    async write(path, chunks) {
      if (!PATH.test(path)) throw new TypeError(`${path} is no path of a layout`)
      await folderFor(path)
      await writeWhole(join(root, path), chunks)
    },
  }
}

/** Beside its place first, so that whoever looks sees the whole file or none. */
async function writeWhole(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const beside = `${path}.${randomBytes(6).toString('hex')}.part`
  const file = await open(beside, 'wx').catch(said)
  try {
    for await (const chunk of chunks) {
      await file.writeFile(chunk).catch(said)
      letGo(chunk)
    }
    // what index.json names is on the disk before it is
    await file.sync()
    await file.close()
    await rename(beside, path).catch(said)
  } catch (error) {
    await file.close().catch(() => {})
    await rm(beside, { force: true })
    throw error
  }
}

/** The layout is made in a folder beside it, then packed: blobs come in at once and in any order, and an archive has one. */
async function tarWriter(path: string): Promise<LayoutWriter> {
  const stage = await mkdtemp(join(dirname(path), `.${basename(path)}.`)).catch(said)
  const abandon = (): Promise<void> => rm(stage, { recursive: true, force: true })
  return {
    ...(await folderWriter(stage)),
    abandon,
    async finish() {
      const packed = `${stage}.part`
      try {
        await writeWhole(packed, tarOf(stage))
        // a link fails where something stands by now
        await link(packed, path).catch((error: unknown) => (codeOf(error) === 'EEXIST' ? said(error) : rename(packed, path)))
      } finally {
        await rm(packed, { force: true })
        await abandon()
      }
    },
  }
}

/** The same bytes for the same files: sorted by path, no time, no owner. */
async function* tarOf(folder: string): AsyncGenerator<Uint8Array> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const names = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)).sort()
  for (const name of names) {
    const file = await open(join(folder, name))
    const { size, body } = await opened(file)
    yield tarFileHeader(name, size)
    const reader = body.getReader()
    for (let next = await reader.read(); next.done !== true; next = await reader.read()) yield next.value
    yield new Uint8Array(-size & 511)
  }
  yield new Uint8Array(1_024)
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

/** What the disk says, as an error that a person understands. */
function said(error: unknown): never {
  const code = codeOf(error)
  if (code === 'ENOSPC' || code === 'EDQUOT') throw new SealdexError('registry-full', 'There is no room left on the disk of the layout.')
  if (code === 'EEXIST') throw new SealdexError('bad-option', 'Something else was written to that path meanwhile; it was left as it is.')
  throw new SealdexError('unreachable', `The layout could not be written${code === '' ? '' : ` (${code})`}.`)
}
