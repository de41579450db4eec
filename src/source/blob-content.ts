import { digestOf, type Digest } from '../crypto/digest.ts'

/** Content that is read piece by piece, as often as it takes: a file, say. Its digest and size are known before. */
export interface BlobContent {
  readonly digest: Digest
  /** Bytes. */
  readonly size: number
  /** The bytes from this offset on, in pieces of any size. Rejects where they cannot be read. */
  chunks(from: number): AsyncIterable<Uint8Array>
}

/** Bytes in memory, by their sha256 digest. */
export async function contentOf(bytes: Uint8Array<ArrayBuffer>): Promise<BlobContent> {
  return {
    digest: await digestOf(bytes),
    size: bytes.byteLength,
    async *chunks(from) {
      yield bytes.subarray(from)
    },
  }
}

/** The content again, cut into pieces of exactly `size` bytes, but for the last one; never more than one of them in memory. */
export async function* piecesOf(content: BlobContent, from: number, size: number): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let piece = new Uint8Array(Math.min(size, Math.max(0, content.size - from)))
  let filled = 0
  let sent = from
  for await (const chunk of content.chunks(from)) {
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + piece.length - filled)
      // more than the content is said to have
      if (part.length === 0) return
      piece.set(part, filled)
      filled += part.length
      at += part.length
      if (filled < piece.length) continue
      yield piece
      sent += filled
      piece = new Uint8Array(Math.min(size, Math.max(0, content.size - sent)))
      filled = 0
    }
  }
  if (filled > 0) yield piece.slice(0, filled)
}
