import { describe, expect, test } from 'vitest'
import { objectOf } from '../../demo/images.ts'
import { utf8Encode } from '../../src/base/bytes.ts'
import { parseDigest, type Digest } from '../../src/crypto/digest.ts'
import { memoryFiles, type LayoutFiles } from '../../src/oci/layout.ts'
import { parseReference } from '../../src/oci/reference.ts'
import { Guard } from '../../src/source/guarded.ts'
import { layoutSource } from '../../src/source/layout-source.ts'
import { artifactOf, entry, files, layoutOf, named, pieces } from './layout-fixture.ts'
import { outcome } from './registry-fixture.ts'

const REFERENCE = parseReference('registry.example/demo/app:v1')
const { repository } = REFERENCE

async function resolved(layout: LayoutFiles, reference = 'registry.example/demo/app:v1'): Promise<string> {
  const answer = await (await layoutSource(layout)).resolve(parseReference(reference), new Guard())
  return answer.state === 'read' ? answer.value.object.digest : outcome(answer)
}

describe('E3: what a tag names', () => {
  test('the entry of that name: the tag, or the full reference in any spelling', async () => {
    const [{ image, index, objects }, other] = [await pieces(), await pieces('other')]
    for (const name of ['v1', 'registry.example/demo/app:v1', 'REGISTRY.example:443/demo/app:v1']) {
      expect(await resolved(files([named(other.image.index, 'v2'), named(image.index, name)], objects))).toBe(index)
    }
    expect(await resolved(files([named(image.index, 'docker.io/library/app:v1')], objects), 'app:v1')).toBe(index)
    expect(await resolved(files([named(image.index, 'registry.example/demo/app')], objects), 'registry.example/demo/app')).toBe(index)
  })

  test('another tag, another repository: absent, as soon as any entry has a name', async () => {
    const { image, objects } = await pieces()
    for (const name of ['v2', 'registry.example/other/app:v1', 'registry.example/demo/app:v1@', '../v1']) expect(await resolved(files([named(image.index, name)], objects))).toBe('absent')
    expect(await resolved(files([entry(image.index), named(image.index, 'v2')], objects))).toBe('absent')
  })

  test('two entries of one name with different digests: malformed; with one digest: that', async () => {
    const [{ image, index, objects }, other] = [await pieces(), await pieces('other')]
    expect(await resolved(files([named(image.index, 'v1'), named(other.image.index, 'registry.example/demo/app:v1')], objects))).toBe('failed malformed')
    expect(await resolved(files([named(image.index, 'v1'), named(image.index, 'v1')], objects))).toBe(index)
  })

  test('no names: the only entry that is neither a referrer nor a child', async () => {
    const { image, index, objects } = await pieces()
    const artifact = await artifactOf(image.index, 'a')
    const signedIndex = await objectOf(image.index.mediaType, { schemaVersion: 2, mediaType: image.index.mediaType, manifests: [entry(image.index)], subject: entry(image.index) })
    const all = [...objects, artifact, signedIndex]
    expect(await resolved(files([entry(image.index)], objects))).toBe(index)
    expect(await resolved(files([entry(artifact), ...image.manifests.map((manifest) => entry(manifest)), entry(signedIndex), entry(image.index)], all))).toBe(index)
    const other = await pieces('other')
    expect(await resolved(files([entry(image.index), entry(other.image.index)], [...objects, ...other.objects]))).toBe('absent')
    expect(await resolved(files([], objects))).toBe('absent')
  })

  test('cosign save: by kind', async () => {
    const { image, index, objects } = await pieces()
    const [sigs, atts] = [await artifactOf(image.manifests[0] ?? image.index, 's'), await artifactOf(image.index, 'a')]
    const kind = (name: string) => ({ kind: `dev.cosignproject.cosign/${name}` })
    const layout = files([entry(image.index, kind('imageIndex')), entry(sigs, kind('sigs')), entry(atts, kind('atts'))], [...objects, sigs, atts])
    expect(await resolved(layout)).toBe(index)
    const source = await layoutSource(layout)
    const tag = index.replace(':', '-')
    expect(await source.tagged(repository, `${tag}.sig`, new Guard())).toMatchObject({ value: { object: { digest: sigs.digest } } })
    expect(await source.tagged(repository, `${tag}.att`, new Guard())).toMatchObject({ value: { object: { digest: atts.digest } } })
    expect(outcome(await source.tagged(repository, tag, new Guard()))).toBe('absent')
  })
})

describe('objects', () => {
  test('by digest, listed or not; missing is absent; wrong bytes are failed (R1)', async () => {
    const { image, objects } = await pieces()
    const child = parseDigest(image.manifests[0]?.digest ?? '')
    const content = layoutOf([named(image.index, 'v1')], objects)
    content.set(`blobs/sha256/${parseDigest(image.manifests[1]?.digest ?? '').slice(7)}`, utf8Encode('other'))
    const source = await layoutSource(memoryFiles(content))
    expect(source.kind).toBe('layout')
    expect(await source.manifest(repository, child, new Guard())).toMatchObject({ state: 'read', value: { object: { digest: child }, contentType: null } })
    expect(outcome(await source.manifest(repository, parseDigest(image.manifests[1]?.digest ?? ''), new Guard()))).toBe('failed digest-mismatch')
    expect(outcome(await source.blob(repository, `sha256:${'0'.repeat(64)}` as Digest, new Guard()))).toBe('absent')
  })

  test('the budget of bytes and the deadline count', async () => {
    const { image, index, objects } = await pieces()
    const source = await layoutSource(files([named(image.index, 'v1')], objects))
    expect(outcome(await source.manifest(repository, index, new Guard({ maxBytes: 10 })))).toBe('failed evidence-too-large')
    expect(outcome(await source.manifest(repository, index, new Guard({ signal: AbortSignal.abort() })))).toBe('failed timeout')
  })

  test('files that can not be read are failed, not absent', async () => {
    const { image, index, objects } = await pieces()
    const honest = files([named(image.index, 'v1')], objects)
    const source = await layoutSource({ get: (path, max) => (path.startsWith('blobs') ? Promise.reject(new Error('EIO')) : honest.get(path, max)) })
    expect(outcome(await source.manifest(repository, index, new Guard()))).toBe('failed unreachable')
  })
})

describe('R2: referrers of a layout', () => {
  test('every manifest that index.json reaches and whose subject it is, sorted, as a registry lists them', async () => {
    const { image, index, objects } = await pieces()
    const [listed, nested, loose] = [await artifactOf(image.index, 'listed'), await artifactOf(image.index, 'nested'), await artifactOf(image.index, 'loose')]
    const outer = await objectOf(image.index.mediaType, { schemaVersion: 2, mediaType: image.index.mediaType, manifests: [entry(nested)] })
    const source = await layoutSource(files([named(image.index, 'v1'), entry(listed), entry(outer)], [...objects, listed, nested, loose, outer]))
    const answer = await source.referrers(repository, index, new Guard())
    expect(answer.state === 'read' && answer.value.map(({ digest }) => digest)).toEqual([listed.digest, nested.digest].sort())
    expect(answer).toMatchObject({ value: [{ artifactType: 'application/vnd.example', size: expect.any(Number) }, { mediaType: listed.mediaType }] })
    expect(await source.referrers(repository, parseDigest(listed.digest), new Guard())).toEqual({ state: 'read', value: [] })
  })

  test('one with wrong bytes is listed at its word, so that whoever reads it says what is wrong', async () => {
    const { image, index, objects } = await pieces()
    const artifact = await artifactOf(image.index, 'a')
    const forged = await artifactOf(image.index, 'b')
    const source = await layoutSource(files([named(image.index, 'v1'), entry(artifact)], [...objects, { ...artifact, bytes: forged.bytes }]))
    expect(await source.referrers(repository, index, new Guard())).toMatchObject({ value: [{ digest: artifact.digest }] })
    expect(outcome(await source.manifest(repository, parseDigest(artifact.digest), new Guard()))).toBe('failed digest-mismatch')
  })

  test('T13: more manifests than are looked at are failed; one who has less time does not spoil it for the next', async () => {
    const { image, index, objects } = await pieces()
    const many = Array.from({ length: 4_000 }, (_, n) => ({ ...entry(image.index), digest: `sha256:${n.toString(16).padStart(64, '0')}` }))
    const crowded = await layoutSource(files([named(image.index, 'v1'), ...many.slice(1)], objects))
    expect(outcome(await crowded.referrers(repository, index, new Guard()))).toBe('failed too-many-descriptors')
    const source = await layoutSource(files([named(image.index, 'v1')], objects))
    expect(outcome(await source.referrers(repository, index, new Guard({ signal: AbortSignal.abort() })))).toBe('failed timeout')
    expect(outcome(await source.referrers(repository, index, new Guard()))).toBe('read')
  })

  test('the digest tag is the entry of that name', async () => {
    const [{ image, index, objects }, signed] = [await pieces(), await pieces('signed')]
    const source = await layoutSource(files([named(image.index, 'v1'), named(signed.image.index, index.replace(':', '-'))], [...objects, ...signed.objects]))
    expect(await source.tagged(repository, index.replace(':', '-'), new Guard())).toMatchObject({ value: { object: { digest: signed.index } } })
    expect(outcome(await source.tagged(repository, `${index.replace(':', '-')}.sig`, new Guard()))).toBe('absent')
  })
})
