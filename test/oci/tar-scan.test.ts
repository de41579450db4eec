import { describe, expect, test } from 'vitest'
import { scanTar, type Archive } from '../../src/oci/tar-scan.ts'
import { fileHeader, readTar, writeTar } from '../../src/oci/tar.ts'
import { concatBytes, utf8Encode } from '../../src/base/bytes.ts'

function archive(bytes: Uint8Array<ArrayBuffer>): Archive {
  return { size: bytes.length, read: async (at, length) => bytes.slice(at, at + length) }
}

const FILES = new Map([['index.json', utf8Encode('{}')], [`blobs/sha256/${'a'.repeat(64)}`, new Uint8Array(1_300).fill(7)], [`long/${'x'.repeat(180)}`, utf8Encode('y')], ['empty', new Uint8Array(0)]])

describe('scanTar', () => {
  test('finds every file where it stands, as readTar does', async () => {
    const bytes = writeTar(FILES)
    const found = await scanTar(archive(bytes))
    expect(new Map([...found].map(([path, { at, size }]) => [path, bytes.slice(at, at + size)]))).toEqual(new Map([...readTar(bytes)].map(([path, data]) => [path, data.slice()])))
  })

  const broken: readonly (readonly [string, Uint8Array<ArrayBuffer>, string])[] = [
    ['cut short', writeTar(FILES).slice(0, 700), 'cut short'],
    ['a file that is longer than the archive', fileHeader('a', 5_000), 'cut short'],
    ['a damaged header', writeTar(FILES).map((byte, i) => (i === 3 ? byte ^ 1 : byte)), 'damaged'],
    ['two files of one name', concatBytes(fileHeader('a', 0), fileHeader('a', 0), new Uint8Array(1_024)), 'two files of one name'],
    ['a path that leads out', concatBytes(fileHeader('../a', 0), new Uint8Array(1_024)), 'leads out'],
  ]
  test.each(broken)('%s', async (_, bytes, said) => {
    await expect(scanTar(archive(bytes))).rejects.toMatchObject({ code: 'malformed', message: expect.stringContaining(said) as string })
  })

  test('a file that no octal field can say', () => {
    expect(() => fileHeader('a', 8 ** 11)).toThrow('more bytes than a tar takes')
  })
})
