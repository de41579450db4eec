import { describe, expect, test } from 'vitest'
import { digestTag } from '../../src/oci/place.ts'
import { reorderedWrites } from '../hostile/registry/reordered-writes.ts'
import { VirtualClock } from './clock.ts'
import { acceptedKeys, bench, NAME, signers, type Bench } from './fixture.ts'
import type { Layout } from '../../src/edit/sign.ts'
import type { RegistryOptions } from '../../demo/registry/registry.ts'

const ROUNDS = 3

/** Sixteen signers with sixteen keys at once; the keys that are found afterwards for each subject. */
async function sixteen(server: RegistryOptions, layout: Layout, seed: number): Promise<{ readonly at: Bench; readonly found: readonly ReadonlySet<string>[] }> {
  const [at, keys, clock] = [await bench(server), await signers(), new VirtualClock(seed)]
  const results = await clock.runParties(keys.map((key) => at.sign(key, { layout, timing: clock })))
  const subjects = results[0]?.subjects.map(({ digest }) => digest) ?? []
  const places = layout === 'flat' ? ['v1'] : server.referrersApi === false ? [digestTag(at.image.index.digest)] : results.flatMap(({ written }) => written.map(({ digest }) => digest))
  const found = await Promise.all(subjects.map(async (subject) => {
    const sets = await Promise.all(places.map((place) => acceptedKeys(at.index(place), subject, keys)))
    return new Set(sets.flatMap((set) => [...set]))
  }))
  return { at, found }
}

const KINDS = [
  ['flat', 'flat', {}],
  ['detached at the digest tag', 'detached', { referrersApi: false }],
  ['detached as referrers', 'detached', {}],
] as const

describe('W4: 16 writers at once on one registry', () => {
  test.each(KINDS)('W4: %s: all 16 signatures verify afterwards', async (_name, layout, server) => {
    for (let seed = 1; seed <= ROUNDS; seed++) {
      const { found } = await sixteen(server, layout, seed)
      for (const keys of found) expect(keys.size).toBe(16)
    }
  })

  test.each(KINDS)('W4: %s, with a registry that delays writes and reorders them: the same', async (_name, layout, server) => {
    for (let seed = 1; seed <= ROUNDS; seed++) {
      const { found } = await sixteen({ ...server, beforeManifestWrite: reorderedWrites({ batch: 4, quietMs: 10 }) }, layout, seed)
      for (const keys of found) expect(keys.size).toBe(16)
    }
  })

  test('flat: the tag still names the same image, with the same platforms in the same order', async () => {
    const { at } = await sixteen({}, 'flat', 7)
    expect(at.index('v1').manifests.map(({ digest }) => digest)).toEqual(at.image.manifests.map(({ digest }) => digest))
    expect(at.store.repository(NAME).tags.size).toBe(1)
  })
})
