import { describe, expect, test } from 'vitest'
import { parseDigest, type Digest } from '../../src/crypto/digest.ts'
import { parseReference } from '../../src/oci/reference.ts'
import { Guard } from '../../src/source/guarded.ts'
import { layoutSource, type LayoutSource } from '../../src/source/layout-source.ts'
import { memorySource } from '../../src/source/memory.ts'
import { artifactOf, entry, files, named, pieces } from './layout-fixture.ts'
import { outcome } from './registry-fixture.ts'

const { repository } = parseReference('registry.example/demo/app:v1')
const MARK = { 'dev.sealdex/evidence': 'v1' }
const ZERO = `sha256:${'0'.repeat(64)}` as Digest

async function evidence(places: (subject: Digest) => readonly unknown[]): Promise<{ source: LayoutSource; index: Digest; artifact: Digest }> {
  const { image, index, objects } = await pieces()
  const artifact = await artifactOf(image.index, 'a')
  const listed = entry(artifact, { 'dev.sealdex/listed': JSON.stringify([index]), text: 'as it stood there' })
  const annotations = { ...MARK, 'dev.sealdex/reference': 'registry.example/demo/app:v1', 'dev.sealdex/recordedAt': '2026-11-24T00:00:00Z', 'dev.sealdex/places': JSON.stringify(places(index)) }
  const source = await layoutSource(files([named(image.index, 'v1'), listed, named(artifact, index.replace(':', '-')), named(artifact, `${index.replace(':', '-')}.sig`)], [...objects, artifact], annotations))
  return { source, index, artifact: parseDigest(artifact.digest) }
}

describe('E2: in marked evidence', () => {
  test('what is listed as read is read, what is listed as absent is absent, what failed failed with its code', async () => {
    const { source, index, artifact } = await evidence((subject) => [
      { subject, place: 'graph', state: 'read' },
      { subject, place: 'digest-tag', state: 'read' },
      { subject, place: 'referrers', state: 'read' },
      { subject, place: 'sig-tag', state: 'absent' },
      { subject, place: 'att-tag', state: 'failed', code: 'rate-limited' },
    ])
    const tag = index.replace(':', '-')
    expect(source.kind).toBe('recorded')
    expect(source.recorded).toMatchObject({ reference: 'registry.example/demo/app:v1', recordedAt: '2026-11-24T00:00:00Z', places: [{}, {}, {}, {}, { place: 'att-tag', code: 'rate-limited' }] })
    expect(await source.resolve(parseReference('registry.example/demo/app:v1'), new Guard())).toMatchObject({ value: { object: { digest: index } } })
    expect(await source.tagged(repository, tag, new Guard())).toMatchObject({ value: { object: { digest: artifact } } })
    expect(outcome(await source.tagged(repository, `${tag}.sig`, new Guard()))).toBe('absent')
    expect(outcome(await source.tagged(repository, `${tag}.att`, new Guard()))).toBe('failed rate-limited')
    const list = await source.referrers(repository, index, new Guard())
    expect(list.state === 'read' && list.value.map(({ digest, annotations }) => [digest, Object.fromEntries(annotations)])).toEqual([[artifact, { text: 'as it stood there' }]])
  })

  test('what is not listed is failed, never absent', async () => {
    const { source, index } = await evidence(() => [])
    const tag = index.replace(':', '-')
    const guard = new Guard()
    const answers = [
      await source.tagged(repository, tag, guard), await source.tagged(repository, `${tag}.sig`, guard), await source.tagged(repository, 'v9', guard), await source.referrers(repository, index, guard),
      await source.manifest(repository, ZERO, guard), await source.blob(repository, ZERO, guard), await source.resolve(parseReference('registry.example/demo/app:v9'), guard),
    ]
    expect(answers.map(outcome)).toEqual(Array(7).fill('failed not-in-evidence'))
  })

  test('a place that was not needed is not listed; a code of a later version is no absence', async () => {
    const { source, index } = await evidence((subject) => [{ subject, place: 'referrers', state: 'not-needed' }, { subject, place: 'sig-tag', state: 'failed', code: 'code-of-2030' }])
    expect(outcome(await source.referrers(repository, index, new Guard()))).toBe('failed not-in-evidence')
    expect(outcome(await source.tagged(repository, `${index.replace(':', '-')}.sig`, new Guard()))).toBe('failed not-in-evidence')
  })

  test.each([
    ['another version', { 'dev.sealdex/evidence': 'v2' }],
    ['a reference that is none', { ...MARK, 'dev.sealdex/reference': 'Not A Reference' }],
    ['failures that are no list', { ...MARK, 'dev.sealdex/failures': '{}' }],
    ['places that are no list', { ...MARK, 'dev.sealdex/places': '{}' }],
    ['a place that is not known', { ...MARK, 'dev.sealdex/places': JSON.stringify([{ subject: ZERO, place: 'moon', state: 'read' }]) }],
    ['a state that is not known', { ...MARK, 'dev.sealdex/places': JSON.stringify([{ subject: ZERO, place: 'graph', state: 'maybe' }]) }],
  ])('%s: malformed', async (_, annotations) => {
    await expect(layoutSource(files([], [], annotations))).rejects.toMatchObject({ code: 'malformed' })
  })
})

test('E2: what was recorded of one repository says nothing of another', async () => {
  const { source } = await evidence(() => [])
  expect(outcome(await source.resolve(parseReference('registry.example/other/app:v1'), new Guard()))).toBe('failed not-in-evidence')
})

test('memory', async () => {
  const { image, index, objects } = await pieces()
  const source = await memorySource({ manifests: objects.map(({ bytes }) => bytes), tags: { v1: index } })
  const guard = new Guard()
  expect(await source.resolve(parseReference('registry.example/demo/app:v1'), guard)).toMatchObject({ value: { object: { digest: image.index.digest } } })
  expect(outcome(await source.tagged(repository, 'v2', guard))).toBe('absent')
  expect(outcome(await source.manifest(repository, ZERO, guard))).toBe('absent')
  expect(await source.referrers(repository, index, guard)).toEqual({ state: 'read', value: [] })
})
