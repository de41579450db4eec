import { describe, expect, test } from 'vitest'
import * as LIMITS from '../../src/base/limits.ts'
import { utf8Encode } from '../../src/base/bytes.ts'
import { digestOf, type Digest } from '../../src/crypto/digest.ts'
import { ACCEPT_MANIFESTS } from '../../src/oci/media-types.ts'
import { Guard } from '../../src/source/guarded.ts'
import { registry } from '../../src/source/registry.ts'
import * as lies from '../hostile/registry/lies.ts'
import { outcome, seeded } from './registry-fixture.ts'

describe('what is there', () => {
  test('by tag, by digest and as a blob, with the digest computed and the Content-Type kept', async () => {
    const { image, index, reference } = await seeded()
    const source = registry()
    const guard = new Guard()
    const byTag = await source.resolve(reference, guard)
    expect(byTag).toMatchObject({ state: 'read', value: { object: { digest: index, bytes: image.index.bytes }, contentType: image.index.mediaType } })
    expect(await source.manifest(reference.repository, index, guard)).toEqual(byTag)
    const config = image.blobs[0]
    expect(await source.blob(reference.repository, config?.digest as Digest, guard)).toMatchObject({ state: 'read', value: { bytes: config?.bytes } })
    expect(guard.requests).toBe(3)
    expect(guard.tokenRequests).toBe(0)
    expect(guard.bytes).toBe(image.index.bytes.length * 2 + (config?.bytes.length ?? 0))
  })

  test('a reference with tag and digest is read by its digest', async () => {
    const { server, index, reference } = await seeded()
    await registry().resolve({ ...reference, digest: index }, new Guard())
    expect(server.requests.map((request) => request.path)).toEqual([`/v2/demo/app/manifests/${index}`])
  })

  test('all manifest types are asked for, and no encoding', async () => {
    const { server, reference } = await seeded()
    await registry({ userAgent: 'sealdex/test' }).resolve(reference, new Guard())
    expect(server.requests[0]?.headers).toMatchObject({ accept: ACCEPT_MANIFESTS, 'accept-encoding': 'identity', 'user-agent': 'sealdex/test' })
    expect(ACCEPT_MANIFESTS.split(', ')).toHaveLength(4)
  })

  test('sha512 digests', async () => {
    const { server, image, reference } = await seeded()
    const digest = await digestOf(image.index.bytes, 'sha512')
    await server.store.putManifest('demo/app', digest, image.index.bytes, image.index.mediaType)
    expect(await registry().manifest(reference.repository, digest, new Guard())).toMatchObject({ state: 'read', value: { object: { digest } } })
  })
})

describe('R2: absent and failed are never the same', () => {
  test.each([
    [404, 'absent'],
    [401, 'failed unauthorized'],
    [403, 'failed unauthorized'],
    [405, 'failed registry-error'],
    [410, 'failed registry-error'],
    [429, 'failed rate-limited'],
    [500, 'failed registry-error'],
    [501, 'failed registry-error'],
    [503, 'failed registry-error'],
    [204, 'failed registry-error'],
    [206, 'failed registry-error'],
    [304, 'failed registry-error'],
  ])('a manifest or blob answered with %i is %s', async (status, expected) => {
    const { server, index, reference } = await seeded()
    server.route(/./, { status, headers: {}, body: '' })
    const source = registry()
    expect(outcome(await source.resolve(reference, new Guard()))).toBe(expected)
    expect(outcome(await source.tagged(reference.repository, 'v1', new Guard()))).toBe(expected)
    expect(outcome(await source.blob(reference.repository, index, new Guard()))).toBe(expected)
  })

  test('nobody there', async () => {
    const { server, reference } = await seeded()
    await server.close()
    expect(outcome(await registry().resolve(reference, new Guard()))).toBe('failed unreachable')
  })

  test('the message names the host, the status and the thing, and none of the registry\'s words (T60)', async () => {
    const { server, reference } = await seeded()
    server.put('v1', { status: 503, headers: { 'content-type': 'text/plain' }, body: '\x1b[2J wiped' })
    expect(await registry().resolve(reference, new Guard())).toEqual({ state: 'failed', code: 'registry-error', message: `${server.host} answered 503 for manifests/v1 of demo/app.` })
  })

  test('what is no tag is not asked for', async () => {
    const { server, reference } = await seeded()
    expect(outcome(await registry().tagged(reference.repository, '../../secret', new Guard()))).toBe('failed bad-reference')
    expect(server.requests).toHaveLength(0)
  })
})

describe('bytes', () => {
  test('T3: other bytes under the right Docker-Content-Digest', async () => {
    const { server, image, index, reference } = await seeded()
    server.put(index, lies.otherBytes('{"other":true}'))
    const source = registry()
    expect(outcome(await source.manifest(reference.repository, index, new Guard()))).toBe('failed digest-mismatch')
    const config = image.blobs[0]?.digest as Digest
    server.put(config, lies.flippedBit(3))
    expect(outcome(await source.blob(reference.repository, config, new Guard()))).toBe('failed digest-mismatch')
  })

  test('T3: by tag the digest is that of the bytes, whatever the headers say', async () => {
    const { server, reference } = await seeded()
    server.put('v1', lies.otherBytes('{"other":true}'))
    expect(await registry().resolve(reference, new Guard())).toMatchObject({ value: { object: { digest: await digestOf(utf8Encode('{"other":true}')) } } })
  })

  test('T12: a body without end is left at the limit', async () => {
    const { server, index, reference } = await seeded()
    server.put('v1', lies.endless())
    server.put(index, lies.endless())
    const guard = new Guard()
    expect(outcome(await registry().resolve(reference, guard))).toBe('failed too-large')
    expect(guard.bytes).toBeLessThan(LIMITS.manifestBytes + 1_048_576)
    expect(outcome(await registry().blob(reference.repository, index, new Guard()))).toBe('failed too-large')
  })

  test('T14: a gzip bomb is counted as it unpacks', async () => {
    const { server, reference } = await seeded()
    server.put('v1', lies.gzipBomb(64 * 1024 * 1024))
    const guard = new Guard()
    expect(outcome(await registry().resolve(reference, guard))).toBe('failed too-large')
    expect(guard.bytes).toBeLessThan(LIMITS.manifestBytes + 1_048_576)
  })

  test('a body that breaks off is failed, not half read', async () => {
    const { server, index, reference } = await seeded()
    server.put('v1', lies.breakOff)
    server.put(index, lies.lyingLength(100_000))
    expect(outcome(await registry().resolve(reference, new Guard()))).toBe('failed unreachable')
    expect(outcome(await registry().manifest(reference.repository, index, new Guard()))).toBe('failed unreachable')
  })
})

describe('budgets (R11)', () => {
  test.each([
    ['hangs', lies.hang],
    ['stalls in the body', lies.stall],
    ['drips (T55)', lies.drip(20)],
  ])('a registry that %s meets the one deadline', async (_, lie) => {
    const { server, reference } = await seeded()
    server.put('v1', lie)
    expect(outcome(await registry().resolve(reference, new Guard({ timeoutMs: 300 })))).toBe('failed timeout')
  })

  test('T55: the deadline holds even where fetch does not listen to its signal', async () => {
    const { reference } = await seeded()
    const deaf = registry({ fetch: async () => new Response(new ReadableStream({ pull: () => new Promise(() => {}) })) })
    const silent = registry({ fetch: () => new Promise(() => {}) })
    expect(outcome(await deaf.resolve(reference, new Guard({ timeoutMs: 50 })))).toBe('failed timeout')
    expect(outcome(await silent.resolve(reference, new Guard({ timeoutMs: 50 })))).toBe('failed timeout')
  })

  test('requests and bytes run out', async () => {
    const { server, reference } = await seeded()
    const [few, small] = [new Guard({ maxRequests: 1 }), new Guard({ maxBytes: 100 })]
    await registry().resolve(reference, few)
    expect(outcome(await registry().resolve(reference, few))).toBe('failed request-budget')
    expect(outcome(await registry().resolve(reference, small))).toBe('failed evidence-too-large')
    expect(server.requests).toHaveLength(2)
  })

  test('the caller ends the work', async () => {
    const { server, reference } = await seeded()
    const controller = new AbortController()
    controller.abort()
    expect(outcome(await registry().resolve(reference, new Guard({ signal: controller.signal })))).toBe('failed timeout')
    expect(server.requests).toHaveLength(0)
  })
})
