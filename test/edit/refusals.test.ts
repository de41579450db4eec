import { describe, expect, test } from 'vitest'
import * as LIMITS from '../../src/base/limits.ts'
import { cosignTag, digestTag } from '../../src/oci/place.ts'
import type { SignOptions } from '../../src/edit/sign.ts'
import type { WriteResult } from '../../src/source/write-result.ts'
import { bench, descriptorFor, NAME, putArtifact, REPOSITORY, signer, type Bench } from './fixture.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'
const IN_TAG = ['flat', 'nested'] as const

/** The code and the sentence; nothing was written. */
async function refused(at: Bench, options: Partial<SignOptions>, reference?: string): Promise<{ readonly code: string; readonly message: string }> {
  const before = { tags: new Map(at.store.repository(NAME).tags), manifests: at.store.repository(NAME).manifests.size }
  const error = await at.sign(await signer(), options, reference).then(() => ({ code: 'none', message: 'it was signed' }), (thrown: unknown) => thrown as { code: string; message: string })
  expect({ tags: at.store.repository(NAME).tags, manifests: at.store.repository(NAME).manifests.size }).toEqual(before)
  return error
}

function answering(at: Bench, result: WriteResult): Bench['source'] {
  return { ...at.source, putManifest: async () => result }
}

describe('wrong use', () => {
  test.each([
    [{ annotations: { 'dev.sealdex/tag': 'v9' } }, 'kept for the facts'],
    [{ annotations: { '': 'x' } }, 'no name'],
    [{ annotations: { a: '\ud800' } }, 'no text'],
    [{ layout: 'flat', each: true }, 'detached'],
    [{ layout: 'nested', platform: 'linux/amd64' }, 'set of all platforms'],
    [{ platform: 'amd64' }, 'no platform'],
    [{ at: Number.NaN }, 'no time'],
    [{ at: 2e12 }, 'no time'],
    [{ at: 100, expiresAt: 100 }, 'not after'],
  ] as const)('%o is bad-option', async (options, words) => {
    const { code, message } = await refused(await bench(), options)
    expect(code).toBe('bad-option')
    expect(message).toContain(words)
  })

  test('a layout that is none', async () => {
    expect(await refused(await bench(), { layout: 'loose' as 'flat' })).toMatchObject({ code: 'bad-option' })
  })

  test.each(IN_TAG)('%s: a single manifest knows detached only', async (layout) => {
    const at = await bench()
    at.store.tag(NAME, 'one', at.image.manifests[0]?.digest ?? '')
    expect(await refused(at, { layout }, `${REPOSITORY}:one`)).toMatchObject({ code: 'bad-option', message: expect.stringContaining('detached') as string })
  })

  test.each(IN_TAG)('%s: a digest alone names no tag to write under', async (layout) => {
    const at = await bench()
    expect(await refused(at, { layout }, `${REPOSITORY}@${at.image.index.digest}`)).toMatchObject({ code: 'bad-option', message: expect.stringContaining('tag') as string })
  })

  test.each(IN_TAG)('%s: a tag that does not name the digest beside it has changed', async (layout) => {
    const at = await bench()
    expect(await refused(at, { layout }, `${REPOSITORY}:v1@${at.image.manifests[0]?.digest ?? ''}`)).toMatchObject({ code: 'tag-changed' })
  })

  test.each(IN_TAG)('%s: an index with nothing that runs', async (layout) => {
    const at = await bench()
    await at.put('empty', { schemaVersion: 2, mediaType: INDEX, manifests: [] })
    expect(await refused(at, { layout }, `${REPOSITORY}:empty`)).toMatchObject({ code: 'nothing-runnable' })
  })

  test('flat: platforms that stand in a nested index only', async () => {
    const at = await bench()
    await at.put('nested-only', { schemaVersion: 2, mediaType: INDEX, manifests: [descriptorFor(at.image.index)] })
    expect(await refused(at, { layout: 'flat' }, `${REPOSITORY}:nested-only`)).toMatchObject({ code: 'bad-option', message: expect.stringContaining('nested index') as string })
  })

  test('a reference that names nothing', async () => {
    expect(await refused(await bench(), {}, `${REPOSITORY}:nope`)).toMatchObject({ code: 'reference-not-found' })
    expect(await refused(await bench(), { layout: 'flat' }, `${REPOSITORY}:nope`)).toMatchObject({ code: 'reference-not-found' })
  })
})

describe('something is bound to the present digest', () => {
  const bindings: readonly (readonly [string, (at: Bench) => Promise<unknown>, RegExp])[] = [
    ['a signed index at the digest tag', async (at) => at.sign(await signer(1)), /tag sha256-/],
    ['cosign\'s signatures', async (at) => at.store.tag(NAME, cosignTag(at.image.index.digest, 'sig'), at.image.manifests[0]?.digest ?? ''), /\.sig/],
    ['cosign\'s attestations', async (at) => at.store.tag(NAME, cosignTag(at.image.index.digest, 'att'), at.image.manifests[0]?.digest ?? ''), /\.att/],
  ]
  test.each(bindings)('%s: it is named and refused; force goes on, and says it', async (_name, bind, words) => {
    const at = await bench({ referrersApi: false })
    await bind(at)
    for (const layout of IN_TAG) expect(await refused(at, { layout })).toMatchObject({ code: 'bound-elsewhere', message: expect.stringMatching(words) as string })
    expect((await at.sign(await signer(), { layout: 'flat', force: true })).notes).toContainEqual({ code: 'bound-elsewhere', message: expect.stringMatching(words) as string })
  })

  test('a referrer', async () => {
    const at = await bench()
    await putArtifact(at.store, at.image.index)
    expect(await refused(at, { layout: 'flat' })).toMatchObject({ code: 'bound-elsewhere', message: expect.stringContaining('list of referrers') as string })
  })

  test('the image itself at its digest tag (cosign copy) binds nothing', async () => {
    const at = await bench({ referrersApi: false })
    at.store.tag(NAME, digestTag(at.image.index.digest), at.image.index.digest)
    expect(await at.sign(await signer(), { layout: 'flat' })).toMatchObject({ written: [{ kind: 'tag' }] })
  })

  test('a place that could not be read is not "nothing"', async () => {
    const at = await bench()
    const source: Bench['source'] = { ...at.source, referrers: async () => ({ state: 'failed', code: 'unauthorized', message: 'no' }) }
    expect(await refused(at, { layout: 'flat', source })).toMatchObject({ code: 'unauthorized' })
    expect(await refused(at, { source })).toMatchObject({ code: 'unauthorized' })
  })
})

describe('what the registry refuses', () => {
  test('tag-immutable names detached, and at the digest tag what to do there', async () => {
    const at = await bench({ referrersApi: false })
    const source = answering(at, { state: 'refused', code: 'tag-immutable', message: 'no' })
    expect(await refused(at, { layout: 'flat', source })).toMatchObject({ code: 'tag-immutable', message: expect.stringContaining('detached') as string })
    expect(await refused(at, { source })).toMatchObject({ code: 'tag-immutable', message: expect.stringContaining('sha256-') as string })
  })

  test('no right to push', async () => {
    const source = (at: Bench): Bench['source'] => answering(at, { state: 'refused', code: 'unauthorized', message: 'no' })
    for (const at of [await bench(), await bench({ referrersApi: false })]) expect(await refused(at, { source: source(at) })).toMatchObject({ code: 'unauthorized' })
  })

  test('an index that would be larger than 4 MiB, or list more than is read', async () => {
    const at = await bench({ referrersApi: false })
    const { manifests } = at.json('v1') as { manifests: object[] }
    const filled = (left: number): object => ({ schemaVersion: 2, mediaType: INDEX, manifests, annotations: { fill: 'x'.repeat(LIMITS.manifestBytes - left) } })
    await at.put('large', filled(1_400))
    expect(await refused(at, { layout: 'flat' }, `${REPOSITORY}:large`)).toMatchObject({ code: 'too-large' })
    const many = Array.from({ length: LIMITS.descriptors }, (_, i) => ({ mediaType: 'x', digest: `sha256:${String(i).padStart(64, '0')}`, size: 1 }))
    await at.put(digestTag(at.image.index.digest), { schemaVersion: 2, mediaType: INDEX, manifests: many })
    expect(await refused(at, {})).toMatchObject({ code: 'too-many-descriptors' })
  })

  test('what stands at the digest tag and can\'t be read is not written over', async () => {
    const at = await bench({ referrersApi: false })
    await at.put(digestTag(at.image.index.digest), { schemaVersion: 2, mediaType: INDEX, manifests: 'all' })
    expect(await refused(at, {})).toMatchObject({ code: 'malformed' })
  })
})
