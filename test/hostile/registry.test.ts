import { gunzipSync } from 'node:zlib'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { buildImage, seedImage, type BuiltImage } from '../../demo/images.ts'
import { hostileRegistry, secretsIn, type Answer, type HostileRegistry } from './registry/hostile.ts'
import * as lies from './registry/lies.ts'
import { wireGet, type WireAnswer } from './registry/wire.ts'

const TAG = '/v2/demo/app/manifests/v1'

let image: BuiltImage
let registry: HostileRegistry

beforeEach(async () => {
  image = await buildImage()
  registry = await hostileRegistry()
  onTestFinished(registry.close)
  await seedImage(registry.store, 'demo/app', 'v1', image)
})

async function told(answer: Answer, options: Parameters<typeof wireGet>[2] = {}): Promise<WireAnswer> {
  registry.put('v1', answer)
  return wireGet(registry.host, TAG, options)
}

const honestLength = (): number => image.index.bytes.length

describe('honest where it was told nothing', () => {
  test('reads and writes as the embedded registry does', async () => {
    const response = await fetch(registry.url + TAG)
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(image.index.bytes)
    const put = await fetch(`${registry.url}/v2/demo/app/manifests/v2`, { method: 'PUT', body: image.index.bytes, headers: { 'Content-Type': image.index.mediaType } })
    expect(put.status).toBe(201)
    expect(registry.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([`GET ${TAG}`, 'PUT /v2/demo/app/manifests/v2'])
  })

  test('a rule is for its target alone, and the last one set answers', async () => {
    registry.put(image.index.digest, lies.absent)
    expect((await wireGet(registry.host, TAG)).status).toBe(200)
    expect((await wireGet(registry.host, `/v2/demo/app/manifests/${image.index.digest}`)).status).toBe(404)
    registry.put(image.index.digest, lies.honest)
    expect((await wireGet(registry.host, `/v2/demo/app/manifests/${image.index.digest}`)).status).toBe(200)
  })
})

describe('bytes', () => {
  test('other bytes under the right digest header (T3)', async () => {
    const { headers, body } = await told(lies.otherBytes('{"other":true}'))
    expect(headers['docker-content-digest']).toBe(image.index.digest)
    expect(body.toString()).toBe('{"other":true}')
  })

  test('one bit turned over (T3)', async () => {
    const { body } = await told(lies.flippedBit(3))
    expect([...body].map((byte, at) => byte ^ (image.index.bytes[at] ?? 0)).filter(Boolean)).toEqual([1])
  })

  test('another Content-Type than the body (T1, T2)', async () => {
    const { headers, body } = await told(lies.contentType('text/html'))
    expect(headers['content-type']).toBe('text/html')
    expect(new Uint8Array(body)).toEqual(image.index.bytes)
  })

  test('a tag that names something else at the second read (T4)', async () => {
    registry.put('v1', lies.inTurn(lies.honest, lies.document({ manifests: [] })))
    const reads = [await wireGet(registry.host, TAG), await wireGet(registry.host, TAG), await wireGet(registry.host, TAG)]
    expect(reads.map(({ body }) => body.length)).toEqual([honestLength(), 16, 16])
  })

  test('a body without end (T12)', async () => {
    const { end, body } = await told(lies.endless('['), { enough: 6 * 1024 * 1024 })
    expect(end).toBe('left')
    expect(body.length).toBeGreaterThan(5 * 1024 * 1024)
  })

  test('a gzip bomb, not asked for, behind its small length (T14)', async () => {
    const { headers, body } = await told(lies.gzipBomb(20_000_000))
    expect(headers).toMatchObject({ 'content-encoding': 'gzip', 'content-length': String(body.length) })
    expect(body.length).toBeLessThan(30_000)
    expect(gunzipSync(body).length).toBe(20_000_000)
  })

  test.each([['less', 10], ['more', 100_000]])('a Content-Length that says %s than what comes (T14)', async (_, length) => {
    const { headers, body } = await told(lies.lyingLength(length))
    expect(headers['content-length']).toBe(String(length))
    expect(body.length).toBe(honestLength())
  })
})

describe('time and connections', () => {
  test('a body that drips (T55)', async () => {
    const { end, body, pieces } = await told(lies.drip(5), { enough: 600 })
    expect(end).toBe('left')
    expect(new Uint8Array(body)).toEqual(image.index.bytes.slice(0, body.length))
    expect(body.length).toBeLessThan(honestLength())
    expect(pieces).toBeGreaterThan(10)
  })

  test('half a body, then nothing (T55)', async () => {
    expect(await told(lies.stall, { patienceMs: 1_000 })).toMatchObject({ end: 'left', status: 200 })
  })

  test('half a body, then a reset', async () => {
    const { end, body } = await told(lies.breakOff)
    expect(end).toBe('reset')
    expect(body.length).toBeLessThan(honestLength())
  })

  test('no answer at all', async () => {
    expect(await told(lies.hang, { patienceMs: 300 })).toMatchObject({ end: 'left', status: 0 })
  })

  test('a reset before the first byte', async () => {
    expect(await told(lies.reset)).toMatchObject({ end: 'reset', status: 0 })
  })

  test('close() ends what hangs', async () => {
    const other = await hostileRegistry()
    other.route(/./, lies.hang)
    const waiting = wireGet(other.host, '/v2/', { patienceMs: 60_000 })
    while (other.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    await other.close()
    expect((await waiting).end).not.toBe('left')
  })
})

describe('refusals', () => {
  test.each([
    ['absent', lies.absent, 404],
    ['refused', lies.failure(401, 'UNAUTHORIZED'), 401],
    ['denied', lies.failure(403, 'DENIED'), 403],
    ['a broken server', lies.serverError(502), 502],
  ])('%s', async (_, answer, status) => {
    expect((await told(answer)).status).toBe(status)
  })

  test('too many requests once, then the truth', async () => {
    registry.put('v1', lies.inTurn(lies.tooManyRequests('1'), lies.honest))
    const [first, second] = [await wireGet(registry.host, TAG), await wireGet(registry.host, TAG)]
    expect([first.status, first.headers['retry-after'], second.status]).toEqual([429, '1', 200])
  })

  test('a realm on a link-local address (T50)', async () => {
    const { status, headers } = await told(lies.challenge('http://169.254.169.254/token'))
    expect(status).toBe(401)
    expect(headers['www-authenticate']).toBe('Bearer realm="http://169.254.169.254/token",service="demo",scope="repository:demo/app:pull"')
  })

  test('terminal escapes in a header (T60)', async () => {
    const { headers } = await told(lies.rawHeader('WWW-Authenticate: Bearer realm="\x1b[2J\0"'))
    expect(headers['www-authenticate']).toContain('\x1b[2J\0')
  })
})

describe('other places (T53)', () => {
  test('a redirect goes where it says, and the other origin logs what came', async () => {
    const other = await hostileRegistry()
    onTestFinished(other.close)
    other.route(/./, lies.document({}))
    registry.put('v1', lies.redirect(`${other.url}/stolen?x=1`))
    // a client that carries its secret along: what the log is there to show
    const { headers } = await wireGet(registry.host, TAG)
    await fetch(headers['location'] ?? '', { headers: { Authorization: `Basic ${btoa('user:secret')}` } })
    expect(other.requests.map(({ path }) => path)).toEqual(['/stolen?x=1'])
    expect(secretsIn(other.requests, 'user:secret')).toHaveLength(1)
    expect(secretsIn(registry.requests, 'user:secret')).toHaveLength(0)
  })

  test('a secret is found in the path, percent-encoded, and in the body', async () => {
    await fetch(`${registry.url}/token?password=${encodeURIComponent('p/+w')}`)
    await fetch(`${registry.url}/token`, { method: 'POST', body: 'password=p/+w' })
    expect(secretsIn(registry.requests, 'p/+w')).toHaveLength(2)
  })

  test('a loop has another address at every hop', async () => {
    registry.put('v1', lies.redirectLoop())
    const hops = [await wireGet(registry.host, TAG), await wireGet(registry.host, `${TAG}?hop=1`)]
    expect(hops.map(({ headers }) => headers['location'])).toEqual([`${TAG}?hop=1`, `${TAG}?hop=2`])
  })
})
