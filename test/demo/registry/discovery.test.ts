import { describe, expect, test } from 'vitest'
import type { TestRegistry } from './call.ts'
import { json, OCI_INDEX, OCI_MANIFEST, testRegistry } from './call.ts'

const SUBJECT = `sha256:${'ab'.repeat(32)}`

function referrer(n: number, artifactType: string) {
  return json({
    schemaVersion: 2, mediaType: OCI_INDEX, artifactType, manifests: [], subject: { mediaType: OCI_INDEX, digest: SUBJECT, size: 1 }, annotations: { n: String(n) },
  })
}

async function seeded(options: Parameters<typeof testRegistry>[0] = {}): Promise<TestRegistry> {
  const registry = testRegistry(options)
  for (const n of [1, 2, 3, 4, 5]) await registry.store.putManifest('demo/app', `r${n}`, referrer(n, n % 2 === 0 ? 'a/even' : 'a/odd'), OCI_INDEX)
  return registry
}

async function listed(response: Response): Promise<readonly string[]> {
  const { manifests } = (await response.json()) as { manifests: readonly { annotations: { n: string } }[] }
  return manifests.map(({ annotations }) => annotations.n)
}

describe('referrers', () => {
  test('lists them with artifact type and annotations, filtered where asked', async () => {
    const { call } = await seeded()
    const all = await call('GET', `/v2/demo/app/referrers/${SUBJECT}`)
    expect(all.headers.get('oci-filters-applied')).toBeNull()
    expect(await listed(all)).toEqual(['1', '2', '3', '4', '5'])
    const even = await call('GET', `/v2/demo/app/referrers/${SUBJECT}?artifactType=a/even`)
    expect(even.headers.get('oci-filters-applied')).toBe('artifactType')
    expect(await listed(even)).toEqual(['2', '4'])
  })

  test('pages by Link', async () => {
    const { call } = await seeded({ referrersPageSize: 2 })
    const seen: string[] = []
    let next: string | undefined = `/v2/demo/app/referrers/${SUBJECT}`
    while (next !== undefined) {
      const response = await call('GET', next)
      next = /<(.*)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1]
      seen.push(...(await listed(response)))
    }
    expect(seen).toEqual(['1', '2', '3', '4', '5'])
  })

  test('is an empty list for an unknown digest or repository', async () => {
    const { call } = await seeded()
    expect(await listed(await call('GET', `/v2/demo/app/referrers/sha256:${'0'.repeat(64)}`))).toEqual([])
    expect((await call('GET', `/v2/demo/none/referrers/${SUBJECT}`)).status).toBe(200)
  })

  test('takes the config type of an image as its artifact type', async () => {
    const { call, store } = testRegistry()
    const bytes = json({ schemaVersion: 2, mediaType: OCI_MANIFEST, config: { mediaType: 'a/config' }, layers: [], subject: { digest: SUBJECT } })
    await store.putManifest('demo/app', 'x', bytes, OCI_MANIFEST)
    const { manifests } = (await (await call('GET', `/v2/demo/app/referrers/${SUBJECT}`)).json()) as { manifests: readonly unknown[] }
    expect(manifests).toMatchObject([{ artifactType: 'a/config', size: bytes.length }])
  })

  test('OCI-Subject is sent with the API, and neither without it', async () => {
    const push = { body: referrer(1, 'a/b'), headers: { 'Content-Type': OCI_INDEX } }
    expect((await testRegistry().call('PUT', '/v2/demo/app/manifests/x', push)).headers.get('oci-subject')).toBe(SUBJECT)
    const without = testRegistry({ referrersApi: false })
    expect((await without.call('PUT', '/v2/demo/app/manifests/x', push)).headers.get('oci-subject')).toBeNull()
    expect((await without.call('GET', `/v2/demo/app/referrers/${SUBJECT}`)).status).toBe(404)
  })
})

test('tags are listed in order, by n and last', async () => {
  const { call } = await seeded()
  const tags = async (query: string) => (await (await call('GET', `/v2/demo/app/tags/list${query}`)).json()) as unknown
  expect(await tags('')).toEqual({ name: 'demo/app', tags: ['r1', 'r2', 'r3', 'r4', 'r5'] })
  expect(await tags('?n=2')).toEqual({ name: 'demo/app', tags: ['r1', 'r2'] })
  expect(await tags('?n=2&last=r3')).toEqual({ name: 'demo/app', tags: ['r4', 'r5'] })
  expect((await call('GET', '/v2/demo/app/tags/list?n=2')).headers.get('link')).toBe('</v2/demo/app/tags/list?n=2&last=r2>; rel="next"')
})

test('a page of another origin may read answers, errors too', async () => {
  const { call } = await seeded()
  for (const path of ['/v2/demo/app/manifests/r1', '/v2/demo/app/manifests/none']) {
    const response = await call('GET', path, { headers: { Origin: 'http://page.test' } })
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect(response.headers.get('access-control-expose-headers')).toContain('Docker-Content-Digest')
  }
})
