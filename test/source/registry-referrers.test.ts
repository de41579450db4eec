import { describe, expect, test } from 'vitest'
import { objectOf, descriptorOf } from '../../demo/images.ts'
import * as LIMITS from '../../src/base/limits.ts'
import { Guard } from '../../src/source/guarded.ts'
import { registry } from '../../src/source/registry.ts'
import type { Answer } from '../hostile/registry/hostile.ts'
import * as lies from '../hostile/registry/lies.ts'
import * as referrerLies from '../hostile/registry/referrer-lies.ts'
import { outcome, seeded, type Seeded } from './registry-fixture.ts'

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const EMPTY = { mediaType: 'application/vnd.oci.empty.v1+json', digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a', size: 2 }

async function withReferrers(count: number, options: Parameters<typeof seeded>[0] = {}): Promise<Seeded & { digests: string[] }> {
  const all = await seeded(options)
  const digests: string[] = []
  for (let n = 0; n < count; n++) {
    const artifact = await objectOf(MANIFEST, { schemaVersion: 2, mediaType: MANIFEST, artifactType: 'application/vnd.example', config: EMPTY, layers: [EMPTY], subject: descriptorOf(all.image.index), annotations: { n: String(n) } })
    digests.push(await all.server.store.putManifest('demo/app', artifact.digest, artifact.bytes, MANIFEST))
  }
  return { ...all, digests: digests.sort() }
}

async function asked({ reference, index }: Seeded, guard: Guard = new Guard()) {
  return registry().referrers(reference.repository, index, guard)
}

test('the whole list, page by page', async () => {
  const all = await withReferrers(5, { referrersPageSize: 2 })
  const answer = await asked(all)
  expect(answer.state === 'read' && answer.value.map(({ digest }) => digest).sort()).toEqual(all.digests)
  expect(answer).toMatchObject({ value: [{ artifactType: 'application/vnd.example', mediaType: MANIFEST }, {}, {}, {}, {}] })
  expect(all.server.requests).toHaveLength(3)
})

test('an empty list is read, not absent', async () => {
  expect(await asked(await seeded())).toEqual({ state: 'read', value: [] })
})

test('null in the place of the list is an empty one, as olareg 0.1.2 writes it', async () => {
  const all = await seeded()
  const index = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests: null }
  all.server.referrers(all.index, { status: 200, headers: { 'content-type': index.mediaType }, body: JSON.stringify(index) })
  expect(await asked(all)).toEqual({ state: 'read', value: [] })
  all.server.referrers(all.index, { status: 200, headers: { 'content-type': index.mediaType }, body: JSON.stringify({ ...index, manifests: undefined }) })
  expect(outcome(await asked(all))).toBe('failed registry-error')
})

describe('R2', () => {
  test.each([[404, 'absent'], [405, 'absent'], [501, 'absent'], [401, 'failed unauthorized'], [403, 'failed unauthorized'], [429, 'failed rate-limited'], [500, 'failed registry-error'], [503, 'failed registry-error'], [400, 'failed registry-error']])('%i: %s', async (status, expected) => {
    const all = await seeded()
    all.server.referrers(all.index, { status, headers: {}, body: '' })
    expect(outcome(await asked(all))).toBe(expected)
  })

  test('a page that is missing fails the list', async () => {
    const all = await withReferrers(3, { referrersPageSize: 2 })
    all.server.route((request) => /referrers.*\?/.test(request.path), lies.absent)
    expect(outcome(await asked(all))).toBe('failed registry-error')
  })
})

const WRONG: [string, Answer, string][] = [
  ['HTML under 200', lies.serverError(200), 'content-type-mismatch'],
  ['the right body under another type', lies.contentType('application/json'), 'content-type-mismatch'],
  ['HTML as an index', { status: 200, headers: { 'content-type': 'application/vnd.oci.image.index.v1+json' }, body: '<html>' }, 'registry-error'],
  ['a manifest', lies.document({ schemaVersion: 2, mediaType: MANIFEST, config: EMPTY, layers: [] }), 'registry-error'],
  ['manifests: null', lies.document({ schemaVersion: 2, manifests: null }), 'registry-error'],
  ['a digest that is none (T5)', referrerLies.referrerList([{ mediaType: MANIFEST, digest: 'sha256:../../etc', size: 1 }]), 'registry-error'],
  ['an upper-case digest (T5)', referrerLies.referrerList([{ mediaType: MANIFEST, digest: `sha256:${'A'.repeat(64)}`, size: 1 }]), 'registry-error'],
  ['an endless body (T12)', lies.endless(), 'too-large'],
  ['a gzip bomb (T14)', lies.gzipBomb(64 * 1024 * 1024), 'too-large'],
  ['pages in a circle', referrerLies.pageLoop(), 'registry-error'],
  ['pages without end', referrerLies.pagesForever(), 'too-many-referrers'],
  ['a next page at another origin', referrerLies.nextAt('http://127.0.0.1:1/v2/demo/app/referrers/x'), 'forbidden-address'],
  ['a next page in another repository', referrerLies.nextAt(`/v2/other/app/referrers/sha256:${'0'.repeat(64)}`), 'forbidden-address'],
  ['a next page that is something else', referrerLies.nextAt('../tags/list'), 'forbidden-address'],
  ['a broken Link', lies.withHeaders({ link: 'next please' }), 'registry-error'],
  ['two next pages', lies.withHeaders({ link: '<?a=1>; rel="next", <?a=2>; rel="next"' }), 'registry-error'],
]

test.each(WRONG)('%s is failed', async (_, lie, code) => {
  const all = await withReferrers(1)
  all.server.referrers(all.index, lie)
  expect(outcome(await asked(all))).toBe(`failed ${code}`)
})

test('the same path at another origin is another list, and is not asked', async () => {
  const [all, other] = [await withReferrers(1), await seeded()]
  all.server.referrers(all.index, referrerLies.nextAt(`${other.server.url}/v2/demo/app/referrers/${all.index}?page=2`))
  expect(outcome(await asked(all))).toBe('failed forbidden-address')
  expect(other.server.requests).toHaveLength(0)
})

test('pages without end are left after as many as are read', async () => {
  const all = await seeded()
  all.server.referrers(all.index, referrerLies.pagesForever())
  await asked(all)
  expect(all.server.requests).toHaveLength(LIMITS.pages)
})

test('more entries than are read are failed, in one page or over several', async () => {
  const all = await seeded()
  all.server.referrers(all.index, referrerLies.manyReferrers(1_001))
  expect(outcome(await asked(all))).toMatch(/^failed/)
  const half = (from: number) => Array.from({ length: 600 }, (_, n) => ({ mediaType: MANIFEST, digest: `sha256:${(from + n).toString(16).padStart(64, '0')}`, size: 1 }))
  all.server.referrers(all.index, ({ path }) => (path.includes('?') ? referrerLies.referrerList(half(600)) : referrerLies.referrerList(half(0), { next: `${path}?page=2` })))
  expect(outcome(await asked(all))).toBe('failed too-many-referrers')
})
