import { describe, expect, test } from 'vitest'
import { utf8Encode } from '../../src/base/bytes.ts'
import type { Signer } from '../../src/crypto/private-key.ts'
import { attach } from '../../src/edit/attach.ts'
import { signList, type SignListOptions } from '../../src/edit/list.ts'
import { digestTag } from '../../src/oci/place.ts'
import { collectEvidence, openEvidence } from '../../src/verify/evidence.ts'
import { encodeVerdict } from '../../src/verify/verdict.ts'
import { instantTiming } from './clock.ts'
import { AT, bench, NAME, REPOSITORY, signer, type Bench } from './fixture.ts'
import { judgedBy } from './judged.ts'

const REF = `${REPOSITORY}:v1`
const COMPLETE = { complete: true }

async function sbom(at: Bench, text: string): Promise<string> {
  const { artifact } = await attach(REF, { source: at.source, content: utf8Encode(text), artifactType: 'application/spdx+json', timing: instantTiming() })
  return artifact.digest
}

function listing(at: Bench, key: Signer, options: Partial<SignListOptions> = {}): ReturnType<typeof signList> {
  return signList(REF, { source: at.source, signer: key, at: AT, timing: instantTiming(), ...options })
}

/** A signed image with two files, listed. */
async function listed(server: object): Promise<{ readonly at: Bench; readonly key: Signer; readonly files: readonly string[]; readonly list: string }> {
  const [at, key] = [await bench(server), await signer()]
  await at.sign(key)
  const files = [await sbom(at, 'one'), await sbom(at, 'two')].sort()
  return { at, key, files, list: (await listing(at, key)).list.digest }
}

describe.each([['referrers', {}], ['digest tag', { referrersApi: false }]] as const)('R8: a list signature, in a registry with %s', (_, server) => {
  test('the list is an index without a tag about the image, and what it lists is complete', async () => {
    const { at, key, files, list } = await listed(server)
    expect(at.json(list)).toMatchObject({ artifactType: 'application/vnd.sealdex.attached-list.v1', subject: { digest: at.image.index.digest }, manifests: files.map((digest) => ({ digest })) })
    expect([...at.store.repository(NAME).tags.values()]).not.toContain(list)
    expect(await judgedBy(at, [key], COMPLETE)).toMatchObject({ outcome: 'allow', completeness: { state: 'complete', missing: [], extra: [], unfetchable: [] } })
  })

  test('extra: what was attached after it', async () => {
    const { at, key, list } = await listed(server)
    const extra = await sbom(at, 'three')
    expect(await judgedBy(at, [key], COMPLETE)).toMatchObject({ outcome: 'deny', completeness: { state: 'incomplete', missing: [], extra: [{ list, digest: extra }] }, reasons: [{ code: 'incomplete', effect: 'decides' }, {}] })
    // the report says so where nobody demands it
    expect(await judgedBy(at, [key], {}, { all: true })).toMatchObject({ outcome: 'allow', completeness: { state: 'incomplete' } })
    // a newer list knows it
    await listing(at, key, { at: AT + 1 })
    expect(await judgedBy(at, [key], COMPLETE)).toMatchObject({ outcome: 'allow', completeness: { state: 'complete' } })
  })

  test('E4: recorded evidence gives the same verdict, byte for byte', async () => {
    const { at, key } = await listed(server)
    await sbom(at, 'three')
    const moment = { at: new Date(AT * 1000), all: true } as const
    const evidence = await collectEvidence(REF, { source: at.source, at: moment.at })
    const offline = await openEvidence(evidence.tar())
    expect(encodeVerdict(await judgedBy(at, [key], COMPLETE, { ...moment, source: offline }))).toBe(encodeVerdict(await judgedBy(at, [key], COMPLETE, moment)))
  })

  test('another signature is no attachment, so it makes no list wrong', async () => {
    const { at, key } = await listed(server)
    await at.sign(await signer(1))
    expect(await judgedBy(at, [key], COMPLETE)).toMatchObject({ outcome: 'allow' })
  })

  test('it never covers the image', async () => {
    const [at, key] = [await bench(server), await signer()]
    await sbom(at, 'one')
    await listing(at, key)
    expect(await judgedBy(at, [key])).toMatchObject({ outcome: 'unsigned' })
    expect((await judgedBy(at, [key], COMPLETE)).outcome).not.toBe('allow')
  })

  test('no list, or one by a stranger: nobody vouches', async () => {
    const { at, key } = await listed(server)
    const stranger = await signer(3)
    await at.sign(stranger)
    expect(await judgedBy(at, [stranger], COMPLETE)).toMatchObject({ outcome: 'deny', completeness: { state: 'unknown' }, reasons: [{ code: 'incomplete' }, {}] })
    expect(await judgedBy(at, [key, stranger], { ...COMPLETE, signatures: { threshold: 2 } })).toMatchObject({ outcome: 'deny', completeness: { state: 'unknown' } })
    await listing(at, stranger)
    expect(await judgedBy(at, [key, stranger], { ...COMPLETE, signatures: { threshold: 2 } })).toMatchObject({ outcome: 'allow', completeness: { state: 'complete' } })
  })
})

describe('R8: a registry that hides', () => {
  test('missing: an entry that the list of referrers does not name', async () => {
    const { at, key, files, list } = await listed({})
    const hiding: typeof at.source = {
      ...at.source,
      referrers: async (...args) => {
        const answer = await at.source.referrers(...args)
        return answer.state === 'read' ? { ...answer, value: answer.value.filter(({ digest }) => digest !== files[0]) } : answer
      },
    }
    expect(await judgedBy(at, [key], COMPLETE, { source: hiding })).toMatchObject({ outcome: 'deny', completeness: { state: 'incomplete', missing: [{ list, digest: files[0] }], extra: [], unfetchable: [] } })
  })

  test('missing: an entry that it names, and says that it has not', async () => {
    const { at, key, files, list } = await listed({})
    const without: typeof at.source = { ...at.source, manifest: async (...args) => (args[1] === files[1] ? { state: 'absent' } : at.source.manifest(...args)) }
    expect(await judgedBy(at, [key], COMPLETE, { source: without })).toMatchObject({ outcome: 'deny', completeness: { missing: [{ list, digest: files[1] }] } })
  })

  test('unfetchable: what could not be read may be there, so nothing is decided', async () => {
    const { at, key, files, list } = await listed({})
    const failing: typeof at.source = { ...at.source, manifest: async (...args) => (args[1] === files[1] ? { state: 'failed', code: 'registry-error', message: '503' } : at.source.manifest(...args)) }
    expect(await judgedBy(at, [key], COMPLETE, { source: failing })).toMatchObject({ outcome: 'indeterminate', completeness: { missing: [], unfetchable: [{ list, digest: files[1] }] } })
    const down: typeof at.source = { ...at.source, referrers: async () => ({ state: 'failed', code: 'registry-error', message: '503' }) }
    expect(await judgedBy(at, [key], COMPLETE, { source: down })).toMatchObject({ outcome: 'indeterminate' })
  })

  test('one is missing and another not readable: each by itself', async () => {
    const { at, key, files: [first, second], list } = await listed({})
    const source: typeof at.source = {
      ...at.source,
      manifest: async (...args) => (args[1] === first ? { state: 'absent' } : args[1] === second ? { state: 'failed', code: 'registry-error', message: '503' } : at.source.manifest(...args)),
    }
    expect(await judgedBy(at, [key], COMPLETE, { source })).toMatchObject({ outcome: 'indeterminate', completeness: { missing: [{ list, digest: first }], unfetchable: [{ list, digest: second }] } })
  })

  test('the list itself hidden, and its signature left', async () => {
    const { at, key, list } = await listed({})
    at.store.repository(NAME).manifests.delete(list)
    expect(await judgedBy(at, [key], COMPLETE)).toMatchObject({ outcome: 'deny', completeness: { state: 'incomplete', missing: [{ list, digest: list }] } })
  })

  test('an older list put in the place of the newest', async () => {
    const { at, key } = await listed({})
    await sbom(at, 'three')
    const newer = (await listing(at, key, { at: AT + 60 })).list.digest
    at.store.repository(NAME).manifests.delete(newer)
    expect(await judgedBy(at, [key], COMPLETE)).toMatchObject({ outcome: 'deny', completeness: { missing: [{ list: newer, digest: newer }] } })
  })

  test('half a list is not signed', async () => {
    const { at, key, files } = await listed({})
    const failing: typeof at.source = { ...at.source, manifest: async (...args) => (args[1] === files[1] ? { state: 'failed', code: 'registry-error', message: '503' } : at.source.manifest(...args)) }
    await expect(listing(at, key, { source: failing })).rejects.toMatchObject({ code: 'registry-error' })
  })

  test('the same is listed as the same, whoever lists it; each call signs anew', async () => {
    const { at, key, list } = await listed({ referrersApi: false })
    const tag = digestTag(at.image.index.digest)
    expect((await listing(at, await signer(1), { at: AT + 9 })).list.digest).toBe(list)
    expect((await listing(at, key, { at: AT + 9 })).subjects).toMatchObject([{ digest: list, state: 'renewed' }])
    expect(at.index(tag).manifests.filter(({ digest }) => digest === list)).toHaveLength(1)
  })
})
