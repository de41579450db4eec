import { describe, expect, test } from 'vitest'
import { buildImage, type ImageObject } from '../../demo/images.ts'
import { inspect, LIMITS, openEvidence, parsePolicy, registry } from '../../src/index.ts'
import { manyReferrers } from './registry/referrer-lies.ts'
import * as lies from './registry/lies.ts'
import { alice, asked, AT, atDigestTag, detached, flat, flatEntries, indexOf, INDEX, judge, layoutFiles, listed, MANIFEST, put, REPOSITORY, sign, world, type World } from './support.ts'

const digest = (n: number): string => `sha256:${n.toString(16).padStart(64, '0')}`

async function evilImage(on: World): Promise<ImageObject & { platform: object }> {
  const { manifests } = await buildImage({ text: 'evil', platforms: [{ os: 'linux', architecture: 'amd64' }] })
  const [manifest] = manifests
  if (manifest === undefined) throw new Error('no manifest')
  await on.server.store.putManifest(REPOSITORY, manifest.digest, manifest.bytes, manifest.mediaType)
  return manifest
}

async function artifact(on: World): Promise<ImageObject> {
  const config = { mediaType: 'application/vnd.oci.empty.v1+json', digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a', size: 2 }
  return put(on, null, { schemaVersion: 2, mediaType: MANIFEST, artifactType: 'application/spdx+json', config, layers: [config] }, MANIFEST)
}

/** The object in so many indexes, one around the other. */
async function wrapped(on: World, inner: ImageObject, levels: number, times = 1): Promise<ImageObject> {
  let object = inner
  for (let level = 0; level < levels; level++) object = await put(on, null, indexOf(Array.from({ length: times }, () => listed(object))))
  return object
}

describe('T13: too much', () => {
  test('T13: 10,000 descriptors', async () => {
    const on = await world()
    const entries = Array.from({ length: 10_000 }, (_, n) => ({ mediaType: MANIFEST, digest: digest(n), size: 2, platform: { os: 'linux', architecture: 'amd64' } }))
    const root = await put(on, 'v1', indexOf(entries))
    await atDigestTag(on, root, await sign(on, root.digest))
    const { outcome, codes, text } = await judge(on)
    expect([outcome, codes]).toEqual(['indeterminate', ['too-many-descriptors']])
    expect(text).toContain('lists 10000 descriptors, more than the 1000 that are read')
    expect(asked(on)).toEqual(['manifests/v1'])
  })

  test('T13: indexes 200 deep: as many are read as there are levels, and what lies below may run', async () => {
    const on = await world()
    const evil = await evilImage(on)
    const deep = await wrapped(on, await put(on, null, indexOf([listed(evil, { platform: evil.platform })])), 200)
    await flat(on)
    expect((await judge(on)).outcome).toBe('allow')
    await flat(on, { before: [listed(deep)] })
    const start = on.server.requests.length
    const { outcome, places, text } = await judge(on)
    expect(outcome).toBe('indeterminate')
    expect(places).toContain('graph failed too-deep')
    expect(text).toMatch(/What sha256:[0-9a-f]{64} lists was not read/)
    expect(asked(on).slice(start).filter((path) => path.startsWith('manifests/sha256:')).length).toBeLessThan(2 * LIMITS.indexDepth)
  })

  test('T13: an index that lists the same index 1,000 times, four levels deep: each is read once', async () => {
    const on = await world()
    const root = await wrapped(on, on.image.index, LIMITS.indexDepth - 1, 1_000)
    await on.server.store.putManifest(REPOSITORY, 'v1', root.bytes, INDEX)
    await atDigestTag(on, root, await sign(on, root.digest))
    expect((await judge(on)).outcome).toBe('allow')
    // and each platform, along with the first places
    expect(asked(on).filter((path) => path.startsWith('manifests/sha256:')).length).toBe(LIMITS.indexDepth - 1 + on.image.manifests.length)
    const picture = await inspect(on.reference, { source: registry(), at: AT })
    expect(JSON.stringify(picture).length).toBeLessThan(4_000_000)
  })

  test('T13: many indexes with many platforms each: the number of objects in one graph has an end', async () => {
    const on = await world()
    const nested = await Promise.all(Array.from({ length: 12 }, (_, k) => put(on, null, indexOf(Array.from({ length: 1_000 }, (_, n) => (
      { mediaType: MANIFEST, digest: digest(k * 1_000 + n), size: 2, platform: { os: 'linux', architecture: `a${k}x${n}` } }
    ))))))
    await flat(on)
    expect((await judge(on, { all: true })).outcome).toBe('allow')
    await flat(on, { extra: nested.map((object) => listed(object)) })
    const { outcome, places, verdict } = await judge(on, { all: true, maxRequests: 60 })
    expect(outcome).toBe('indeterminate')
    expect(places).toContain('graph failed too-many-descriptors')
    expect(verdict.subjects.length).toBeLessThanOrEqual(LIMITS.graphNodes)
  })

  test('T13: the requests of one verification run out: what was not asked is failed, not absent', async () => {
    const on = await world()
    expect((await judge(on)).outcome).toBe('unsigned')
    const { outcome, places } = await judge(on, { maxRequests: 3 })
    expect(outcome).toBe('indeterminate')
    expect(places.some((place) => place.endsWith('failed request-budget'))).toBe(true)
    expect(asked(on).length).toBeLessThan(20)
  })

  test.each([[1_000, 'request-budget|not-found|too-many-referrers'], [10_000, 'too-many-referrers']])('T13: %i referrers that are nowhere', async (count, code) => {
    const on = await world()
    on.server.referrers(on.image.index.digest, manyReferrers(count))
    const { outcome, places } = await judge(on, { maxRequests: 100 })
    expect(outcome).toBe('indeterminate')
    expect(places.join('\n')).toMatch(new RegExp(`referrers failed (?:${code})`))
    expect(asked(on).length).toBeLessThanOrEqual(100)
    await detached(on)
    expect((await judge(on)).outcome).toBe('allow')
  })
})

describe('R7: an index of the graph that could not be read', () => {
  async function hidden(on: World): Promise<ImageObject> {
    const evil = await evilImage(on)
    const nested = await put(on, null, indexOf([listed(evil, { platform: evil.platform })]))
    await flat(on, { before: [listed(nested)] })
    return nested
  }

  test('read, its unsigned image is what containerd would take: deny', async () => {
    const on = await world()
    await hidden(on)
    const { outcome, codes } = await judge(on, { platform: 'linux/amd64' })
    expect([outcome, codes.includes('runtime-divergence')]).toEqual(['deny', true])
  })

  test.each([
    ['absent', lies.absent, 'not-found'], ['refused', lies.failure(403, 'DENIED'), 'unauthorized'], ['broken', lies.serverError(502), 'registry-error'], ['reset', lies.reset, 'unreachable'],
  ])('%s for us alone: not an allow by what is left', async (_, lie, code) => {
    const on = await world()
    const nested = await hidden(on)
    on.server.put(nested.digest, lie)
    for (const platform of [undefined, 'linux/amd64', 'linux/arm64']) {
      const { outcome, places, text } = await judge(on, platform === undefined ? {} : { platform })
      expect(outcome).toBe('indeterminate')
      expect(places).toContain(`graph failed ${code}`)
      expect(text).toContain(nested.digest)
    }
  })

  test('a layout without it', async () => {
    const on = await world()
    const nested = await hidden(on)
    const files = layoutFiles(on)
    files.delete(`blobs/${nested.digest.replace(':', '/')}`)
    expect((await judge(on, { source: await openEvidence(files) })).outcome).toBe('indeterminate')
  })

  test('signed itself, or by an index above it, it may go unread; where each image must be signed it may not', async () => {
    const on = await world()
    const nested = await hidden(on)
    on.server.put(nested.digest, lies.serverError(502))
    const each = await parsePolicy(JSON.stringify({ version: 1, policies: [{ name: 'p', scopes: ['*'], signers: { alice: { keys: [{ key: alice.publicPem }] } }, require: { coverage: 'each' } }] }))
    await flat(on, { before: [listed(nested, { annotations: await sign(on, nested.digest) })] })
    expect((await judge(on)).outcome).toBe('allow')
    expect((await judge(on, { policy: each })).outcome).toBe('indeterminate')
    const root = await flat(on, { before: [listed(nested)] })
    await atDigestTag(on, root, await sign(on, root.digest))
    expect((await judge(on)).outcome).toBe('allow')
  })
})

describe('platforms as clients read them', () => {
  test.each([
    ['another spelling that containerd and Docker make linux/amd64', { os: 'linux', architecture: 'x86_64' }],
    ['upper case', { os: 'Linux', architecture: 'AMD64' }],
    ['no os', { architecture: 'amd64' }],
    ['an empty os', { os: '', architecture: 'amd64' }],
    ['an empty platform', {}],
    ['a variant of the same', { os: 'linux', architecture: 'amd64', variant: 'v1' }],
    ['a version of an operating system', { os: 'linux', architecture: 'amd64', 'os.version': '1' }],
  ])('an unsigned image first in the list, with %s: not allowed, also where linux/amd64 was asked for', async (_, platform) => {
    const on = await world()
    const evil = await evilImage(on)
    await flat(on, { before: [listed(evil, { platform })] })
    for (const options of [{}, { platform: 'linux/amd64' }]) expect((await judge(on, options)).outcome).toBe('deny')
  })

  test.each([
    ['aarch64', { os: 'linux', architecture: 'aarch64' }],
    ['no os', { architecture: 'arm64' }],
    ['variant 8', { os: 'linux', architecture: 'arm64', variant: '8' }],
  ])('%s where linux/arm64 was asked for', async (_, platform) => {
    const on = await world()
    const evil = await evilImage(on)
    await flat(on, { before: [listed(evil, { platform })] })
    expect((await judge(on, { platform: 'linux/arm64' })).outcome).toBe('deny')
  })

  test.each([
    ['unknown/unknown', (evil: ImageObject) => listed(evil, { platform: { os: 'unknown', architecture: 'unknown' } })],
    ['no platform and an artifact\'s own manifest', null],
  ])('an object listed first with %s, and once more as an image: what would run is what counts', async (_, disguise) => {
    const on = await world()
    const evil = disguise === null ? await artifact(on) : await evilImage(on)
    const first = disguise === null ? listed(evil) : disguise(evil)
    const last = listed(evil, { platform: { os: 'linux', architecture: 's390x' } })
    await put(on, 'v1', indexOf([...(await flatEntries(on)), first]))
    expect((await judge(on)).outcome).toBe('allow')
    await put(on, 'v1', indexOf([...(await flatEntries(on)), first, last]))
    const { outcome, codes, verdict } = await judge(on)
    expect([outcome, codes]).toEqual(['deny', ['not-covered']])
    expect(verdict.subjects.find(({ digest: one }) => one === evil.digest)?.role).toBe('image')
  })

  test('an artifact that is listed at two levels stays one', async () => {
    const on = await world()
    const sbom = await artifact(on)
    for (const disguise of [{}, { platform: { os: 'unknown', architecture: 'unknown' } }]) {
      const nested = await put(on, null, indexOf([...(await flatEntries(on)), listed(sbom)]))
      await put(on, 'v1', indexOf([...(await flatEntries(on)), listed(sbom, disguise), listed(nested)]))
      expect((await judge(on)).outcome).toBe('allow')
    }
  })

  test('unknown/unknown is run by nobody', async () => {
    const on = await world()
    const evil = await evilImage(on)
    await flat(on, { before: [listed(evil, { platform: { os: 'unknown', architecture: 'unknown' } })] })
    expect((await judge(on)).outcome).toBe('allow')
  })

  test('a signed platform is true of the image wherever the graph lists it, not only where the signature stands', async () => {
    const on = await world()
    const [amd64, arm64] = await flatEntries(on, [alice], { 'dev.sealdex/platform': 'linux/amd64' })
    await put(on, 'v1', indexOf([amd64]))
    expect((await judge(on)).outcome).toBe('allow')
    await put(on, 'v1', indexOf([amd64, { ...amd64, platform: arm64?.['platform'], annotations: {} }]))
    const twice = await judge(on)
    expect([twice.outcome, twice.signatures]).toEqual(['deny', ['mismatch other-facts']])
    const [first] = on.image.manifests
    const root = await put(on, 'v1', indexOf([{ ...amd64, platform: arm64?.['platform'], annotations: {} }]))
    await atDigestTag(on, first as ImageObject, await sign(on, first?.digest ?? '', alice, { 'dev.sealdex/platform': 'linux/amd64' }))
    expect(root.digest).not.toBe(first?.digest)
    expect((await judge(on)).outcome).toBe('deny')
  })
})
