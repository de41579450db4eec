import { describe, expect, test } from 'vitest'
import { nestedOriginal, readTagImage } from '../../src/edit/tag-image.ts'
import { digestTag } from '../../src/oci/place.ts'
import { parseReference } from '../../src/oci/reference.ts'
import { Guard } from '../../src/source/guarded.ts'
import { Objects, type LoadedDocument } from '../../src/verify/objects.ts'
import { acceptedKeys, AT, bench, checkedIn, descriptorFor, NAME, putArtifact, REPOSITORY, signer, type Bench } from './fixture.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'
const codes = (notes: readonly { readonly code: string }[]): readonly string[] => notes.map(({ code }) => code)
const keyIds = async (...numbers: number[]): Promise<ReadonlySet<string>> => new Set(await Promise.all(numbers.map(async (i) => (await signer(i)).publicKey.keyId)))

/** The image of the bench with an artifact before its platforms, as careless tools list it. */
async function withArtifactFirst(at: Bench): Promise<{ readonly before: string; readonly artifact: string }> {
  const sbom = await putArtifact(at.store, at.image.index)
  const { manifests } = at.json('v1') as { manifests: object[] }
  const before = await at.put('v1', { schemaVersion: 2, mediaType: INDEX, manifests: [descriptorFor(sbom), ...manifests], annotations: { kept: 'yes' }, 'x-top': 1 })
  return { before, artifact: sbom.digest }
}

describe('flat', () => {
  test('W3: each platform is signed in the tag\'s own index, which gets a new digest, and that is said', async () => {
    const [at, key] = [await bench(), await signer()]
    const result = await at.sign(key, { layout: 'flat' })
    const after = at.store.manifest(NAME, 'v1')?.digest
    expect(result).toMatchObject({ before: at.image.index.digest, after, written: [{ kind: 'tag', tag: 'v1', digest: after }] })
    expect(result.subjects).toEqual(at.image.manifests.map(({ digest, platform }) => ({ digest, platform: `${platform.os}/${platform.architecture}`, state: 'signed' })))
    expect(codes(result.notes)).toEqual(['digest-changed', 'not-atomic', 'set-unsigned'])
    for (const checked of await checkedIn(at.index('v1'), [key])) {
      expect(checked).toMatchObject({ state: 'accepted', signed: { repository: REPOSITORY, tag: 'v1', signedAt: AT } })
    }
  })

  test('W1: a second signer adds, the first again changes nothing, renew replaces', async () => {
    const at = await bench()
    await at.sign(await signer(0), { layout: 'flat' })
    await at.sign(await signer(1), { layout: 'flat' })
    const digest = at.store.manifest(NAME, 'v1')?.digest
    const again = await at.sign(await signer(0), { layout: 'flat', at: AT + 9 })
    expect(again).toMatchObject({ before: digest, after: digest, written: [], notes: [], subjects: [{ state: 'already-signed' }, { state: 'already-signed' }] })
    await at.sign(await signer(0), { layout: 'flat', at: AT + 9, renew: true })
    for (const manifest of at.image.manifests) expect(await acceptedKeys(at.index('v1'), manifest.digest, [await signer(0), await signer(1)])).toEqual(await keyIds(0, 1))
    expect(await checkedIn(at.index('v1'), [await signer(0), await signer(1)])).toHaveLength(4)
  })

  test('W2, W3: artifacts go behind the platforms; everything else stays as it was', async () => {
    const at = await bench()
    const { artifact } = await withArtifactFirst(at)
    await at.sign(await signer(), { layout: 'flat' })
    expect(at.json('v1')).toMatchObject({ annotations: { kept: 'yes' }, 'x-top': 1, manifests: [...at.image.manifests, { digest: artifact }].map(({ digest }) => ({ digest })) })
  })

  test('a Docker list becomes an OCI index with the same Docker manifests in it', async () => {
    const at = await bench({}, { mediaTypes: 'docker' })
    const result = await at.sign(await signer(), { layout: 'flat' })
    expect(codes(result.notes)).toContain('became-oci-index')
    expect(at.json('v1')).toMatchObject({ mediaType: INDEX, manifests: at.image.manifests.map(({ digest, mediaType }) => ({ digest, mediaType })) })
    expect(at.store.manifest(NAME, 'v1')?.mediaType).toBe(INDEX)
  })

  test('platform: only that one is signed', async () => {
    const at = await bench()
    await at.sign(await signer(), { layout: 'flat', platform: 'linux/arm64' })
    expect(at.index('v1').manifests.map(({ annotations }) => annotations.size)).toEqual([0, 3])
  })

  test('two entries of one manifest for two platforms are one subject', async () => {
    const at = await bench()
    const [amd] = at.image.manifests.map((manifest) => descriptorFor(manifest))
    await at.put('v1', { schemaVersion: 2, mediaType: INDEX, manifests: ['amd64', 'arm64'].map((architecture) => ({ ...amd, platform: { os: 'linux', architecture } })) })
    const result = await at.sign(await signer(), { layout: 'flat' })
    expect(result.subjects).toHaveLength(1)
    expect(await acceptedKeys(at.index('v1'), amd?.digest ?? '', [await signer()])).toEqual(await keyIds(0))
    expect(at.index('v1').manifests).toHaveLength(2)
  })
})

describe('nested', () => {
  test('W3: platforms first, then the original index, signed, then artifacts', async () => {
    const at = await bench()
    const { before, artifact } = await withArtifactFirst(at)
    const result = await at.sign(await signer(), { layout: 'nested' })
    expect(result).toMatchObject({ before, subjects: [{ digest: before, platform: null, state: 'signed' }] })
    expect(at.index('v1').manifests.map(({ digest }) => digest)).toEqual([...at.image.manifests.map(({ digest }) => digest), before, artifact])
    expect(await acceptedKeys(at.index('v1'), before, [await signer()])).toEqual(await keyIds(0))
    expect(result.notes.find(({ code }) => code === 'copy-breaks')?.message).toContain('skopeo copy --all')
  })

  test('W3: signed again it is not nested once more, and the first signature stays', async () => {
    const at = await bench()
    await at.sign(await signer(0), { layout: 'nested' })
    const result = await at.sign(await signer(1), { layout: 'nested' })
    expect(result.subjects).toEqual([{ digest: at.image.index.digest, platform: null, state: 'signed' }])
    expect(at.index('v1').manifests).toHaveLength(3)
    expect(await acceptedKeys(at.index('v1'), at.image.index.digest, [await signer(0), await signer(1)])).toEqual(await keyIds(0, 1))
    expect(await at.sign(await signer(1), { layout: 'nested', at: AT + 1 })).toMatchObject({ written: [], subjects: [{ state: 'already-signed' }] })
  })

  test('a nested index with other platforms than its siblings is not taken for the layout', async () => {
    const at = await bench()
    await at.sign(await signer(0), { layout: 'nested' })
    const { manifests } = at.json('v1') as { manifests: object[] }
    const before = await at.put('v1', { schemaVersion: 2, mediaType: INDEX, manifests: manifests.slice(1) })
    const objects = new Objects(at.source, parseReference(REPOSITORY).repository, new Guard())
    const loaded = await objects.tagged('v1')
    expect(nestedOriginal(await readTagImage((loaded as { value: LoadedDocument }).value, objects))).toBeNull()
    expect((await at.sign(await signer(1), { layout: 'nested' })).subjects).toMatchObject([{ digest: before }])
  })

  test('flat and nested go together: both signatures verify', async () => {
    const at = await bench()
    await at.sign(await signer(0), { layout: 'nested' })
    await at.sign(await signer(1), { layout: 'flat' })
    expect(await acceptedKeys(at.index('v1'), at.image.index.digest, [await signer(0)])).toEqual(await keyIds(0))
    expect(await acceptedKeys(at.index('v1'), at.image.manifests[0]?.digest ?? '', [await signer(1)])).toEqual(await keyIds(1))
  })
})

describe('the tag meanwhile', () => {
  /** Lets something happen between the first read of the tag and the write. */
  function meanwhile(at: Bench, happens: () => Promise<unknown>, tag = 'v1'): Bench['source'] {
    let reads = 0
    return {
      ...at.source,
      tagged: async (...args) => {
        if (args[1] === tag && ++reads === 2) await happens()
        return at.source.tagged(...args)
      },
    }
  }

  test('W3: another image under the tag stops the writer, and it is left alone', async () => {
    for (const layout of ['flat', 'nested'] as const) {
      const at = await bench()
      const [amd] = (at.json('v1') as { manifests: object[] }).manifests
      const source = meanwhile(at, () => at.put('v1', { schemaVersion: 2, mediaType: INDEX, manifests: [amd] }))
      await expect(at.sign(await signer(), { layout, source })).rejects.toMatchObject({ code: 'tag-changed' })
      expect(at.json('v1')).toMatchObject({ manifests: [amd] })
    }
  })

  test('W4: another signer of the same image is united with', async () => {
    for (const layout of ['flat', 'nested'] as const) {
      const at = await bench()
      const source = meanwhile(at, async () => at.sign(await signer(1), { layout: 'flat' }))
      await at.sign(await signer(0), { layout, source })
      const subject = layout === 'flat' ? (at.image.manifests[0]?.digest ?? '') : at.image.index.digest
      expect(await acceptedKeys(at.index('v1'), subject, [await signer(0)])).toEqual(await keyIds(0))
      expect(await acceptedKeys(at.index('v1'), at.image.manifests[0]?.digest ?? '', [await signer(1)])).toEqual(await keyIds(1))
    }
  })

  test('W4: what another tool overwrites while we watch is written again, and the user hears of it', async () => {
    const at = await bench({ referrersApi: false })
    const tag = digestTag(at.image.index.digest)
    const sbom = await putArtifact(at.store, at.image.index)
    await at.put(tag, { schemaVersion: 2, mediaType: INDEX, manifests: [descriptorFor(sbom)] })
    let reads = 0
    const source: Bench['source'] = {
      ...at.source,
      tagged: async (...args) => {
        if (args[1] === tag && ++reads === 3) await at.put(tag, { schemaVersion: 2, mediaType: INDEX, manifests: [] })
        return at.source.tagged(...args)
      },
    }
    const result = await at.sign(await signer(), { source })
    expect(result.notes.filter(({ code }) => code === 'overwritten')).toHaveLength(2)
    expect(result.notes.some(({ message }) => message.includes(sbom.digest))).toBe(true)
    expect(await acceptedKeys(at.index(tag), at.image.index.digest, [await signer()])).toEqual(await keyIds(0))
  })
})
