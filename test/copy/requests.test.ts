import { describe, expect, test } from 'vitest'
import type { Store } from '../../demo/registry/store.ts'
import { SOURCE, TARGET, world, type World } from './fixture.ts'
import { attach, layeredImage, putSig, type LayeredImage } from './images.ts'

// what need not be asked is not asked, and what is only said to need no asking is

const [FROM, TO] = [`${SOURCE}/demo/app:v1`, `${TARGET}/demo/app:v1`]
const ROUTER = { 'content-type': 'text/plain; charset=utf-8', 'docker-distribution-api-version': 'registry/2.0' }

interface Two {
  readonly all: World
  readonly store: Store
  readonly target: Store
  readonly image: LayeredImage
  /** Lines of requests so far that match. */
  asked(pattern: RegExp): readonly string[]
}

type Answering = (request: Request, answer: Response) => Response | null | Promise<Response | null>

/** A source and a destination, whose answers may be other ones. */
async function two(from: Answering = () => null, to: Answering = () => null, size = 1_000): Promise<Two> {
  const all = world()
  const wrap = (answering: Answering) => (next: (request: Request) => Promise<Response> | Response) => async (request: Request) => {
    const answer = await next(request)
    return (await answering(request, answer)) ?? answer
  }
  const store = all.add(SOURCE, {}, wrap(from))
  const target = all.add(TARGET, {}, wrap(to))
  return { all, store, target, image: await layeredImage(store, size), asked: (pattern) => all.requests.filter((line) => pattern.test(line)) }
}

describe('referrers at the source', () => {
  const isList = (request: Request): boolean => request.url.includes('/referrers/')

  test.each([['404 of its router', 404, ROUTER], ['405', 405, {}], ['501', 501, {}]] as const)('%s: none are kept there, and it is asked once', async (_, status, headers) => {
    const { all, asked } = await two((request) => (isList(request) ? new Response('404 page not found\n', { status, headers }) : null))
    expect((await all.copy(FROM, TO)).notCarried).toEqual([])
    expect(asked(new RegExp(`^GET ${SOURCE}.*/referrers/`))).toHaveLength(1)
  })

  test.each([
    ['of its API', { ...ROUTER, 'content-type': 'application/json' }],
    ['of who knows whom', { 'content-type': 'text/plain' }],
  ])('404 %s for the image says nothing about its platforms', async (_, headers) => {
    const at = await two((request) => (isList(request) && request.url.endsWith(at.image.index.digest) ? new Response('{}', { status: 404, headers }) : null))
    const [, platform] = at.image.manifests
    const artifact = await attach(at.store, platform ?? at.image.index, 'sbom')
    expect((await at.all.copy(FROM, TO)).notCarried).toEqual([])
    expect(at.target.manifest('demo/app', artifact.digest)).not.toBeNull()
  })
})

describe('tags beside what is attached', () => {
  /** Five artifacts, the last of which has cosign's signature. */
  async function signedArtifact(at: Two): Promise<string> {
    const artifacts = []
    for (let i = 0; i < 5; i++) artifacts.push(await attach(at.store, at.image.index, `sbom ${i}`))
    const digest = artifacts.at(-1)?.digest ?? ''
    return (await putSig(at.store, digest, ['a signature'])).digest
  }
  const isTags = (request: Request): boolean => request.url.includes('/tags/list')
  const tags = (names: readonly string[], headers: Record<string, string> = {}): Response => Response.json({ name: 'demo/app', tags: names }, { headers })

  test('are looked up in the list of all tags', async () => {
    const at = await two()
    const signature = await signedArtifact(at)
    expect((await at.all.copy(FROM, TO)).notCarried).toEqual([])
    expect(at.target.manifest('demo/app', signature)).not.toBeNull()
    expect(at.asked(/tags\/list/)).toEqual([`GET ${SOURCE}/v2/demo/app/tags/list?n=1000`])
    // .sig of the image, its two platforms, and the artifact that has one
    expect(at.asked(new RegExp(`^GET ${SOURCE}.*\\.sig$`))).toHaveLength(4)
  })

  test.each<[string, () => Response]>([
    ['a list without the tag that is copied', () => tags(['v2'])],
    ['the first page of more', () => tags(['v1'], { link: '</v2/demo/app/tags/list?n=1000&last=v1>; rel="next"' })],
    ['so many that there may be more', () => tags(['v1', ...Array.from({ length: 999 }, (_, i) => `v1.${i}`)])],
    ['none', () => tags([])],
    ['null', () => Response.json({ name: 'demo/app', tags: null })],
    ['something else', () => Response.json(['v1'])],
    ['no JSON', () => new Response('{"tags":["v1"')],
    ['a list that nobody may see', () => new Response('', { status: 403 })],
    ['a list that is not there', () => new Response('', { status: 404 })],
  ])('are asked for where the registry gives %s', async (_, answer) => {
    const at = await two((request) => (isTags(request) ? answer() : null))
    const signature = await signedArtifact(at)
    expect((await at.all.copy(FROM, TO)).notCarried).toEqual([])
    expect(at.target.manifest('demo/app', signature)).not.toBeNull()
  })

  test('are asked for where the list lacks one that was found beside the image', async () => {
    const at = await two((request) => (isTags(request) ? tags(['v1']) : null))
    await putSig(at.store, at.image.index.digest, ['another'])
    const signature = await signedArtifact(at)
    await at.all.copy(FROM, TO)
    expect(at.target.manifest('demo/app', signature)).not.toBeNull()
  })

  test('of the image itself are asked for, whatever the list says', async () => {
    const at = await two((request) => (isTags(request) ? tags(['v1']) : null))
    await signedArtifact(at)
    await at.all.copy(FROM, TO)
    expect(at.asked(new RegExp(`^GET ${SOURCE}.*/manifests/${at.image.index.digest.replace(':', '-')}`))).toHaveLength(4)
  })
})

describe('blobs at the destination', () => {
  const begins = /^POST .*\/blobs\/uploads\//

  test('small ones are begun as mounts out of the repository itself, and there is one question for each', async () => {
    const at = await two()
    const { blobs } = await at.all.copy(FROM, TO)
    expect(blobs).toMatchObject({ copied: 4, mounted: 0, there: 0 })
    expect(at.asked(/^HEAD .*\/blobs\//)).toEqual([])
    expect(at.asked(begins).every((line) => /\?mount=sha256:[0-9a-f]{64}&from=demo\/app$/.test(line))).toBe(true)
  })

  test('one that is there is there, small or large, and is not sent', async () => {
    const at = await two(undefined, undefined, 1_500_000)
    for (const { bytes } of at.image.layers) await at.target.putBlob('demo/app', bytes)
    const config = [...at.store.repository('demo/app').blobs.values()].find(({ length }) => length < 1_000) ?? new Uint8Array(0)
    await at.target.putBlob('demo/app', config)
    const { blobs } = await at.all.copy(FROM, TO)
    expect(blobs).toMatchObject({ copied: 1, mounted: 0, there: 3 })
    expect(at.asked(/^PUT .*\/blobs\//)).toHaveLength(1)
    expect(at.asked(new RegExp(`^GET ${SOURCE}.*/blobs/`))).toHaveLength(1)
  })

  test.each([400, 404, 405])('a registry that answers a mount with %i gets an upload', async (status) => {
    const at = await two(undefined, (request) => (request.url.includes('mount=') ? new Response('', { status }) : null))
    expect(await at.all.copy(FROM, TO)).toMatchObject({ complete: true, blobs: { copied: 4 } })
  })
})
