import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { utf8Encode } from '../../src/base/bytes.ts'
import { SealdexError } from '../../src/base/errors.ts'
import * as LIMITS from '../../src/base/limits.ts'
import { readTar, writeTar, type Files } from '../../src/oci/tar.ts'
import { rawTar } from './raw-tar.ts'

const LONG = `blobs/sha512/${'a'.repeat(128)}`

function codeOf(archive: Uint8Array<ArrayBuffer>): string {
  try {
    readTar(archive)
    return 'read'
  } catch (error) {
    return error instanceof SealdexError ? error.code : 'thrown'
  }
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'sealdex-'))
  onTestFinished(() => rmSync(path, { recursive: true }))
  return path
}

describe('what is written', () => {
  const files: Files = new Map([['index.json', utf8Encode('{}')], [LONG, utf8Encode('long')], ['blobs/sha256/x', new Uint8Array(1_025)], ['empty', new Uint8Array(0)]])

  test('is read back', () => {
    expect(readTar(writeTar(files))).toEqual(files)
  })

  test('is the same bytes for the same files, whatever their order', () => {
    expect(writeTar(new Map([...files].reverse()))).toEqual(writeTar(files))
    expect(writeTar(files).byteLength % 512).toBe(0)
  })

  test('is read by tar, with mode 0644 and no time', () => {
    const dir = folder()
    writeFileSync(join(dir, 'a.tar'), writeTar(files))
    execFileSync('tar', ['-xf', 'a.tar'], { cwd: dir })
    expect(readFileSync(join(dir, LONG), 'utf8')).toBe('long')
    expect(execFileSync('tar', ['--utc', '-tvf', 'a.tar'], { cwd: dir, encoding: 'utf8' })).toMatch(/^-rw-r--r-- 0\/0 +4 1970-01-01 00:00 blobs/m)
  })

  test('any files', () => {
    const path = fc.array(fc.stringMatching(/^[a-zA-Z0-9_é-]{1,60}$/), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'))
    fc.assert(fc.property(fc.uniqueArray(fc.tuple(path, fc.uint8Array({ maxLength: 1_200 })), { selector: ([name]) => name, maxLength: 5 }), (entries) => {
      const map: Files = new Map(entries.map(([name, bytes]) => [name, new Uint8Array(bytes)]))
      expect(readTar(writeTar(map))).toEqual(new Map([...map].sort()))
    }), { numRuns: 50 })
  })
})

test.each([['gnu'], ['pax'], ['ustar'], ['v7']])('what tar writes in %s format is read', (format) => {
  const dir = folder()
  const name = format === 'ustar' || format === 'v7' ? 'short' : `${'n'.repeat(90)}/${'a'.repeat(120)}`
  execFileSync('mkdir', ['-p', join(dir, 'in', ...name.split('/').slice(0, -1))])
  writeFileSync(join(dir, 'in', name), 'text')
  writeFileSync(join(dir, 'in', 'index.json'), '{}')
  execFileSync('tar', ['-cf', join(dir, 'a.tar'), '--format', format, '-C', join(dir, 'in'), '.'])
  expect(Object.fromEntries(readTar(new Uint8Array(readFileSync(join(dir, 'a.tar')))))).toEqual({ [name]: utf8Encode('text'), 'index.json': utf8Encode('{}') })
})

describe('what is refused', () => {
  test.each([
    ['..', [{ path: '../etc/passwd' }]],
    ['.. inside', [{ path: 'blobs/../../x' }]],
    ['an absolute path', [{ path: '/etc/passwd' }]],
    ['a backslash', [{ path: 'a\\b' }]],
    ['an empty part', [{ path: 'a//b' }]],
    ['a symbolic link', [{ path: 'a', type: '2' }]],
    ['a hard link', [{ path: 'a', type: '1' }]],
    ['a device', [{ path: 'a', type: '3' }]],
    ['a pax path that leads out', [{ path: 'x', type: 'x', data: '19 path=../evil.txt\n'.replace('19', '20') }, { path: 'a', data: 'x' }]],
    ['a GNU long name that leads out', [{ path: '././@LongLink', type: 'L', data: '../evil\0' }, { path: 'a', data: 'x' }]],
    ['a broken pax header', [{ path: 'x', type: 'x', data: '999 path=a\n' }, { path: 'a' }]],
    ['a pax size that is none', [{ path: 'x', type: 'x', data: '11 size=-1\n' }, { path: 'a' }]],
    ['two files of one name', [{ path: 'a', data: 'x' }, { path: 'a', data: 'y' }]],
    ['two files of one name, spelt differently', [{ path: 'a', data: 'x' }, { path: './a', data: 'y' }]],
    ['a name of 70 KB', [{ path: 'L', type: 'L', data: 'a'.repeat(70_000) }, { path: 'a' }]],
  ])('%s', (_, entries) => {
    expect(codeOf(rawTar(entries))).toBe('malformed')
  })

  test('what is cut short, damaged, or no tar', () => {
    const whole = rawTar([{ path: 'a', data: 'x'.repeat(600) }])
    expect(codeOf(whole.slice(0, 700))).toBe('malformed')
    expect(codeOf(whole.slice(0, 300))).toBe('malformed')
    expect(codeOf(whole.map((byte, at) => (at === 3 ? 1 : byte)))).toBe('malformed')
    expect(codeOf(utf8Encode('{"schemaVersion":2}'.repeat(40)))).toBe('malformed')
  })

  test('more bytes than are taken', () => {
    expect(codeOf(new Uint8Array(LIMITS.tarBytes + 1))).toBe('too-large')
  })

  test('random bytes neither hang nor throw anything else', () => {
    fc.assert(fc.property(fc.uint8Array({ minLength: 0, maxLength: 2_000 }), (bytes) => {
      expect(['read', 'malformed', 'malformed-json']).toContain(codeOf(new Uint8Array(bytes)))
    }))
    const archive = rawTar([{ path: 'a', data: 'x' }, { path: 'x', type: 'x', data: '12 path=abc\n' }, { path: 'b', data: 'y' }])
    fc.assert(fc.property(fc.nat(archive.length - 1), fc.nat(255), (at, value) => {
      expect(['read', 'malformed']).toContain(codeOf(archive.map((byte, i) => (i === at ? value : byte))))
    }))
  })
})

test('the same file twice is one', () => {
  expect(codeOf(rawTar([{ path: 'a', data: 'x' }, { path: 'a', data: 'x' }]))).toBe('read')
})

test('a pax size counts instead of the header\'s', () => {
  expect(readTar(rawTar([{ path: 'x', type: 'x', data: '9 size=3\n' }, { path: 'a', data: 'abc', size: 0 }]))).toEqual(new Map([['a', utf8Encode('abc')]]))
})
