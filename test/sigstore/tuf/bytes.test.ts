import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { utf8Decode, utf8Encode } from '../../../src/base/bytes.ts'
import { memoryTufCache } from '../../../src/sigstore/tuf/cache.ts'
import type { TufFetch, TufOptions } from '../../../src/sigstore/tuf/session.ts'
import { loadTrustedRootFromMirror } from '../../../src/sigstore/tuf/trusted-root-target.ts'
import { after } from './client.ts'
import { testKey } from './keys.ts'
import { testRepository, TRUSTED_ROOT, type TestRepository } from './repository.ts'

describe('bytes', () => {
  const endless = (path: RegExp) => ({ fetch }: TestRepository): Partial<TufOptions> => ({ fetch: (async (asked, max) => path.test(asked) ? { state: 'read', value: new Uint8Array(max + 1) } : fetch(asked, max)) satisfies TufFetch })

  it.each(['2.root.json', 'timestamp.json', '6.snapshot.json', '6.targets.json', 'targets/'])('%s without end', async (path) => {
    expect(await after(async (repository) => {
      await repository.addTarget('trusted_root.json', utf8Encode('{}'))
      await repository.publish({ version: 6 })
    }, endless(new RegExp(`^${path.replaceAll('.', '\\.')}`)))).toMatch(/^too-large: The mirror sends more than \d+ bytes/)
  })

  it('no more than was signed is asked for', async () => {
    const asked = new Map<string, number>()
    await after((repository) => repository.publish({ version: 6 }), ({ fetch }) => ({ fetch: async (path, max) => (asked.set(path, max), fetch(path, max)) }))
    expect([...asked.keys()]).toEqual(['2.root.json', 'timestamp.json', '6.snapshot.json', '6.targets.json'])
    expect(asked.get('6.targets.json')).toBeLessThan(1_000)
  })

  it('more than a run may read', async () => {
    const repository = await testRepository()
    repository.roles.root.signed['padding'] = 'x'.repeat(500_000)
    for (let count = 0; count < 70; count++) await repository.publishRoot()
    expect(await loadTrustedRootFromMirror(repository.options())).toMatchObject({ code: 'trust-root-invalid', message: expect.stringContaining('bytes in one run') })
  })

  it.each([['hash', '{"mediaType":"x"}'], ['length', '{}']])('a target of another %s', async (_, text) => {
    expect(await after(async (repository) => {
      await repository.addTarget('trusted_root.json', utf8Encode('{"mediaType":"y"}'))
      await repository.publish({ version: 6 })
      for (const path of repository.files.keys()) if (path.startsWith('targets/')) repository.files.set(path, utf8Encode(text))
    })).toMatch(/^trust-root-invalid: The target "trusted_root.json" has not/)
  })

  it('a name twice in the metadata', async () => {
    expect(await after(async (repository) => {
      await repository.publish({ version: 6 })
      const text = utf8Decode(repository.files.get('timestamp.json') ?? new Uint8Array(0))
      repository.files.set('timestamp.json', utf8Encode(text.replace('"version":6', '"version":7,"version":6')))
    })).toMatch(/^trust-root-invalid: .*"version" stands twice/)
  })

  it('a field of another case', async () => {
    expect(await after((repository) => repository.publish({ version: 6, edit: { timestamp: (said) => void (said['Expires'] = said['expires']) } }))).toMatch(/^trust-root-invalid: .*"Expires"/)
  })

  it.each([['no JSON', '<html>'], ['nothing', ''], ['a list', '[]'], ['a version of 0', '{"signatures":[],"signed":{"_type":"timestamp","spec_version":"1.0","version":0,"expires":"2030-01-01T00:00:00Z","meta":{}}}'],
    ['another specification', '{"signatures":[],"signed":{"_type":"timestamp","spec_version":"2.0","version":9,"expires":"2030-01-01T00:00:00Z","meta":{}}}']])('%s', async (_, text) => {
    expect(await after(async (repository) => void repository.files.set('timestamp.json', utf8Encode(text)))).toMatch(/^trust-root-invalid/)
  })

  it('more signatures than are tried', async () => {
    expect(await after(async (repository) => {
      await repository.publish({ version: 6 })
      const { signatures, signed: said } = JSON.parse(utf8Decode(repository.files.get('timestamp.json') ?? new Uint8Array(0))) as { signatures: unknown[], signed: unknown }
      repository.files.set('timestamp.json', utf8Encode(JSON.stringify({ signatures: Array(65).fill(signatures[0]), signed: said })))
    })).toMatch(/^trust-root-invalid: The metadata have 65 signatures/)
  })

  it('more keys than are read, which each cost a look at a curve', async () => {
    const { object } = await testKey()
    expect(await after(async (repository) => {
      repository.roles.root.signed['keys'] = { ...(repository.roles.root.signed['keys'] as object), ...Object.fromEntries(Array.from({ length: 257 }, (_, at) => [`key-${at}`, object])) }
      await repository.publishRoot()
    })).toMatch(/^trust-root-invalid: signed\.keys has 26\d keys/)
  })

  it('changed anywhere, they give the same trusted_root.json or none', async () => {
    const honest = await testRepository()
    await honest.publishRoot()
    const paths = [...honest.files.keys()]
    await fc.assert(fc.asyncProperty(fc.constantFrom(...paths), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.integer({ min: 1, max: 255 }), async (path, where, flip) => {
      const bytes = Uint8Array.from(honest.files.get(path) ?? [])
      const at = Math.floor(where * bytes.length)
      bytes[at] = (bytes[at] ?? 0) ^ flip
      const fetch: TufFetch = async (asked, max) => asked === path ? { state: 'read', value: bytes } : honest.fetch(asked, max)
      const result = await loadTrustedRootFromMirror(honest.options({ fetch, cache: memoryTufCache() }))
      if (result.state === 'read') expect(result.value.bytes).toEqual(TRUSTED_ROOT)
    }), { numRuns: 300 })
  })
})
