import { describe, expect, test } from 'vitest'
import { descriptorOf } from '../../demo/images.ts'
import { readDocument } from '../../src/oci/document.ts'
import type { Store } from '../../demo/registry/store.ts'
import { contentOf, SOURCE, TARGET, world, type World } from './fixture.ts'
import { attach, INDEX, layeredImage, put, putSig, type LayeredImage } from './images.ts'

const [FROM, TO] = [`${SOURCE}/demo/app:v1`, `${TARGET}/demo/app:v1`]

interface Two {
  readonly all: World
  readonly store: Store
  readonly target: Store
  readonly image: LayeredImage
  /** What the destination answers instead of its own answer; null: its own. */
  fail: (request: Request) => Response | null
}

async function two(options: { readonly referrersApi?: boolean; readonly size?: number } = {}): Promise<Two> {
  const all = world()
  const store = all.add(SOURCE)
  const of: { fail: Two['fail'] } = { fail: () => null }
  const target = all.add(TARGET, { referrersApi: options.referrersApi ?? true }, (next) => async (request) => {
    const failure = of.fail(request)
    if (failure === null) return next(request)
    if (failure.status === 599) throw new Error('reset')
    return failure
  })
  const image = await layeredImage(store, options.size ?? 1_000)
  await attach(store, image.index, 'sbom')
  return Object.assign(of, { all, store, target, image })
}

const layersIn = (document: Uint8Array): readonly string[] => {
  const read = readDocument(document, null)
  return read.kind === 'manifest' ? read.layers.map((layer) => layer.annotations.get('dev.cosignproject.cosign/signature') ?? '') : []
}
const entriesIn = (document: Uint8Array): readonly string[] => {
  const read = readDocument(document, null)
  return read.kind === 'index' ? read.manifests.map(({ digest }) => digest) : []
}

describe('a destination that fails in the middle, and is well again', () => {
  test.each([
    ['500 for a manifest', 500, 'registry-error', (request: Request, { image }: Two) => request.method === 'PUT' && request.url.includes(`/manifests/${image.manifests[1]?.digest ?? ''}`)],
    ['a reset for a layer', 599, 'unreachable', (request: Request, { image }: Two) => request.method === 'PUT' && decodeURIComponent(request.url).includes(image.layers[1]?.digest ?? '-')],
    ['no room (507) for a layer', 507, 'registry-full', (request: Request, { image }: Two) => request.method === 'PUT' && decodeURIComponent(request.url).includes(image.layers[1]?.digest ?? '-')],
    ['401 for uploads', 403, 'unauthorized', (request: Request) => request.method === 'POST'],
    ['a tag that is immutable', 409, 'tag-immutable', (request: Request) => request.method === 'PUT' && request.url.endsWith('/manifests/v1')],
  ] as const)('%s', async (_, status, code, matches) => {
    const at = await two({ size: 1_500_000 })
    at.fail = (request) => (matches(request, at) ? new Response('no', { status }) : null)
    const first = await at.all.copy(FROM, TO)
    expect([first.complete, new Set(first.notCarried.map((one) => one.code))]).toEqual([false, new Set([code])])
    expect(at.target.manifest('demo/app', 'v1')).toBeNull()
    // whatever is there has all that it names: the registry refuses anything else
    at.fail = () => null
    at.all.requests.length = 0
    const second = await at.all.copy(FROM, TO)
    expect([second.complete, second.notCarried]).toEqual([true, []])
    expect(contentOf(at.target, 'demo/app')).toEqual(contentOf(at.store, 'demo/app'))
    if (status !== 403) expect(at.all.requests.filter((line) => line.startsWith(`GET ${SOURCE}`) && line.endsWith(`/blobs/${at.image.layers[0]?.digest ?? ''}`))).toEqual([])
  })

  test('a registry that takes a layer and never answers', async () => {
    const at = await two({ size: 1_500_000 })
    const target = at.all.add(TARGET, { store: at.target }, (next) => (request) => (request.method === 'PUT' && request.url.includes('/uploads/') ? new Promise<Response>(() => {}) : next(request)))
    const { complete, notCarried } = await at.all.copy(FROM, TO, { stallMs: 1_000 })
    expect([complete, new Set(notCarried.map(({ code }) => code))]).toEqual([false, new Set(['timeout'])])
    expect(target.manifest('demo/app', 'v1')).toBeNull()
  })

  test('an error that passes is passed over', async () => {
    const at = await two()
    const seen = new Set<string>()
    // each upload and each manifest fails once
    at.fail = (request) => (request.method !== 'PUT' || seen.has(request.url.replace(/uploads\/[^?]+/, '')) ? null : (seen.add(request.url.replace(/uploads\/[^?]+/, '')), new Response('busy', { status: 503 })))
    expect(await at.all.copy(FROM, TO)).toMatchObject({ complete: true, notCarried: [] })
  })
})

describe('order', () => {
  test('what is named comes before what names it, and the tag last', async () => {
    const { all, image } = await two()
    await all.copy(FROM, TO)
    const written = all.requests.filter((line) => line.startsWith('PUT two.example')).map(decodeURIComponent)
    const at = (digest: string | undefined): number => written.findIndex((line) => line.includes(digest ?? '-'))
    expect(at(image.layers[0]?.digest)).toBeGreaterThanOrEqual(0)
    expect(at(image.layers[0]?.digest)).toBeLessThan(at(image.manifests[0]?.digest))
    expect(at(image.manifests[0]?.digest)).toBeLessThan(at(image.index.digest))
    expect(at(image.manifests[1]?.digest)).toBeLessThan(at(image.index.digest))
    expect(written.at(-1)).toBe('PUT two.example/v2/demo/app/manifests/v1')
  })

  test('in one registry blobs are mounted, not sent', async () => {
    const { all, store, image } = await two()
    const result = await all.copy(FROM, `${SOURCE}/demo/other:v2`)
    expect(result).toMatchObject({ complete: true, notCarried: [], blobs: { copied: 0 } })
    expect(all.requests.filter((line) => /^GET .*\/blobs\//.test(line))).toEqual([])
    expect(store.manifest('demo/other', 'v2')?.digest).toBe(image.index.digest)
  })

  test('a destination of another digest is wrong use', async () => {
    const { all } = await two()
    await expect(all.copy(FROM, `${TARGET}/demo/app@sha256:${'0'.repeat(64)}`)).rejects.toMatchObject({ code: 'bad-option' })
  })
})

describe('what stands at the destination stays', () => {
  const signature = (i: number): string => btoa(`signature ${i}`)

  test('layers of others at the .sig tag, two of one digest above all', async () => {
    const { all, store, target, image } = await two()
    await layeredImage(target, 1_000)
    await putSig(store, image.index.digest, [signature(1), signature(2)])
    await putSig(target, image.index.digest, [signature(3), signature(2)])
    const result = await all.copy(FROM, TO)
    const tag = `${image.index.digest.replace(':', '-')}.sig`
    expect(layersIn(target.manifest('demo/app', tag)?.bytes ?? new Uint8Array())).toEqual([signature(3), signature(2), signature(1)])
    expect(result.carried.find(({ kind }) => kind === 'sig-tag')).toMatchObject({ tag, state: 'united' })
    expect(await all.copy(FROM, TO)).toMatchObject({ complete: true, notCarried: [] })
    expect(layersIn(target.manifest('demo/app', tag)?.bytes ?? new Uint8Array())).toHaveLength(3)
  })

  test('entries of others at the digest tag', async () => {
    const { all, target, image, store } = await two({ referrersApi: false })
    await layeredImage(target, 1_000)
    const theirs = await attach(target, image.index, 'theirs')
    const tag = image.index.digest.replace(':', '-')
    const list = await put(target, 'demo/app', { manifests: [descriptorOf(theirs)], annotations: { 'org.example.kept': 'yes' } }, INDEX)
    target.tag('demo/app', tag, list.digest)
    const result = await all.copy(FROM, TO)
    const united = target.manifest('demo/app', tag)?.bytes ?? new Uint8Array()
    const ours = [...store.repository('demo/app').manifests.values()].find(({ facts }) => facts.subject === image.index.digest)?.digest
    expect(entriesIn(united)).toEqual([theirs.digest, ours])
    expect(JSON.parse(new TextDecoder().decode(united))).toMatchObject({ annotations: { 'org.example.kept': 'yes' } })
    expect(result.carried.find(({ kind }) => kind === 'digest-tag')).toMatchObject({ tag, state: 'united' })
  })

  test('entries of others at the digest tag that are being written when ours is: it is put back beside them', async () => {
    const { all, target, image } = await two({ referrersApi: false })
    await layeredImage(target, 1_000)
    const theirs = await attach(target, image.index, 'theirs')
    const tag = image.index.digest.replace(':', '-')
    const list = await put(target, 'demo/app', { manifests: [descriptorOf(theirs)] }, INDEX)
    let reads = 0
    // one who read before our write, and writes after it
    const at = all.requests
    const original = at.push.bind(at)
    at.push = (...lines) => {
      if (lines.some((line) => line.startsWith('GET two.example') && line.includes(tag)) && ++reads === 4) target.tag('demo/app', tag, list.digest)
      return original(...lines)
    }
    await all.copy(FROM, TO)
    expect(entriesIn(target.manifest('demo/app', tag)?.bytes ?? new Uint8Array())).toHaveLength(2)
  })

  test('what is no manifest of cosign\'s at the .sig tag is left and said', async () => {
    const { all, store, target, image } = await two()
    await putSig(store, image.index.digest, [signature(1)])
    const other = await put(target, 'demo/app', { manifests: [] }, INDEX)
    target.tag('demo/app', `${image.index.digest.replace(':', '-')}.sig`, other.digest)
    const { complete, notCarried } = await all.copy(FROM, TO)
    expect([complete, notCarried.map(({ place, code }) => [place, code])]).toEqual([true, [['sig-tag', 'form-unsupported']]])
    expect(target.manifest('demo/app', `${image.index.digest.replace(':', '-')}.sig`)?.digest).toBe(other.digest)
  })

  test('an entry that could not be carried is left out of the digest tag, the others are listed', async () => {
    const all = world()
    const [store, target] = [all.add(SOURCE, { referrersApi: false }), all.add(TARGET, { referrersApi: false })]
    const image = await layeredImage(store, 10)
    const [good, lost] = [await attach(store, image.index, 'good'), await attach(store, image.index, 'lost')]
    const list = await put(store, 'demo/app', { manifests: [descriptorOf(good), descriptorOf(lost)] }, INDEX)
    const tag = image.index.digest.replace(':', '-')
    store.tag('demo/app', tag, list.digest)
    store.repository('demo/app').manifests.delete(lost.digest)
    const { complete, notCarried } = await all.copy(FROM, TO)
    expect([complete, notCarried.map(({ digest, code }) => [digest, code])]).toEqual([true, [[lost.digest, 'not-found']]])
    expect(entriesIn(target.manifest('demo/app', tag)?.bytes ?? new Uint8Array())).toEqual([good.digest])
  })
})
