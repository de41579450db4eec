import { Agent, get } from 'node:http'
import { readFile, readdir } from 'node:fs/promises'
import { expect, onTestFinished, test } from 'vitest'
import { buildImage, seedImage } from '../../../demo/images.ts'
import { digestOf } from '../../../demo/registry/grammar.ts'
import { loadLayout } from '../../../demo/registry/layout.ts'
import { serveRegistry } from '../../../demo/registry/serve.ts'
import { createStore } from '../../../demo/registry/store.ts'
import { json, OCI_INDEX } from './call.ts'

test('serves on loopback, tells of each request, and closes though a connection is kept alive', async () => {
  const seen: string[] = []
  const registry = await serveRegistry({ onRequest: ({ method, path }) => seen.push(`${method} ${path}`) })
  const agent = new Agent({ keepAlive: true })
  onTestFinished(() => agent.destroy())
  const status = await new Promise((resolve) => get(`${registry.url}/v2/?x=1`, { agent }, (response) => resolve(response.resume().statusCode)))
  expect(status).toBe(200)
  expect(seen).toEqual(['GET /v2/?x=1'])
  await registry.close()
  await expect(fetch(`${registry.url}/v2/`)).rejects.toThrow()
})

test('a manifest that is too large is answered, not cut off', async () => {
  const registry = await serveRegistry()
  onTestFinished(registry.close)
  const body = new Uint8Array(5 * 1024 * 1024)
  const response = await fetch(`${registry.url}/v2/demo/app/manifests/v1`, { method: 'PUT', body, headers: { 'Content-Type': OCI_INDEX } })
  expect(response.status).toBe(413)
})

test('an image layout comes back out of the registry, tags and all', async () => {
  const image = await buildImage()
  const files = new Map([...image.blobs, ...image.manifests, image.index].map(({ digest, bytes }) => [`blobs/${digest.replace(':', '/')}`, bytes]))
  const entry = { mediaType: image.index.mediaType, digest: image.index.digest, size: 1, annotations: { 'org.opencontainers.image.ref.name': 'x.test/app:v1' } }
  files.set('index.json', json({ schemaVersion: 2, manifests: [entry] }))
  const store = createStore()
  expect(await loadLayout(store, 'demo/app', files)).toEqual(new Map([['v1', image.index.digest]]))
  const { manifests, blobs } = store.repository('demo/app')
  expect([...manifests.keys()].sort()).toEqual([...image.manifests, image.index].map(({ digest }) => digest).sort())
  expect([...blobs.keys()].sort()).toEqual(image.blobs.map(({ digest }) => digest).sort())
})

test('a layout whose file names lie is refused, unless told to file it so', async () => {
  const name = `sha256:${'0'.repeat(64)}`
  const files = new Map([['index.json', json({ manifests: [] })], [`blobs/sha256/${'0'.repeat(64)}`, json({})]])
  await expect(loadLayout(createStore(), 'demo/app', files)).rejects.toThrow('another digest')
  const store = createStore()
  await loadLayout(store, 'demo/app', files, { unchecked: true })
  expect(store.blob('demo/app', name)).toEqual(json({}))
})

test('no file of the registry but serve.ts knows of Node', async () => {
  const folder = new URL('../../../demo/registry/', import.meta.url)
  for (const file of await readdir(folder)) {
    const text = await readFile(new URL(file, folder), 'utf8')
    if (file !== 'serve.ts') expect(text, file).not.toMatch(/from '(node:|@hono\/node-server)|\bBuffer\b|\bprocess\./)
  }
})

test('a seeded image is whole: each digest and size that is named fits what is stored', async () => {
  const store = createStore()
  const image = await buildImage({ mediaTypes: 'docker' })
  await seedImage(store, 'demo/app', 'v1', image)
  for (const { bytes } of image.manifests) {
    const { config, layers } = JSON.parse(new TextDecoder().decode(bytes)) as { config: Named; layers: readonly Named[] }
    for (const { digest, size } of [config, ...layers]) expect(store.blob('demo/app', digest)?.length).toBe(size)
    const { rootfs } = JSON.parse(new TextDecoder().decode(store.blob('demo/app', config.digest) ?? undefined)) as { rootfs: { diff_ids: readonly string[] } }
    const layer = store.blob('demo/app', layers[0]?.digest ?? '')
    const tar = await new Response(new Blob([layer ?? '']).stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer()
    expect(rootfs.diff_ids).toEqual([await digestOf(new Uint8Array(tar))])
  }
})

interface Named {
  readonly digest: string
  readonly size: number
}
