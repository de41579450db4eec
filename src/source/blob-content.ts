import { digestOf, type Digest } from '../crypto/digest.ts'

/** Content that is read piece by piece, as often as it takes: a file, say. Its digest and size are known before. */
export interface BlobContent {
  readonly digest: Digest
  /** Bytes. */
  readonly size: number
  /** The bytes from this offset on, in pieces of any size, each good until the next is asked for. Rejects where they cannot be read. */
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

/** The content again, cut into pieces of exactly `size` bytes, but for the last one. All in one buffer: a piece is good until the next one is asked for. */
export async function* piecesOf(content: BlobContent, from: number, size: number): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const piece = new Uint8Array(Math.min(size, Math.max(0, content.size - from)))
  let [filled, left] = [0, content.size - from]
  for await (const chunk of content.chunks(from)) {
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + Math.min(piece.length - filled, left - filled))
      // more than the content is said to have
      if (part.length === 0) return
      piece.set(part, filled)
      filled += part.length
      at += part.length
      if (filled < Math.min(piece.length, left)) continue
      yield piece.subarray(0, filled)
      left -= filled
      filled = 0
    }
  }
  if (filled > 0) yield piece.subarray(0, filled)
}
