import { describe, expect, it } from 'vitest'
import { formatTime } from '../../../src/base/time.ts'
import { refreshTuf } from '../../../src/sigstore/tuf/refresh.ts'
import { loadTrustedRootFromMirror, type MirroredRootResult } from '../../../src/sigstore/tuf/trusted-root-target.ts'
import type { TufFetch } from '../../../src/sigstore/tuf/session.ts'
import { testKey, type TestKeyKind } from './keys.ts'
import { LATER, NOW, signed, testRepository, TRUSTED_ROOT } from './repository.ts'

const DOWN: TufFetch = async () => ({ state: 'failed', code: 'unreachable', message: 'mirror.example could not be reached.' })

/** `mirror` or `cache` and the root's version, or the code of the failure. */
function told(result: MirroredRootResult): string {
  return result.state === 'read' ? `${result.value.from}, root ${result.value.rootVersion}` : result.code
}

describe('a TUF repository', () => {
  it('gives its trusted_root.json, and until when it holds', async () => {
    const repository = await testRepository()
    const result = await loadTrustedRootFromMirror(repository.options())
    expect(result).toEqual({ state: 'read', value: { bytes: TRUSTED_ROOT, validUntil: Date.parse(LATER) / 1000, from: 'mirror', rootVersion: 1 } })
    expect(repository.asked).toEqual(['2.root.json', 'timestamp.json', '1.snapshot.json', '1.targets.json', expect.stringMatching(/^targets\/[0-9a-f]{64}\.trusted_root\.json$/)])
  })

  it('is asked for nothing that is known, but for the next root and the timestamp', async () => {
    const repository = await testRepository()
    await loadTrustedRootFromMirror(repository.options())
    repository.asked.length = 0
    expect(told(await loadTrustedRootFromMirror(repository.options()))).toBe('mirror, root 1')
    expect(repository.asked).toEqual(['2.root.json', 'timestamp.json'])
  })

  it('follows through new versions and new keys of every role', async () => {
    const repository = await testRepository()
    await loadTrustedRootFromMirror(repository.options())
    const before = repository.roles.root.signers
    for (const part of ['root', 'timestamp', 'snapshot', 'targets'] as const) {
      repository.roles[part].signers = [await testKey()]
      repository.trust(part, repository.roles[part].signers)
    }
    await repository.publishRoot(before)
    await repository.publishRoot()
    await repository.publish({ version: 7 })
    expect(told(await loadTrustedRootFromMirror(repository.options()))).toBe('mirror, root 3')
    repository.asked.length = 0
    expect(told(await loadTrustedRootFromMirror(repository.options()))).toBe('mirror, root 3')
    expect(repository.asked).toEqual(['4.root.json', 'timestamp.json'])
  })

  it.each(['ecdsa', 'ecdsa-hex', 'ecdsa-p384', 'ed25519', 'rsa'] satisfies TestKeyKind[])('may be signed by %s keys', async (kind) => {
    const repository = await testRepository()
    repository.roles.timestamp.signers = [await testKey(kind)]
    repository.trust('timestamp', repository.roles.timestamp.signers)
    repository.pinned = await signed(repository.roles.root.signed, repository.roles.root.signers)
    await repository.publish()
    expect(told(await loadTrustedRootFromMirror(repository.options()))).toBe('mirror, root 1')
  })

  it('may leave length and hashes of metadata away, and versions out of names', async () => {
    const repository = await testRepository()
    repository.roles.root.signed['consistent_snapshot'] = false
    repository.pinned = await signed(repository.roles.root.signed, repository.roles.root.signers)
    const bare = (name: string) => (said: Record<string, unknown>): void => void (said['meta'] = { [name]: { version: 1 } })
    await repository.publish({ edit: { snapshot: bare('targets.json'), timestamp: bare('snapshot.json') } })
    for (const [path, bytes] of repository.files) repository.files.set(path.replace(/(^|\/)(?:1|[0-9a-f]{64})\./, '$1'), bytes)
    expect(told(await loadTrustedRootFromMirror(repository.options()))).toBe('mirror, root 1')
    expect(repository.asked).toEqual(['2.root.json', 'timestamp.json', 'snapshot.json', 'targets.json', 'targets/trusted_root.json'])
  })

  it('without a trusted_root.json, or without a timestamp, says so', async () => {
    const repository = await testRepository()
    repository.roles.targets.signed['targets'] = {}
    await repository.publish({ version: 2 })
    expect(told(await loadTrustedRootFromMirror(repository.options()))).toBe('not-found')
    repository.files.delete('timestamp.json')
    expect(told(await loadTrustedRootFromMirror(repository.options()))).toBe('not-found')
  })

  it('has no target whose name leaves it', async () => {
    const refreshed = await refreshTuf((await testRepository()).options())
    if (refreshed.state === 'failed') throw new Error(refreshed.message)
    for (const name of ['', '../root.json', 'a//b', './a', 'a b', '/etc/passwd']) await expect(refreshed.value.target(name)).rejects.toMatchObject({ code: 'bad-option' })
  })
})

describe('without network', () => {
  it('what was kept serves until it expires', async () => {
    const repository = await testRepository()
    // the timestamp first, as it is everywhere
    repository.roles.snapshot.signed.expires = repository.roles.targets.signed.expires = formatTime(NOW + 1_000_000)
    repository.roles.root.signed.expires = formatTime(NOW + 1_000_000)
    repository.pinned = await signed(repository.roles.root.signed, repository.roles.root.signers)
    await repository.publish()
    await loadTrustedRootFromMirror(repository.options())
    expect(told(await loadTrustedRootFromMirror(repository.options({ fetch: DOWN })))).toBe('cache, root 1')
    expect(told(await loadTrustedRootFromMirror(repository.options({ fetch: null })))).toBe('cache, root 1')
    expect(told(await loadTrustedRootFromMirror(repository.options({ fetch: DOWN, now: NOW + 86_399 })))).toBe('cache, root 1')
    expect(told(await loadTrustedRootFromMirror(repository.options({ fetch: DOWN, now: NOW + 86_400 })))).toBe('trust-root-expired')
  })

  it('nothing serves where nothing was kept, or not all', async () => {
    const repository = await testRepository()
    expect(told(await loadTrustedRootFromMirror(repository.options({ fetch: DOWN })))).toBe('unreachable')
    await loadTrustedRootFromMirror(repository.options())
    await repository.cache.delete('target/trusted_root.json')
    expect(told(await loadTrustedRootFromMirror(repository.options({ fetch: DOWN })))).toBe('unreachable')
  })

  it.each(['timestamp', 'snapshot', 'targets', 'target/trusted_root.json'])('%s that was changed where it was kept is not taken', async (name) => {
    const repository = await testRepository()
    await loadTrustedRootFromMirror(repository.options())
    await repository.cache.set(name, new TextEncoder().encode('{"signatures":[],"signed":{}}'))
    expect(told(await loadTrustedRootFromMirror(repository.options({ fetch: DOWN })))).toBe('unreachable')
    expect(told(await loadTrustedRootFromMirror(repository.options()))).toBe('mirror, root 1')
  })

  it('a root that was put where the next one is kept is not taken', async () => {
    const repository = await testRepository()
    await repository.cache.set('root/2', await signed({ ...repository.roles.root.signed, version: 2 }, [await testKey()]))
    expect(told(await loadTrustedRootFromMirror(repository.options()))).toBe('mirror, root 1')
  })
})
