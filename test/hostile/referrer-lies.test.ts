import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { objectOf } from '../../demo/images.ts'
import { hostileRegistry, type HostileRegistry } from './registry/hostile.ts'
import * as lies from './registry/referrer-lies.ts'
import { reorderedWrites } from './registry/reordered-writes.ts'
import { wireGet } from './registry/wire.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'
const SUBJECT = `sha256:${'ab'.repeat(32)}`
const PATH = `/v2/demo/app/referrers/${SUBJECT}`

let registry: HostileRegistry

beforeEach(async () => {
  registry = await hostileRegistry()
  onTestFinished(registry.close)
  for (const n of [1, 2]) {
    const { digest, bytes } = await objectOf(INDEX, { schemaVersion: 2, artifactType: `a/${n}`, manifests: [], subject: { digest: SUBJECT } })
    await registry.store.putManifest('demo/app', digest, bytes, INDEX)
  }
})

async function listed(path = PATH): Promise<{ manifests: readonly Record<string, unknown>[]; next: string | undefined }> {
  const { body, headers } = await wireGet(registry.host, path)
  const { manifests } = JSON.parse(body.toString()) as { manifests: readonly Record<string, unknown>[] }
  return { manifests, next: /<(.*)>; rel="next"/.exec(headers['link'] ?? '')?.[1] }
}

test('entries with another size, and entries left out', async () => {
  const honest = await listed()
  registry.referrers(SUBJECT, lies.changedReferrers((entry, index) => (index === 0 ? null : { ...entry, size: 1 })))
  expect((await listed()).manifests).toEqual([{ ...honest.manifests[1], size: 1 }])
})

test('ten thousand entries, all different', async () => {
  registry.referrers(SUBJECT, lies.manyReferrers(10_000))
  expect(new Set((await listed()).manifests.map(({ digest }) => digest)).size).toBe(10_000)
})

test('a page that links to itself, pages without end, a next page elsewhere', async () => {
  registry.referrers(SUBJECT, lies.pageLoop())
  expect((await listed()).next).toBe(PATH)
  registry.referrers(SUBJECT, lies.pagesForever())
  expect((await listed()).next).toBe(`${PATH}?page=1`)
  expect((await listed(`${PATH}?page=1`)).next).toBe(`${PATH}?page=2`)
  registry.referrers(SUBJECT, lies.nextAt('http://other.test/v2/'))
  expect(await listed()).toMatchObject({ next: 'http://other.test/v2/', manifests: [{}, {}] })
})

test('writes that wait together are applied in reverse', async () => {
  const applied: string[] = []
  const hold = reorderedWrites({ batch: 3 })
  const write = async (digest: string): Promise<void> => {
    await hold({ repository: 'demo/app', reference: 'v1', digest, bytes: new Uint8Array() })
    applied.push(digest)
  }
  await Promise.all(['a', 'b', 'c'].map(write))
  expect(applied).toEqual(['c', 'b', 'a'])
  await write('alone')
  expect(applied.at(-1)).toBe('alone')
})
