import { describe, expect, test } from 'vitest'
import { buildImage, seedImage } from '../../../demo/images.ts'
import { digestOf } from '../../../demo/registry/grammar.ts'
import type { ManifestWrite } from '../../../demo/registry/registry.ts'
import { codeOf, json, OCI_INDEX, OCI_MANIFEST, testRegistry } from './call.ts'

const EMPTY_INDEX = json({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] })

describe('reading', () => {
  test('gives the bytes as pushed, with digest and ETag, by tag and by digest', async () => {
    const { call, store } = testRegistry()
    const digest = await store.putManifest('demo/app', 'v1', EMPTY_INDEX, OCI_INDEX)
    for (const reference of ['v1', digest]) {
      const response = await call('GET', `/v2/demo/app/manifests/${reference}`)
      expect(response.status).toBe(200)
      expect(Object.fromEntries(response.headers)).toMatchObject({ 'content-type': OCI_INDEX, 'docker-content-digest': digest, etag: `"${digest}"` })
      expect(new Uint8Array(await response.arrayBuffer())).toEqual(EMPTY_INDEX)
    }
  })

  test('answers HEAD with the headers of GET and no body', async () => {
    const { call, store } = testRegistry()
    await store.putManifest('demo/app', 'v1', EMPTY_INDEX, OCI_INDEX)
    const response = await call('HEAD', '/v2/demo/app/manifests/v1')
    expect(response.headers.get('content-length')).toBe(String(EMPTY_INDEX.length))
    expect(await response.text()).toBe('')
  })

  test.each(['"DIGEST"', 'DIGEST', 'W/"DIGEST"', '"other", "DIGEST"'])('answers If-None-Match %s with 304', async (asked) => {
    const { call, store } = testRegistry()
    const digest = await store.putManifest('demo/app', 'v1', EMPTY_INDEX, OCI_INDEX)
    const response = await call('GET', '/v2/demo/app/manifests/v1', { headers: { 'If-None-Match': asked.replace('DIGEST', digest) } })
    expect(response.status).toBe(304)
  })

  test.each([
    ['/v2/demo/app/manifests/none', 404, 'MANIFEST_UNKNOWN'],
    ['/v2/demo/other/manifests/v1', 404, 'NAME_UNKNOWN'],
    ['/v2/Demo/app/manifests/v1', 400, 'NAME_INVALID'],
    ['/v2/demo/app/manifests/sha256:../..', 404, undefined],
    ['/v2/demo/app/manifests/sha256:ABC', 400, 'DIGEST_INVALID'],
    ['/v2/demo/app/manifests/-x', 400, 'TAG_INVALID'],
  ])('%s: %i %s', async (path, status, code) => {
    const { call, store } = testRegistry()
    store.repository('demo/app')
    const response = await call('GET', path)
    expect(response.status).toBe(status)
    if (code !== undefined) expect(await codeOf(response)).toBe(code)
  })
})

describe('pushing', () => {
  const push = (body: Uint8Array<ArrayBuffer> | string, type = OCI_INDEX, reference = 'v1') =>
    testRegistry().call('PUT', `/v2/demo/app/manifests/${reference}`, { body, headers: { 'Content-Type': type } })

  test('takes an index and names its digest', async () => {
    const response = await push(EMPTY_INDEX)
    const digest = await digestOf(EMPTY_INDEX)
    expect(response.status).toBe(201)
    expect(response.headers.get('docker-content-digest')).toBe(digest)
    expect(response.headers.get('location')).toBe(`/v2/demo/app/manifests/${digest}`)
  })

  test.each([
    ['another mediaType in the body', json({ schemaVersion: 2, mediaType: OCI_MANIFEST, manifests: [] }), 400, 'MANIFEST_INVALID'],
    ['index and image in one', json({ schemaVersion: 2, manifests: [], layers: [] }), 400, 'MANIFEST_INVALID'],
    ['no JSON', '{', 400, 'MANIFEST_INVALID'],
    ['no list of manifests', json({ schemaVersion: 2 }), 400, 'MANIFEST_INVALID'],
    ['a child without digest', json({ schemaVersion: 2, manifests: [{}] }), 400, 'MANIFEST_INVALID'],
    ['a child that is not there', json({ schemaVersion: 2, manifests: [{ digest: `sha256:${'0'.repeat(64)}` }] }), 400, 'MANIFEST_BLOB_UNKNOWN'],
    ['more than 4 MiB', new Uint8Array(4 * 1024 * 1024 + 1), 413, 'SIZE_INVALID'],
  ])('refuses %s', async (_, body, status, code) => {
    const response = await push(body)
    expect([response.status, await codeOf(response)]).toEqual([status, code])
  })

  test('refuses bytes of another digest than the one pushed to', async () => {
    expect(await codeOf(await push(EMPTY_INDEX, OCI_INDEX, `sha256:${'0'.repeat(64)}`))).toBe('DIGEST_INVALID')
  })

  test('refuses a media type that is no manifest', async () => {
    expect((await push(EMPTY_INDEX, 'text/plain')).status).toBe(415)
  })

  test('waits for the hook before a push is applied, so that writes can be reordered', async () => {
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    const writes: ManifestWrite[] = []
    const { call, store } = testRegistry({ beforeManifestWrite: (write) => (writes.push(write), held) })
    const pending = call('PUT', '/v2/demo/app/manifests/v1', { body: EMPTY_INDEX, headers: { 'Content-Type': OCI_INDEX } })
    while (writes.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    expect(store.manifest('demo/app', 'v1')).toBeNull()
    release()
    expect((await pending).status).toBe(201)
    expect(store.manifest('demo/app', 'v1')?.digest).toBe(await digestOf(EMPTY_INDEX))
  })
})

test('deleting a manifest takes its tags along, deleting a tag leaves the manifest', async () => {
  const { call, store } = testRegistry()
  const image = await buildImage()
  await seedImage(store, 'demo/app', 'v1', image)
  store.tag('demo/app', 'v2', image.index.digest)
  expect((await call('DELETE', '/v2/demo/app/manifests/v1')).status).toBe(202)
  expect((await call('GET', `/v2/demo/app/manifests/${image.index.digest}`)).status).toBe(200)
  expect((await call('DELETE', `/v2/demo/app/manifests/${image.index.digest}`)).status).toBe(202)
  expect((await call('GET', '/v2/demo/app/manifests/v2')).status).toBe(404)
})
