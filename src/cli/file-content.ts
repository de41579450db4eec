import { closeSync, openSync, read as readPiece, statSync } from 'node:fs'
import type { BlobContent } from '../index.ts'
import { printable } from './escape.ts'
import { UsageError } from './failure.ts'

/** A file as content that is read piece by piece, and its first bytes. `say` is told how many of its bytes were hashed. */
export async function fileContent(path: string, say: (hashed: number, size: number) => void): Promise<BlobContent & { readonly head: Uint8Array }> {
  const size = sizeOf(path)
  const hash = process.getBuiltinModule('node:crypto').createHash('sha256')
  let [head, hashed] = [new Uint8Array(0), 0]
  for await (const chunk of read(path, 0)) {
    if (hashed === 0) head = Uint8Array.from(chunk.subarray(0, HEAD_BYTES))
    hash.update(chunk)
    hashed += chunk.length
    say(hashed, size)
  }
  return { digest: `sha256:${hash.digest('hex')}` as BlobContent['digest'], size: hashed, head, chunks: (from) => read(path, from) }
}

const HEAD_BYTES = 16_384

function sizeOf(path: string): number {
  try {
    const stat = statSync(path)
    if (!stat.isFile()) throw new UsageError(`${printable(path)} is no file.`)
    return stat.size
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(`${printable(path)} is not there, or may not be opened.`)
  }
}

/** In one buffer, which is good until the next piece is asked for: a new one for each would be a gigabyte of garbage before anyone collects it. */
async function* read(path: string, from: number): AsyncGenerator<Uint8Array> {
  const file = opened(path)
  const buffer = new Uint8Array(READ_BYTES)
  try {
    for (let at = from; ; ) {
      const length = await readInto(file, buffer, at, path)
      if (length === 0) return
      at += length
      yield buffer.subarray(0, length)
    }
  } finally {
    closeSync(file)
  }
}

const READ_BYTES = 1_048_576

function opened(path: string): number {
  try {
    return openSync(path, 'r')
  } catch {
    throw new UsageError(`${printable(path)} is not there, or may not be opened.`)
  }
}

/** Not synchronous: what is shown meanwhile moves on between two reads. */
function readInto(file: number, buffer: Uint8Array, at: number, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    readPiece(file, buffer, 0, buffer.length, at, (error, length) => (error === null ? resolve(length) : reject(new UsageError(`${printable(path)} could not be read to its end.`))))
  })
}
