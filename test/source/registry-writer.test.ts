import { describe, expect, onTestFinished, test } from 'vitest'
import { descriptorOf, objectOf } from '../../demo/images.ts'
import { utf8Encode } from '../../src/base/bytes.ts'
import { digestOf } from '../../src/crypto/digest.ts'
import { Guard } from '../../src/source/guarded.ts'
import { registry } from '../../src/source/registry.ts'
import { hostileRegistry, secretsIn } from '../hostile/registry/hostile.ts'
import * as lies from '../hostile/registry/lies.ts'
import { seeded } from './registry-fixture.ts'

const users = { ann: 'secret-of-ann' }
const credentials = async () => ({ username: 'ann', password: users.ann })
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'

describe('what is written', () => {
  test('a manifest by tag and by digest, byte for byte, with a token for pull and push', async () => {
    const { server, image, index, reference } = await seeded({ auth: { scheme: 'bearer', users } })
    const source = registry({ credentials })
    expect(await source.putManifest(reference.repository, { tag: 'v2' }, image.index.bytes, image.index.mediaType, new Guard())).toEqual({ state: 'written', subjectAcknowledged: false })
    expect(await source.putManifest(reference.repository, { digest: index }, image.index.bytes, image.index.mediaType, new Guard())).toMatchObject({ state: 'written' })
    expect(await source.tagged(reference.repository, 'v2', new Guard())).toMatchObject({ value: { object: { digest: index, bytes: image.index.bytes } } })
    expect(server.requests.find(({ path }) => path.startsWith('/token'))?.path).toContain('pull%2Cpush')
  })

  test('OCI-Subject is passed on, If-Match is sent', async () => {
    const { server, image, index, reference } = await seeded()
    const subject = await objectOf(MANIFEST, { schemaVersion: 2, mediaType: image.index.mediaType, manifests: [], subject: descriptorOf(image.index) })
    const answer = await registry().putManifest(reference.repository, { tag: 'x' }, subject.bytes, image.index.mediaType, new Guard(), { ifMatch: index })
    expect(answer).toEqual({ state: 'written', subjectAcknowledged: true })
    expect(server.requests[0]?.headers['if-match']).toBe(`"${index}"`)
  })

  test('a blob, once', async () => {
    const { server, reference } = await seeded({ auth: { scheme: 'bearer', users } })
    const source = registry({ credentials })
    const bytes = utf8Encode('payload')
    expect(await source.putBlob(reference.repository, bytes, new Guard())).toMatchObject({ state: 'written' })
    expect(await source.blob(reference.repository, await digestOf(bytes), new Guard())).toMatchObject({ value: { bytes } })
    const before = server.requests.length
    expect(await source.putBlob(reference.repository, bytes, new Guard())).toMatchObject({ state: 'written' })
    expect(server.requests.slice(before).map(({ method }) => method)).toEqual(['HEAD'])
  })
})

describe('what is refused', () => {
  test.each([
    ['400 TAG_INVALID, as ECR', lies.failure(400, 'TAG_INVALID'), 'refused', 'tag-immutable'],
    ['412 with the word, as Harbor', { status: 412, headers: {}, body: '{"errors":[{"code":"PRECONDITION","message":"configured as immutable"}]}' }, 'refused', 'tag-immutable'],
    ['409', lies.failure(409, 'DENIED'), 'refused', 'tag-immutable'],
    ['412 after If-Match', { status: 412, headers: {}, body: '' }, 'refused', 'write-contended'],
    ['401', { status: 401, headers: {}, body: '' }, 'refused', 'unauthorized'],
    ['403', lies.failure(403, 'DENIED'), 'refused', 'unauthorized'],
    ['413', lies.failure(413, 'MANIFEST_INVALID'), 'refused', 'too-large'],
    ['400 MANIFEST_INVALID for a small one', lies.failure(400, 'MANIFEST_INVALID'), 'refused', 'registry-error'],
    ['500', lies.serverError(500), 'failed', 'registry-error'],
    ['429', lies.tooManyRequests('3600'), 'failed', 'rate-limited'],
    ['a reset', lies.reset, 'failed', 'unreachable'],
    ['nothing', lies.hang, 'failed', 'timeout'],
    ['a redirect', lies.redirect('/elsewhere'), 'refused', 'forbidden-address'],
    ['an endless error', { ...lies.endless('x'), status: 400 }, 'refused', 'registry-error'],
  ] as const)('%s', async (_, lie, state, code) => {
    const { server, image, index, reference } = await seeded()
    server.put('v1', lie)
    const answer = await registry().putManifest(reference.repository, { tag: 'v1' }, image.index.bytes, image.index.mediaType, new Guard({ timeoutMs: 400 }), { ifMatch: index })
    expect(answer).toMatchObject({ state, code })
    expect(server.requests).toHaveLength(1)
  })

  test('400 for more than 4 MiB, as docker-registry and distribution say it', async () => {
    const { server, reference } = await seeded()
    server.put('v1', lies.failure(400, 'MANIFEST_INVALID'))
    expect(await registry().putManifest(reference.repository, { tag: 'v1' }, new Uint8Array(4_194_305), MANIFEST, new Guard())).toMatchObject({ state: 'refused', code: 'too-large' })
  })

  test('what is no tag', async () => {
    const { reference } = await seeded()
    expect(await registry().putManifest(reference.repository, { tag: '../x' }, new Uint8Array(1), MANIFEST, new Guard())).toMatchObject({ state: 'refused', code: 'bad-reference' })
  })

  test('the registry\'s words are not repeated (T60)', async () => {
    const { server, reference } = await seeded()
    server.put('v1', { status: 400, headers: {}, body: '\x1b]0;immutable\x07' })
    expect(await registry().putManifest(reference.repository, { tag: 'v1' }, new Uint8Array(1), MANIFEST, new Guard())).toEqual({
      state: 'refused', code: 'tag-immutable', message: `${server.host} answered 400 when manifests/v1 of demo/app was written: the tag is immutable there.`,
    })
  })
})

describe('where a blob is sent', () => {
  test('T53: another origin gets the bytes, not the secret', async () => {
    const { server, reference } = await seeded({ auth: { scheme: 'basic', users } })
    const other = await hostileRegistry()
    onTestFinished(other.close)
    other.route(/./, { status: 201, headers: {}, body: '' })
    server.route((request) => request.method === 'POST', { status: 202, headers: { location: `${other.url}/upload?state=abc` }, body: '' })
    expect(await registry({ credentials }).putBlob(reference.repository, utf8Encode('payload'), new Guard())).toMatchObject({ state: 'written' })
    expect(other.requests.map(({ method, path }) => `${method} ${path.slice(0, 30)}`)).toEqual(['PUT /upload?state=abc&digest=sha25'])
    expect(secretsIn(other.requests, 'ann:secret-of-ann')).toEqual([])
  })

  test.each(['https://169.254.169.254/', 'http://cdn.example/', 'https://10.0.0.1/x'])('T50: not at %s', async (location) => {
    const asked: string[] = []
    const fetch = async (url: string, init: RequestInit) => {
      asked.push(url)
      return new Response(null, init.method === 'POST' ? { status: 202, headers: { location } } : { status: 404 })
    }
    const { repository } = (await seeded()).reference
    expect(await registry({ fetch }).putBlob({ ...repository, registry: 'registry.example' }, utf8Encode('payload'), new Guard())).toMatchObject({ state: 'refused', code: 'forbidden-address' })
    expect(asked).toHaveLength(2)
  })

  test('no Location, no success', async () => {
    const { server, reference } = await seeded()
    server.route((request) => request.method === 'POST', { status: 202, headers: {}, body: '' })
    expect(await registry().putBlob(reference.repository, utf8Encode('payload'), new Guard())).toMatchObject({ state: 'failed', code: 'registry-error' })
  })
})
