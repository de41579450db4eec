import { describe, expect, test } from 'vitest'
import { utf8Encode } from '../../src/base/bytes.ts'
import { collectEvidence, encodeVerdict, openEvidence, policyFromKeys, registry, verify } from '../../src/index.ts'
import * as lies from './registry/lies.ts'
import {
  alice, AT, detached, flat, indexOf, INDEX, judge, layoutFiles, listed, put, referrer, sigLayer, sign, sigTag, withIndexJson, world, type Judged, type World,
} from './support.ts'

type Files = ReadonlyMap<string, Uint8Array<ArrayBuffer>>
interface Place { subject: string; place: string; state: string; code?: string }

const PLACES = 'dev.sealdex/places'
const path = (digest: string): string => `blobs/${digest.replace(':', '/')}`

/** What is recorded of an image that its digest tag signs. */
async function recorded(): Promise<{ on: World; files: Files }> {
  const on = await world({ referrersApi: false })
  await detached(on)
  return { on, files: (await collectEvidence(on.reference, { source: registry(), at: AT })).files }
}

const offline = async (on: World | string, files: Files): Promise<Judged> => judge(on, { source: await openEvidence(files) })

const withPlaces = (files: Files, change: (places: Place[]) => Place[]): Files => withIndexJson(files, ({ manifests, annotations = {} }) => (
  indexOf(manifests, { annotations: { ...annotations, [PLACES]: JSON.stringify(change(JSON.parse(annotations[PLACES] ?? '[]') as Place[])) } })
))

describe('recorded evidence that lies', () => {
  test('as it was recorded it is allowed, and says whose word it is', async () => {
    const { on, files } = await recorded()
    const { outcome, text } = await offline(on, files)
    expect(outcome).toBe('allow')
    expect(text).toContain('the word of the registry and of whoever recorded its answers')
  })

  test('a place that is not listed is failed, never absent: nothing is called unsigned by leaving something out', async () => {
    const { on, files } = await recorded()
    const { outcome, places } = await offline(on, withPlaces(files, (list) => list.filter(({ place }) => place !== 'digest-tag')))
    expect(outcome).toBe('indeterminate')
    expect(places).toContain('digest-tag failed not-in-evidence')
  })

  test('a place called absent, though what stood there is in the record: the recorder\'s word can only withhold', async () => {
    const { on, files } = await recorded()
    const { outcome, text } = await offline(on, withPlaces(files, (list) => list.map((place) => (place.place === 'digest-tag' ? { ...place, state: 'absent' } : place))))
    expect(outcome).toBe('unsigned')
    expect(text).toContain('the word of the registry and of whoever recorded its answers')
  })

  test('a place listed twice, absent and read: refused, since which one holds would be chance', async () => {
    const { files } = await recorded()
    const twice = withPlaces(files, (list) => list.flatMap((place) => [place, { ...place, state: 'absent' }]))
    await expect(openEvidence(twice)).rejects.toMatchObject({ code: 'malformed', message: expect.stringContaining('twice') as string })
  })

  test('evidence of another repository, or of another tag', async () => {
    const { on, files } = await recorded()
    const { outcome, codes } = await offline(`${on.server.host}/demo/other:v1`, files)
    expect([outcome, codes]).toEqual(['indeterminate', ['not-in-evidence']])
    expect((await offline(`${on.name}:v2`, files)).codes).toEqual(['not-in-evidence'])
  })

  test('the time of the record is no clock', async () => {
    const on = await world({ referrersApi: false })
    await flat(on, { optional: { 'dev.sealdex/expiresAt': '2026-11-01T00:00:00Z' } })
    const { files } = await collectEvidence(on.reference, { source: registry(), at: new Date('2026-10-01T00:00:00Z') })
    expect((await offline(on, files)).outcome).toBe('deny')
  })

  test('a tag that names two things', async () => {
    const { on, files } = await recorded()
    const other = JSON.stringify(indexOf([]))
    const entry = { mediaType: INDEX, digest: `sha256:${'2'.repeat(64)}`, size: other.length, annotations: { 'org.opencontainers.image.ref.name': 'v1' } }
    const { outcome, codes, text } = await offline(on, withIndexJson(files, (index) => indexOf([entry, ...index.manifests], { annotations: index.annotations })))
    expect([outcome, codes]).toEqual(['deny', ['malformed']])
    expect(text).toContain('two entries of one name')
    const layout = layoutFiles(on)
    expect((await offline(on, layout)).outcome).toBe('allow')
    expect((await offline(on, withIndexJson(layout, (index) => indexOf([...index.manifests, entry])))).codes).toEqual(['malformed'])
  })

  test('T3: bytes that do not have the digest they are filed under', async () => {
    const { on, files } = await recorded()
    const [manifest] = on.image.manifests
    const tampered = new Map(files).set(path(manifest?.digest ?? ''), utf8Encode('{}'))
    const { outcome, codes } = await offline(on, tampered)
    expect([outcome, codes]).toEqual(['deny', ['digest-mismatch']])
    const root = new Map(files).set(path(on.image.index.digest), utf8Encode(JSON.stringify(indexOf([]))))
    expect((await offline(on, root)).outcome).toBe('deny')
  })

  test.each([['v2', 'of a version that is not known'], ['', 'of a version that is not known']])('a mark "%s" is no evidence', async (mark, message) => {
    const { files } = await recorded()
    const marked = withIndexJson(files, ({ manifests, annotations }) => indexOf(manifests, { annotations: { ...annotations, 'dev.sealdex/evidence': mark } }))
    await expect(openEvidence(marked)).rejects.toMatchObject({ code: 'malformed', message: expect.stringContaining(message) as string })
  })

  test('a tar that is cut short, is no tar, or holds one path twice', async () => {
    const { on } = await recorded()
    const tar = (await collectEvidence(on.reference, { source: registry(), at: AT })).tar()
    expect((await judge(on, { source: await openEvidence(tar) })).outcome).toBe('allow')
    for (const bytes of [tar.slice(0, 3_000), new Uint8Array(2_048).fill(1)]) await expect(openEvidence(bytes)).rejects.toMatchObject({ code: 'malformed' })
  })
})

describe('layouts: wrong bytes elsewhere than in the graph are invalid entries', () => {
  test('a referrer, an index at the digest tag, a .sig: they count for nothing and spoil nothing', async () => {
    const on = await world({ referrersApi: false })
    const attached = await referrer(on, on.image.index, await sign(on, on.image.index.digest))
    const files = layoutFiles(on)
    expect((await offline(on, files)).outcome).toBe('allow')
    files.set(path(attached.digest), utf8Encode(new TextDecoder().decode(attached.bytes).replace('application/vnd.sealdex', 'application/vnd.sealdey')))
    const wrong = await offline(on, files)
    expect([wrong.outcome, wrong.signatures]).toEqual(['deny', ['invalid digest-mismatch']])
    await sigTag(on, on.image.index, [await sigLayer(on, on.image.index.digest)])
    const saved = new Map([...layoutFiles(on), [path(attached.digest), files.get(path(attached.digest)) ?? utf8Encode('')]])
    const { outcome, signatures } = await offline(on, saved)
    expect([outcome, signatures.includes('accepted')]).toEqual(['allow', true])
  })

  test('an index at the digest tag', async () => {
    const on = await world({ referrersApi: false })
    const at = await put(on, on.image.index.digest.replace(':', '-'), indexOf([listed(on.image.index, { annotations: await sign(on, on.image.index.digest) })]))
    const files = layoutFiles(on)
    expect((await offline(on, files)).outcome).toBe('allow')
    const { outcome, signatures } = await offline(on, files.set(path(at.digest), utf8Encode('{}')))
    expect([outcome, signatures]).toEqual(['deny', ['invalid digest-mismatch']])
  })
})

describe('E4: what failed live fails in the same way out of the record', () => {
  const policy = policyFromKeys([alice.publicPem])

  async function sameTwice(reference: string): Promise<string> {
    const live = await verify(reference, { source: registry(), policy, at: AT })
    const { files } = await collectEvidence(reference, { source: registry(), at: AT })
    const again = await verify(reference, { source: await openEvidence(files), policy, at: AT })
    expect(encodeVerdict(again)).toBe(encodeVerdict(live))
    return live.outcome
  }

  test('T3: a nested index with other bytes, a payload of .sig with other bytes', async () => {
    const on = await world({ referrersApi: false })
    const nested = await put(on, null, indexOf([], { annotations: { a: 'b' } }))
    await put(on, 'v1', indexOf([listed(nested)]))
    on.server.put(nested.digest, lies.flippedBit(50))
    expect(await sameTwice(on.reference)).toBe('indeterminate')
    const other = await world({ referrersApi: false })
    const layer = await sigLayer(other, other.image.index.digest)
    const { bytes } = await sigTag(other, other.image.index, [layer])
    const digest = /"layers":\[\{[^}]*"digest":"([^"]+)"/.exec(new TextDecoder().decode(bytes))?.[1] ?? ''
    other.server.put(digest, lies.flippedBit(5))
    expect(await sameTwice(other.reference)).toBe('indeterminate')
  })

  test('T3: the reference itself, by digest; one that is not there; one that is refused', async () => {
    const on = await world({ referrersApi: false })
    const byDigest = `${on.name}@${on.image.index.digest}`
    expect(await sameTwice(`${on.name}@sha256:${'0'.repeat(64)}`)).toBe('indeterminate')
    expect(await sameTwice(`${on.name}:other`)).toBe('indeterminate')
    on.server.put(on.image.index.digest, lies.flippedBit(5))
    expect(await sameTwice(byDigest)).toBe('indeterminate')
    on.server.put(on.image.index.digest, lies.failure(403, 'DENIED'))
    expect(await sameTwice(byDigest)).toBe('indeterminate')
  })
})
