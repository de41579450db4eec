import { concatBytes, utf8Encode } from '../../src/base/bytes.ts'

export interface RawEntry {
  readonly path: string
  readonly type?: string
  readonly data?: string
  /** What the header says, if not the truth. */
  readonly size?: number
}

/** A tar with whatever in it, headers well formed. */
export function rawTar(entries: readonly RawEntry[]): Uint8Array<ArrayBuffer> {
  const parts = entries.flatMap(({ path, type = '0', data = '', size = data.length }) => {
    const body = utf8Encode(data)
    return [header(path, type, size), body, new Uint8Array(-body.length & 511)]
  })
  return concatBytes(...parts, new Uint8Array(1_024))
}

function header(path: string, type: string, size: number): Uint8Array {
  const block = new Uint8Array(512)
  const put = (at: number, text: string): void => block.set(utf8Encode(text), at)
  put(0, path)
  put(100, '0000777\0')
  put(124, `${size.toString(8).padStart(11, '0')}\0`)
  put(148, '        ')
  put(156, type)
  put(257, 'ustar\x0000')
  put(148, `${block.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, '0')}\0 `)
  return block
}
