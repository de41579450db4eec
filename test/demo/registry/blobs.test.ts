import { expect, test } from 'vitest'
import { digestOf } from '../../../demo/registry/grammar.ts'
import { codeOf, testRegistry, type TestRegistry } from './call.ts'

const BYTES = new TextEncoder().encode('0123456789')

async function beginUpload({ call }: TestRegistry): Promise<string> {
  return (await call('POST', '/v2/demo/app/blobs/uploads/')).headers.get('location') ?? ''
}

test('an upload in chunks: out of order is 416 and changes nothing, the digest is checked at the end', async () => {
  const registry = testRegistry()
  const location = await beginUpload(registry)
  const chunk = (start: number, end: number) =>
    registry.call('PATCH', location, { body: BYTES.slice(start, end), headers: { 'Content-Range': `${start}-${end - 1}` } })
  expect((await chunk(0, 4)).headers.get('range')).toBe('0-3')
  expect((await chunk(6, 10)).status).toBe(416)
  expect((await registry.call('GET', location)).headers.get('range')).toBe('0-3')
  expect((await chunk(4, 10)).status).toBe(202)
  const digest = await digestOf(BYTES, 'sha512')
  expect((await registry.call('PUT', `${location}?digest=${digest}`)).status).toBe(201)
  expect(registry.store.blob('demo/app', digest)).toEqual(BYTES)
})

test('a wrong digest ends the upload', async () => {
  const registry = testRegistry()
  const location = await beginUpload(registry)
  const put = () => registry.call('PUT', `${location}?digest=sha256:${'0'.repeat(64)}`, { body: BYTES })
  expect(await codeOf(await put())).toBe('DIGEST_INVALID')
  expect(await codeOf(await put())).toBe('BLOB_UPLOAD_UNKNOWN')
})

test('a mount takes the blob over, and falls back to an upload where it is missing', async () => {
  const { call, store } = testRegistry()
  const digest = await store.putBlob('demo/from', BYTES)
  expect((await call('POST', `/v2/demo/app/blobs/uploads/?mount=${digest}&from=demo/other`)).status).toBe(202)
  expect((await call('POST', `/v2/demo/app/blobs/uploads/?mount=${digest}&from=demo/from`)).status).toBe(201)
  expect((await call('POST', `/v2/demo/third/blobs/uploads/?mount=${digest}`)).status).toBe(201)
  expect(store.blob('demo/app', digest)).toEqual(BYTES)
})

test.each([
  ['bytes=2-4', 206, '234', 'bytes 2-4/10'],
  ['bytes=7-', 206, '789', 'bytes 7-9/10'],
  ['bytes=-3', 206, '789', 'bytes 7-9/10'],
  ['bytes=8-99', 206, '89', 'bytes 8-9/10'],
  ['bytes=0-1,3-4', 200, '0123456789', null],
])('Range %s', async (range, status, body, contentRange) => {
  const { call, store } = testRegistry()
  const digest = await store.putBlob('demo/app', BYTES)
  const response = await call('GET', `/v2/demo/app/blobs/${digest}`, { headers: { Range: range } })
  expect([response.status, await response.text(), response.headers.get('content-range')]).toEqual([status, body, contentRange])
})

test('a range outside the blob is 416', async () => {
  const { call, store } = testRegistry()
  const digest = await store.putBlob('demo/app', BYTES)
  expect((await call('GET', `/v2/demo/app/blobs/${digest}`, { headers: { Range: 'bytes=10-' } })).status).toBe(416)
})
