/** A layer of a real image: a tar of a few files, and the same compressed. No times and no owners, so the same files give the same bytes. */
export interface Layer {
  /** Uncompressed: its digest is the layer's diff_id. */
  readonly tar: Uint8Array<ArrayBuffer>
  readonly gzip: Uint8Array<ArrayBuffer>
}

const BLOCK = 512

/** Path in the image (no leading slash, at most 100 bytes) to content. */
export async function buildLayer(files: Readonly<Record<string, string>>): Promise<Layer> {
  const blocks = Object.entries(files).flatMap(([path, text]) => {
    const content = new TextEncoder().encode(text)
    return [header(path, content.length), content, new Uint8Array((BLOCK - (content.length % BLOCK)) % BLOCK)]
  })
  // two blocks of zeros end a tar
  const tar = await bytesOf(new Blob([...blocks, new Uint8Array(2 * BLOCK)]).stream())
  const gzip = await bytesOf(new Blob([tar]).stream().pipeThrough(new CompressionStream('gzip')))
  return { tar, gzip }
}

async function bytesOf(stream: ReadableStream<BufferSource>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(stream as ReadableStream).arrayBuffer())
}

/** The ustar header of a file that anyone may read and run. */
function header(path: string, size: number): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(BLOCK)
  const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, '0')}\0`
  const put = (at: number, text: string): void => block.set(new TextEncoder().encode(text), at)
  put(0, path)
  put(100, octal(0o755, 8))
  put(108, octal(0, 8))
  put(116, octal(0, 8))
  put(124, octal(size, 12))
  put(136, octal(0, 12))
  // the checksum counts its own field as blanks
  put(148, ' '.repeat(8))
  put(156, '0')
  put(257, 'ustar\x0000')
  put(148, `${block.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, '0')}\0 `)
  return block
}
