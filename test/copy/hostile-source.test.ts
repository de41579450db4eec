import { describe, expect, test } from 'vitest'
import { SOURCE, TARGET, world, type World } from './fixture.ts'
import { attach, INDEX, layeredImage, put, type LayeredImage } from './images.ts'
import type { Store } from '../../demo/registry/store.ts'

const [FROM, TO] = [`${SOURCE}/demo/app:v1`, `${TARGET}/demo/app:v1`]
/** Small enough to be held, and large enough to be streamed. */
const SIZES = [1_000, 2_500_000] as const

interface Lied {
  readonly all: World
  readonly image: LayeredImage
  readonly target: Store
}

/** A source that answers for the second layer as it likes. */
async function lied(size: number, answer: (honest: Uint8Array<ArrayBuffer>) => ConstructorParameters<typeof Response>[0]): Promise<Lied> {
  const all = world()
  let layer = { digest: '', bytes: new Uint8Array(0) }
  const store = all.add(SOURCE, {}, (next) => (request) => (request.url.endsWith(`/blobs/${layer.digest}`) ? new Response(answer(layer.bytes)) : next(request)))
  const image = await layeredImage(store, size)
  layer = image.layers[1] ?? layer
  return { all, image, target: all.add(TARGET) }
}

/** Nothing of it is at the destination but the other platform, and the tag is not. */
async function expectRefused({ all, image, target }: Lied, code: string, options = {}): Promise<void> {
  const result = await all.copy(FROM, TO, options)
  expect(result.complete).toBe(false)
  expect(result.notCarried.map((one) => [one.digest, one.code])).toEqual([[image.index.digest, code], [image.manifests[1]?.digest, code]])
  expect(target.blob('demo/app', image.layers[1]?.digest ?? '')).toBeNull()
  expect(target.manifest('demo/app', image.manifests[0]?.digest ?? '')).not.toBeNull()
  expect([target.manifest('demo/app', image.manifests[1]?.digest ?? ''), target.manifest('demo/app', image.index.digest), target.manifest('demo/app', 'v1')]).toEqual([null, null, null])
}

describe.each(SIZES)('a layer of %d bytes', (size) => {
  test('with one wrong byte', async () => {
    await expectRefused(await lied(size, (bytes) => bytes.map((byte, i) => (i === size - 1 ? byte ^ 1 : byte))), 'digest-mismatch')
  })

  test('cut short', async () => {
    await expectRefused(await lied(size, (bytes) => bytes.subarray(0, size - 1)), 'digest-mismatch')
  })

  test('one byte too long', async () => {
    await expectRefused(await lied(size, (bytes) => new Blob([bytes, new Uint8Array(1)])), 'too-large')
  })

  test('without end: read no further than its descriptor says', async () => {
    let sent = 0
    const endless = (): ReadableStream<Uint8Array> => new ReadableStream({
      pull(controller) {
        sent += 65_536
        if (sent > 50_000_000) controller.error(new Error('nobody stopped'))
        else controller.enqueue(new Uint8Array(65_536))
      },
    })
    await expectRefused(await lied(size, endless), 'too-large')
    expect(sent).toBeLessThan(size + 1_000_000)
  })

  test('that breaks off', async () => {
    const broken = (bytes: Uint8Array): ReadableStream<Uint8Array> => new ReadableStream({
      start: (controller) => controller.enqueue(bytes.subarray(0, size >> 1)),
      pull: (controller) => controller.error(new Error('reset')),
    })
    await expectRefused(await lied(size, broken), 'unreachable')
  })

  test('of which nothing more comes', async () => {
    const stalled = (bytes: Uint8Array): ReadableStream<Uint8Array> => new ReadableStream({ start: (controller) => controller.enqueue(bytes.subarray(0, size >> 1)) })
    await expectRefused(await lied(size, stalled), 'timeout', { stallMs: 1_000 })
  })
})

describe('manifests', () => {
  test('other bytes for a platform: nothing that lists it is written', async () => {
    const all = world()
    const store = all.add('honest.example')
    const image = await layeredImage(store, 10)
    all.add(SOURCE, { store }, (next) => async (request) => (request.url.endsWith(image.manifests[0]?.digest ?? '-') ? new Response(image.manifests[1]?.bytes, { headers: { 'content-type': 'application/vnd.oci.image.manifest.v1+json' } }) : next(request)))
    const target = all.add(TARGET)
    const { complete, notCarried } = await all.copy(FROM, TO)
    expect([complete, notCarried.map(({ code }) => code)]).toEqual([false, ['digest-mismatch', 'digest-mismatch']])
    expect(target.manifest('demo/app', image.index.digest)).toBeNull()
  })

  test('a list of referrers that could not be read is said, and the image is copied', async () => {
    const all = world()
    const store = all.add(SOURCE, {}, (next) => (request) => (request.url.includes('/referrers/') ? new Response('no', { status: 403 }) : next(request)))
    const target = all.add(TARGET)
    const { index } = await layeredImage(store, 10)
    const { complete, notCarried } = await all.copy(FROM, TO)
    expect(complete).toBe(true)
    expect(new Set(notCarried.map(({ place, code }) => `${place} ${code}`))).toEqual(new Set(['referrers unauthorized']))
    expect(target.manifest('demo/app', 'v1')?.digest).toBe(index.digest)
  })

  test('a list of referrers that names what is attached to something else: it is not carried', async () => {
    const all = world()
    const store = all.add(SOURCE)
    const image = await layeredImage(store, 10)
    const stray = await attach(store, await put(store, 'demo/app', { manifests: [] }, INDEX), 'stray')
    const list = { schemaVersion: 2, mediaType: INDEX, manifests: [{ mediaType: stray.mediaType, digest: stray.digest, size: stray.bytes.length }] }
    all.add(SOURCE, { store }, (next) => (request) => (request.url.endsWith(`/referrers/${image.index.digest}`) ? new Response(JSON.stringify(list), { headers: { 'content-type': INDEX } }) : next(request)))
    const target = all.add(TARGET)
    const { complete } = await all.copy(FROM, TO)
    expect([complete, target.manifest('demo/app', stray.digest)]).toEqual([true, null])
  })

  test('what is attached to what is attached, and so on, is followed four levels deep and then said', async () => {
    const all = world()
    const [store, target] = [all.add(SOURCE), all.add(TARGET)]
    const chain = [(await layeredImage(store, 10)).index]
    for (let i = 0; i < 7; i++) chain.push(await attach(store, chain[i] as LayeredImage['index'], `level ${i}`))
    const { notCarried } = await all.copy(FROM, TO)
    expect(notCarried).toMatchObject([{ digest: chain[5]?.digest, code: 'too-deep' }])
    expect(chain.map(({ digest }) => target.manifest('demo/app', digest) !== null)).toEqual([true, true, true, true, true, true, false, false])
  })

  test('a reference that is not there', async () => {
    const all = world()
    all.add(SOURCE)
    all.add(TARGET)
    await expect(all.copy(FROM, TO)).rejects.toMatchObject({ code: 'reference-not-found' })
  })
})
