import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { utf8Encode } from '../../src/base/bytes.ts'
import * as LIMITS from '../../src/base/limits.ts'
import { archiveFiles, gunzip, memoryFiles, openLayout } from '../../src/oci/layout.ts'
import { writeTar } from '../../src/oci/tar.ts'

const MARKER = '{"imageLayoutVersion":"1.0.0"}'
const INDEX = '{"schemaVersion":2,"manifests":[]}'

function filesOf(content: Readonly<Record<string, string>>) {
  return new Map(Object.entries(content).map(([path, text]) => [path, utf8Encode(text)]))
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(() => 'read', (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : 'thrown'))
}

test('a layout from memory, tar and tar.gz', async () => {
  const content = filesOf({ 'oci-layout': MARKER, 'index.json': INDEX, 'blobs/sha256/x': 'y' })
  const tar = writeTar(content)
  for (const files of [memoryFiles(content), await archiveFiles(tar), await archiveFiles(new Uint8Array(gzipSync(tar)))]) {
    expect((await openLayout(files)).entries).toEqual([])
    expect(await files.get('blobs/sha256/x', 10)).toEqual(utf8Encode('y'))
    expect(await files.get('blobs/sha256/z', 10)).toBeNull()
    expect(await codeOf(files.get('index.json', 10))).toBe('too-large')
  }
})

describe('what is no layout', () => {
  test.each([
    ['nothing', {}, 'malformed'],
    ['no oci-layout', { 'index.json': INDEX }, 'malformed'],
    ['no index.json', { 'oci-layout': MARKER }, 'malformed'],
    ['version 2', { 'oci-layout': '{"imageLayoutVersion":"2.0.0"}', 'index.json': INDEX }, 'malformed'],
    ['no JSON', { 'oci-layout': MARKER, 'index.json': 'x' }, 'malformed-json'],
    ['T7: a name twice', { 'oci-layout': MARKER, 'index.json': '{"manifests":[],"manifests":[]}' }, 'malformed-json'],
    ['T6: a name in two spellings', { 'oci-layout': MARKER, 'index.json': '{"manifests":[],"Manifests":[]}' }, 'malformed'],
    ['no list', { 'oci-layout': MARKER, 'index.json': '{"schemaVersion":2}' }, 'malformed'],
    ['T5: a digest that leads out', { 'oci-layout': MARKER, 'index.json': '{"manifests":[{"mediaType":"a","digest":"sha256:../../x","size":1}]}' }, 'unsupported-digest'],
  ])('%s', async (_, content, code) => {
    expect(await codeOf(openLayout(memoryFiles(filesOf(content))))).toBe(code)
  })

  test('an index.json above the limit', async () => {
    const files = memoryFiles(new Map([['oci-layout', utf8Encode(MARKER)], ['index.json', new Uint8Array(LIMITS.manifestBytes + 1)]]))
    expect(await codeOf(openLayout(files))).toBe('too-large')
  })
})

test('T14: a gzip bomb is left at the limit; damaged gzip is malformed', async () => {
  const bomb = new Uint8Array(gzipSync(new Uint8Array(2_000_000)))
  expect(await codeOf(gunzip(bomb, 1_000_000))).toBe('too-large')
  expect(await codeOf(gunzip(bomb, 2_000_000))).toBe('read')
  expect(await codeOf(gunzip(bomb.slice(0, -9), 2_000_000))).toBe('malformed')
  expect(await codeOf(archiveFiles(Uint8Array.of(0x1f, 0x8b, 1, 2, 3)))).toBe('malformed')
})
