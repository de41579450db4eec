import { expect, test } from 'vitest'
import { SOURCE, TARGET, world } from './fixture.ts'
import { attach, layeredImage } from './images.ts'

test('what is attached passes by the layers of the image, and its manifest is written after the image', async () => {
  const all = world()
  const uploaded = Promise.withResolvers<void>()
  let layers: readonly string[] = []
  const store = all.add(SOURCE, {}, (next) => async (request) => {
    // no layer comes before what is attached has been sent
    if (layers.some((digest) => request.url.endsWith(`/blobs/${digest}`))) await uploaded.promise
    return next(request)
  })
  const written: string[] = []
  const target = all.add(TARGET, {}, (next) => async (request) => {
    const answer = await next(request)
    const { pathname, searchParams } = new URL(request.url)
    if (request.method === 'PUT' && answer.status === 201) written.push(searchParams.get('digest') ?? pathname)
    if (searchParams.get('digest') === file) uploaded.resolve()
    return answer
  })
  const image = await layeredImage(store, 1_500_000)
  layers = image.layers.map(({ digest }) => digest)
  const artifact = await attach(store, image.index, 'sbom')
  const file = (JSON.parse(new TextDecoder().decode(artifact.bytes)) as { readonly layers: readonly [{ readonly digest: string }] }).layers[0].digest
  expect((await all.copy(`${SOURCE}/demo/app:v1`, `${TARGET}/demo/app:v1`)).notCarried).toEqual([])
  const at = (digest: string): number => written.findIndex((one) => one.endsWith(digest))
  expect(at(file)).toBeLessThan(at(layers[0] ?? '-'))
  expect(at(artifact.digest)).toBeGreaterThan(at(image.index.digest))
  expect(target.manifest('demo/app', artifact.digest)).not.toBeNull()
})
