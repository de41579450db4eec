import { describe, expect, it } from 'vitest'
import { utf8Decode, utf8Encode } from '../../../src/base/bytes.ts'
import * as LIMITS from '../../../src/base/limits.ts'
import { loadTrustedRootFromMirror } from '../../../src/sigstore/tuf/trusted-root-target.ts'
import { after, replaceKey } from './client.ts'
import { renamed, testKey } from './keys.ts'
import { EARLIER, signed, testRepository, type TestRepository } from './repository.ts'

describe('signatures', () => {
  it.each(['timestamp', 'snapshot', 'targets'] as const)('%s by another key', async (part) => {
    expect(await after(async (repository) => {
      repository.roles[part].signers = [renamed(await testKey(), repository.roles[part].signers[0]?.id ?? '')]
      await repository.publish({ version: 6 })
    })).toMatch(/^trust-root-invalid: 0 of the keys of the .* signed, and 1 have to/)
  })

  it('by the key of another role', async () => {
    expect(await after(async (repository) => {
      repository.roles.targets.signers = repository.roles.timestamp.signers
      await repository.publish({ version: 6 })
    })).toMatch(/^trust-root-invalid: 0 of the keys of the targets/)
  })

  it.each([
    ['one of two', async (repository: TestRepository, [a]: readonly [Key, Key]) => void (repository.roles.targets.signers = [a])],
    ['one of two, twice', async (repository: TestRepository, [a]: readonly [Key, Key]) => void (repository.roles.targets.signers = [a, a])],
    ['one of two, under two ids', async (repository: TestRepository, [a]: readonly [Key, Key]) => {
      repository.trust('targets', [a, renamed(a, 'again')])
      repository.roles.targets.signers = [a, renamed(a, 'again')]
    }],
    ['one of two, and one of a kind that is not known', async (repository: TestRepository, [a, b]: readonly [Key, Key]) => {
      repository.trust('targets', [a, { ...b, object: { keytype: 'sphincs', scheme: 'sphincs', keyval: { public: '00' } } }])
    }],
  ])('too few: %s', async (_, weaken) => {
    expect(await after(async (repository) => {
      const keys = [await testKey(), await testKey()] as const
      repository.trust('targets', keys)
      repository.roles.targets.signers = [...keys]
      await weaken(repository, keys)
      await repository.publishRoot()
      await repository.publish({ version: 6 })
    })).toMatch(/^trust-root-invalid: 1 of the keys of the targets signed, and 2 have to/)
  })

  it('two of two', async () => {
    expect(await after(async (repository) => {
      const keys = [await testKey(), await testKey()]
      repository.trust('targets', keys)
      repository.roles.targets.signers = keys
      await repository.publishRoot()
      await repository.publish({ version: 6 })
    })).toBe('mirror, root 2')
  })

  it('a document of another role in its place', async () => {
    expect(await after(async (repository) => {
      repository.roles.timestamp.signed['_type'] = 'snapshot'
      await repository.publish({ version: 6 })
    })).toMatch(/^trust-root-invalid: signed\._type is "snapshot"/)
  })

  it.each([
    ['a threshold of 0', (role: Role) => void (role.threshold = 0)],
    ['a key named twice', (role: Role) => void role.keyids.push(role.keyids[0] ?? '')],
  ])('a root with %s', async (_, weaken) => {
    expect(await after(async (repository) => {
      weaken((repository.roles.root.signed['roles'] as Record<string, Role>)['targets'] ?? { keyids: [], threshold: 1 })
      await repository.publishRoot()
    })).toMatch(/^trust-root-invalid: signed\.roles\.targets/)
  })
})

interface Role {
  readonly keyids: string[]
  threshold: number
}
type Key = Awaited<ReturnType<typeof testKey>>

describe('roots', () => {
  it('that the one before did not sign', async () => {
    expect(await after(async (repository) => {
      repository.roles.root.signers = [await testKey(), await testKey()]
      repository.trust('root', repository.roles.root.signers)
      await repository.publishRoot()
    })).toMatch(/^trust-root-invalid: 0 of the keys of root version 1 signed, and 2 have to/)
  })

  it('that only the one before signed', async () => {
    expect(await after(async (repository) => {
      const before = repository.roles.root.signers
      await replaceKey(repository, 'root')
      repository.roles.root.signers = before
      await repository.publishRoot()
    })).toMatch(/^trust-root-invalid: 0 of the keys of the new root itself signed, and 1 have to/)
  })

  it.each([3, 1])('of version %i in the place of version 2', async (version) => {
    expect(await after(async (repository) => {
      await repository.publishRoot([], version)
      repository.files.set('2.root.json', repository.files.get(`${version}.root.json`) ?? repository.pinned)
    })).toMatch(new RegExp(`^trust-root-invalid: Root version ${version} follows on version 1`))
  })

  it('the last one expired', async () => {
    expect(await after(async (repository) => {
      repository.roles.root.signed.expires = EARLIER
      await repository.publishRoot()
    })).toMatch(/^trust-root-expired: Root version 2 expired/)
  })

  it('one on the way expired, and the one after it did not', async () => {
    expect(await after(async (repository) => {
      const { signed: said } = repository.roles.root
      const { expires } = said
      said.expires = EARLIER
      await repository.publishRoot()
      said.expires = expires
      await repository.publishRoot()
    })).toBe('mirror, root 3')
  })

  it('without end', async () => {
    const repository = await testRepository()
    repository.roles.root.signers = repository.roles.root.signers.slice(0, 1)
    repository.trust('root', repository.roles.root.signers)
    repository.pinned = await signed(repository.roles.root.signed, repository.roles.root.signers)
    for (let count = 0; count < LIMITS.tuf.rootRotations; count++) await repository.publishRoot()
    expect(await loadTrustedRootFromMirror(repository.options())).toMatchObject({ state: 'read', value: { rootVersion: LIMITS.tuf.rootRotations + 1 } })
    await repository.publishRoot()
    expect(await loadTrustedRootFromMirror(repository.options())).toMatchObject({ code: 'trust-root-invalid', message: expect.stringContaining('More than 256 roots') })
  })

  it('a pinned one that its own keys did not sign', async () => {
    const repository = await testRepository()
    repository.pinned = await signed(repository.roles.root.signed, [await testKey()])
    expect(await loadTrustedRootFromMirror(repository.options())).toMatchObject({ code: 'trust-root-invalid' })
  })
})

describe('going back', () => {
  it('to an older timestamp', async () => {
    expect(await after((repository) => repository.publish({ version: 4 }))).toMatch(/^trust-root-invalid: The timestamp has version 4; version 5 was seen before/)
  })

  it('to an older snapshot', async () => {
    expect(await after((repository) => repository.publish({ version: 4, edit: { timestamp: (said) => void (said['version'] = 6) } }))).toMatch(/^trust-root-invalid: The timestamp names snapshot version 4; version 5/)
  })

  it('to older targets', async () => {
    expect(await after(async (repository) => {
      repository.roles.targets.signed.version = 4
      repository.roles.snapshot.signed.version = 6
      repository.roles.timestamp.signed.version = 6
      await repository.publish()
    })).toMatch(/^trust-root-invalid: The snapshot names targets of version 4; version 5/)
  })

  it('by leaving targets out', async () => {
    expect(await after((repository) => repository.publish({ version: 6, edit: { snapshot: (said) => void (said['meta'] = {}) } }))).toMatch(/^trust-root-invalid: The snapshot leaves out targets/)
  })

  it('a timestamp of the same version that says something else changes nothing', async () => {
    expect(await after(async (repository) => {
      repository.roles.targets.signed['targets'] = {}
      await repository.publish({ version: 6, edit: { timestamp: (said) => void (said['version'] = 5) } })
    })).toBe('mirror, root 1')
  })

  it('is possible after a stolen key was replaced: whoever had it may have set versions to the end', async () => {
    const FAR = 9_007_199_254_740_991
    expect(await after(async (repository) => {
      await repository.publish({ version: FAR })
      expect((await loadTrustedRootFromMirror(repository.options())).state).toBe('read')
      const stolen = repository.roles.timestamp.signers
      // the new root names the old key beside the new one, so that the old timestamp is still signed as it must be
      repository.roles.timestamp.signers = [await testKey()]
      repository.trust('timestamp', [...stolen, ...repository.roles.timestamp.signers], 1)
      await repository.publishRoot()
      await repository.publish({ version: 6 })
    })).toBe('mirror, root 2')
  })
})

describe('standing still', () => {
  it.each(['timestamp', 'snapshot', 'targets'] as const)('%s expired', async (part) => {
    expect(await after(async (repository) => {
      repository.roles[part].signed.expires = EARLIER
      await repository.publish({ version: 6 })
    })).toMatch(/^trust-root-expired: The (timestamp|snapshot|targets of "targets") expired on/)
  })
})

describe('mix and match', () => {
  const bare = (name: string, version: number) => (said: Record<string, unknown>): void => void (said['meta'] = { [name]: { version } })

  // the same signed words in another order: only the bytes are others
  const reordered = (bytes: Uint8Array): string => {
    const { signatures, signed: said } = JSON.parse(utf8Decode(bytes)) as Record<string, unknown>
    return JSON.stringify({ signed: said, signatures })
  }

  it.each([
    ['a snapshot of another hash', '6.snapshot.json', reordered, /^trust-root-invalid: The hash of the snapshot/],
    ['targets of another hash', '6.targets.json', reordered, /^trust-root-invalid: The hash of the targets/],
    ['targets of another length', '6.targets.json', (bytes: Uint8Array) => utf8Decode(bytes.subarray(1)), /^trust-root-invalid: The length of the targets/],
  ])('%s', async (_, path, change, told) => {
    expect(await after(async (repository) => {
      await repository.publish({ version: 6 })
      repository.files.set(path, utf8Encode(change(repository.files.get(path) ?? new Uint8Array(0))))
    })).toMatch(told)
  })

  it.each([
    ['a snapshot of another version', 'snapshot', 'timestamp', 'snapshot.json'],
    ['targets of another version', 'targets', 'snapshot', 'targets.json'],
  ] as const)('%s, where no hash is signed', async (_, part, by, name) => {
    expect(await after(async (repository) => {
      await repository.publish({ version: 6, edit: { [by]: bare(name, 7) } })
      repository.files.set(`7.${name}`, repository.files.get(`6.${name}`) ?? new Uint8Array(0))
    })).toMatch(new RegExp(`^trust-root-invalid: The ${part} came in version 6, and version 7 is named`))
  })
})
