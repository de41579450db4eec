import { describe, expect, test } from 'vitest'
import { buildImage, seedImage } from '../../demo/images.ts'
import { holdToLock, lockedImage, parseLock, parsePolicy, policyOfLock, type Lock, type Policy, type Verdict } from '../../src/index.ts'
import type { GeneratedKey } from '../../src/crypto/private-key.ts'
import { alice, detached, flat, flatEntries, indexOf, judge, listed, mallory, put, REPOSITORY, world, type World } from './support.ts'
import { conforms } from '../schemas.ts'

const FACT = 'dev.sealdex/signedAt'
const at = (day: number): Record<string, string> => ({ [FACT]: `2026-11-${String(day).padStart(2, '0')}T00:00:00Z` })
const signer = (key: GeneratedKey): object => ({ keys: [{ key: key.publicPem }] })
const policy = (threshold = 1): Promise<Policy> => parsePolicy(JSON.stringify({ version: 1, policies: [{ name: 'p', scopes: ['*'], signers: { a: signer(alice), m: signer(mallory) }, require: { signatures: { threshold } } }] }))

function lockOf(verdict: Verdict): Lock {
  const image = lockedImage(verdict, ({ name }) => signer(name === 'a' ? alice : mallory))
  if (image === null) throw new Error(JSON.stringify(verdict.reasons))
  const lock = { version: 1, images: [image] }
  conforms('lock.v1', lock)
  return parseLock(JSON.stringify(lock))
}

/** Signed on that day, and locked; the lock. */
async function locked(on: World, day: number): Promise<Lock> {
  await flat(on, { optional: at(day) })
  return lockOf((await judge(on, { policy: policy(), all: true })).verdict)
}

/** Another image of the same signer's under the tag. */
async function moved(on: World, optional: Readonly<Record<string, string>>, keys: readonly GeneratedKey[] = [alice]): Promise<World> {
  const image = await buildImage({ text: 'another' })
  await seedImage(on.server.store, REPOSITORY, 'v1', image)
  const next = { ...on, image }
  await flat(next, { optional, keys })
  return next
}

const decided = async (on: World, lock: Lock, by = policy()): Promise<readonly string[]> => {
  const { outcome, codes } = await judge(on, { policy: by, lock })
  return [outcome, ...codes]
}

describe('T25: a lock pins digest, signers and time of signing', () => {
  test('T25: what was locked is allowed, and says so in basis.policy', async () => {
    const on = await world()
    const lock = await locked(on, 10)
    expect(lock.images[0]).toMatchObject({ reference: `${on.name}:v1`, signers: [{ kind: 'key', keyId: alice.signer.publicKey.keyId, identity: null, signedAt: '2026-11-10T00:00:00Z' }] })
    expect(await decided(on, lock)).toEqual(['allow', 'requirements-met'])
    const [plain, held] = [await judge(on, { policy: policy(), all: true }), await judge(on, { policy: policy(), lock })]
    expect(held.verdict.basis.policy).not.toBe(plain.verdict.basis.policy)
    expect(held.verdict.basis.reading).toBe('all')
    expect(await decided(on, lock, policyOfLock(lock.images[0] as Lock['images'][number]))).toEqual(['allow', 'requirements-met'])
  })

  test('T25: an old image that was put back is denied, whichever of its platforms is old', async () => {
    const on = await world()
    const lock = await locked(on, 10)
    expect(await decided(await moved(on, at(9)), lock)).toEqual(['deny', 'lock-older'])
    const next = await moved(on, at(11))
    expect(await decided(next, lock)).toEqual(['allow', 'requirements-met'])
    const [fresh, old] = [await flatEntries(next, [alice], at(12)), await flatEntries(next, [alice], at(9))]
    await put(next, 'v1', indexOf([fresh[0], old[1]]))
    expect(await decided(next, lock)).toEqual(['deny', 'lock-older'])
  })

  test('T25: another digest without a newer signature is denied, and one that is newer is told', async () => {
    const on = await world()
    const lock = await locked(on, 10)
    expect(await decided(await moved(on, at(10)), lock)).toEqual(['deny', 'lock-digest'])
    expect(await decided(await moved(on, {}), lock)).toEqual(['deny', 'lock-older'])
    const { outcome, verdict } = await judge(await moved(on, at(11)), { policy: policy(), lock })
    expect([outcome, verdict.reasons.find(({ code }) => code === 'lock-digest')?.effect]).toEqual(['allow', 'warns'])
  })

  test('T25: where no time was signed, only the digest itself holds', async () => {
    const on = await world()
    await flat(on)
    const lock = lockOf((await judge(on, { policy: policy(), all: true })).verdict)
    expect(lock.images[0]?.signers[0]?.signedAt).toBeNull()
    expect(await decided(on, lock)).toEqual(['allow', 'requirements-met'])
    expect(await decided(await moved(on, at(20)), lock)).toEqual(['deny', 'lock-digest'])
  })

  test('T26: a signer who is locked and did not sign is missed, though the policy needs only one', async () => {
    const on = await world()
    await flat(on, { keys: [alice, mallory], optional: at(10) })
    const lock = lockOf((await judge(on, { policy: policy(), all: true })).verdict)
    expect(await decided(on, lock)).toEqual(['allow', 'requirements-met'])
    await put(on, 'v1', indexOf(await flatEntries(on, [mallory], at(11))))
    expect(await decided(on, lock)).toEqual(['deny', 'lock-signers'])
    // both must hold: what the policy denies no lock allows
    expect((await decided(on, lock, parsePolicy(JSON.stringify({ version: 1, policies: [{ name: 'p', scopes: ['*'], reject: true }] }))))).toEqual(['deny', 'rejected'])
  })

  test('T25: an image that the lock does not name is denied', async () => {
    const on = await world()
    const lock = await locked(on, 10)
    await put(on, 'v2', indexOf(await flatEntries(on, [alice], at(20))))
    expect(await decided({ ...on, reference: `${on.name}:v2` }, lock)).toEqual(['deny', 'not-locked'])
    expect(await decided({ ...on, reference: `${on.name}:v1` }, { ...lock, images: [] })).toEqual(['deny', 'not-locked'])
  })

  test('T26: holds against no verdict for which not every place was read, where a signer might be missed', async () => {
    const on = await world()
    const lock = await locked(on, 10)
    const { verdict } = await judge(on, { policy: policy() })
    expect(() => holdToLock(verdict, lock)).toThrow(expect.objectContaining({ code: 'bad-option' }))
  })

  test('the newest signature of each counts, wherever it stands', async () => {
    const on = await world()
    const lock = await locked(on, 10)
    await put(on, 'v1', indexOf(await flatEntries(on, [alice], at(5))))
    expect(await decided(on, lock)).toEqual(['deny', 'lock-older'])
    await detached(on, await put(on, 'v1', indexOf(on.image.manifests.map((manifest) => listed(manifest, { platform: manifest.platform })))), alice, at(12))
    expect(await decided(on, lock)).toEqual(['allow', 'requirements-met'])
  })
})

describe('a lock file', () => {
  test('is read strictly', async () => {
    const on = await world()
    const lock = await locked(on, 10)
    const [image] = lock.images as readonly [Lock['images'][number]]
    const [only] = image.signers as readonly [Lock['images'][number]['signers'][number]]
    for (const [text, where] of [
      ['{', 'not valid'], [JSON.stringify({ ...lock, extra: 1 }), '"extra"'], [JSON.stringify({ ...lock, version: 2 }), 'version'], [JSON.stringify({ ...lock, images: [image, image] }), 'stands twice'],
      [JSON.stringify({ ...lock, images: [{ ...image, reference: 'Registry.example/x' }] }), 'stands twice, or not as sealdex writes it'], [JSON.stringify({ ...lock, images: [{ ...image, digest: 'sha256:x' }] }), 'a digest'],
      [JSON.stringify({ ...lock, images: [{ ...image, signers: [] }] }), 'signers'], [JSON.stringify({ ...lock, images: [{ ...image, signers: [{ ...only, signedAt: 'soon' }] }] }), 'signedAt'], [JSON.stringify({ ...lock, images: [{ ...image, signers: [{ ...only, keyId: 'x' }] }] }), 'keyId'],
      [JSON.stringify({ ...lock, images: [{ ...image, signers: [{ ...only, trust: { keys: [] } }] }] }), 'trust.keys'],
    ] as const) expect(() => parseLock(text), where).toThrow(expect.objectContaining({ code: 'bad-policy', message: expect.stringContaining(where) as string }) as Error)
  })
})
