import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseReference, parseRepository } from '../../src/oci/reference.ts'

const SHA256 = `sha256:${'a'.repeat(64)}`

describe('references (formats.md 1)', () => {
  it.each([
    ['alpine', 'docker.io/library/alpine:latest'],
    ['alpine:3.20', 'docker.io/library/alpine:3.20'],
    ['acme/app', 'docker.io/acme/app:latest'],
    ['index.docker.io/acme/app', 'docker.io/acme/app:latest'],
    ['docker.io/alpine', 'docker.io/library/alpine:latest'],
    ['registry-1.docker.io/acme/app:1', 'docker.io/acme/app:1'],
    ['localhost/app', 'localhost/app:latest'],
    ['localhost:5000/app:1', 'localhost:5000/app:1'],
    ['Registry.Example/app', 'registry.example/app:latest'],
    ['UPPER/app', 'upper/app:latest'],
    ['registry.example:443/app', 'registry.example/app:latest'],
    ['registry.example:8443/app', 'registry.example:8443/app:latest'],
    ['[::1]:5000/app:1', '[::1]:5000/app:1'],
    ['127.0.0.1:5000/a/b/c:v1', '127.0.0.1:5000/a/b/c:v1'],
    ['registry.example/a__b/c-d.e/f---g', 'registry.example/a__b/c-d.e/f---g:latest'],
    [`registry.example/app@${SHA256}`, `registry.example/app@${SHA256}`],
    [`registry.example/app:1.2@${SHA256}`, `registry.example/app:1.2@${SHA256}`],
    ['registry.example/app:_x.Y-9', 'registry.example/app:_x.Y-9'],
  ])('%s is %s', (text, canonical) => {
    expect(parseReference(text).canonical).toBe(canonical)
  })

  it.each([
    ['', 'empty'],
    ['a b', 'blanks'],
    ['app:', 'tag'],
    ['app:-x', 'tag'],
    [`app:${'x'.repeat(129)}`, 'tag'],
    ['registry.example/App', 'lower-case'],
    ['registry.example/app/', 'lower-case'],
    ['registry.example//app', 'lower-case'],
    ['registry.example/', 'missing'],
    ['registry.example/a_-b', 'lower-case'],
    ['registry.example/../app', 'lower-case'],
    ['registry.example./app', 'dot'],
    ['registry.example.:443/app', 'dot'],
    ['registry.example:99999/app', '65535'],
    ['user@registry.example/app', 'digest'],
    ['https://registry.example/app', 'host'],
    [`registry.example/${'a'.repeat(256)}`, '255'],
    ['a'.repeat(64), 'image ID'],
    [`app@sha256:${'A'.repeat(64)}`, 'digest'],
    [`app@sha256:${'a'.repeat(63)}`, 'digest'],
    [`app@md5:${'a'.repeat(32)}`, 'digest'],
    ['ghcr.\u0456o/app', 'ASCII'],
    ['registry.example/app\u202e', 'ASCII'],
    ['registry.example/app\0', 'ASCII'],
  ])('%j is none', (text, why) => {
    expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: 'bad-reference', message: expect.stringContaining(why) as string }) as Error)
  })

  it('what is canonical stays as it is', () => {
    fc.assert(fc.property(fc.stringMatching(/^[a-z0-9]{1,8}(\.[a-z]{2,4})?(:[1-9][0-9]{0,3})?(\/[a-z0-9]{1,6}){1,3}(:[a-z0-9]{1,8})?$/), (text) => {
      const { canonical } = parseReference(text)
      expect(parseReference(canonical).canonical).toBe(canonical)
    }))
  })

  it('never throws anything but bad-reference', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
      try {
        parseReference(text)
      } catch (error) {
        expect(error).toMatchObject({ code: 'bad-reference' })
      }
    }))
  })

  it('a repository has no tag and no digest', () => {
    expect(parseRepository('registry.example/app').name).toBe('registry.example/app')
    for (const text of ['registry.example/app:1', 'registry.example/app:latest', `registry.example/app@${SHA256}`]) expect(() => parseRepository(text)).toThrow('only a repository')
  })
})
