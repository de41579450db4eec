import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { collectEvidence, encodeVerdict, LIMITS, openEvidence, parsePolicy, policyFromKeys, registry, verify } from '../../src/index.ts'
import { writeTar } from '../../src/oci/tar.ts'
import { alice, flat, layoutFiles, mallory, world, type World } from '../hostile/support.ts'
import { AT, appFor, url, type App } from './support.ts'

let app: App
beforeAll(async () => {
  app = await appFor({ keys: [alice.publicPem] })
})

const JSON_TYPE = { 'content-type': 'application/json' }
const TAR = { 'content-type': 'application/x-tar' }
const post = (path: string, body: RequestInit['body'], headers: Record<string, string>) => app.ask(path, { method: 'POST', body: body ?? null, headers, duplex: 'half' } as RequestInit)
const ask = (question: unknown) => post('/v1/verify', JSON.stringify(question), JSON_TYPE)
const policyOf = (pem: string) => ({ version: 1, policies: [{ name: 'own', scopes: ['*'], signers: { who: { keys: [{ key: pem }] } } }] })

async function signedImage(): Promise<World> {
  const on = await world()
  await flat(on)
  return on
}

describe('POST /v1/verify with JSON', () => {
  test('by the default policy, with a platform', async () => {
    const on = await signedImage()
    const { text } = await ask({ reference: on.reference, platform: 'linux/arm64' })
    expect(text).toBe(encodeVerdict(await verify(on.reference, { source: registry(), policy: policyFromKeys([alice.publicPem]), at: AT, platform: 'linux/arm64' })))
  })

  test('by a policy of one\'s own, read as a file is', async () => {
    const on = await signedImage()
    for (const [key, outcome] of [[alice, 'allow'], [mallory, 'deny']] as const) {
      const { text, json } = await ask({ reference: on.reference, policy: policyOf(key.publicPem) })
      expect(json).toMatchObject({ outcome })
      expect(text).toBe(encodeVerdict(await verify(on.reference, { source: registry(), policy: parsePolicy(JSON.stringify(policyOf(key.publicPem))), at: AT })))
    }
  })

  test.each<[string, string, string]>([
    ['no JSON', '{', 'bad-body'], ['an array', '[]', 'bad-body'], ['nothing', '', 'bad-body'], ['no reference', '{}', 'bad-body'], ['a field that is not known', '{"reference":"a/b:c","at":"2020-01-01T00:00:00Z"}', 'bad-body'],
    ['T7: a name twice', '{"reference":"a/b:c","reference":"d/e:f"}', 'bad-body'], ['T11: deep brackets', `{"reference":${'['.repeat(100_000)}`, 'bad-body'], ['a reference that is no text', '{"reference":1}', 'bad-body'],
    ['a policy that is no policy', '{"reference":"127.0.0.1:1/b:c","policy":{}}', 'bad-policy'], ['a policy that is a list', '{"reference":"127.0.0.1:1/b:c","policy":[]}', 'bad-body'],
    ['a policy that is not there', '{"reference":"127.0.0.1:1/b:c","policy":"x"}', 'unknown-policy'], ['T8: __proto__', '{"reference":"127.0.0.1:1/b:c","__proto__":{"policy":"x"}}', 'bad-body'],
    ['a policy with a field that is not known', '{"reference":"127.0.0.1:1/b:c","policy":{"version":1,"policies":[],"allow":true}}', 'bad-policy'],
  ])('%s', async (_, body, code) => {
    expect(await post('/v1/verify', body, JSON_TYPE)).toMatchObject({ status: 400, json: { code } })
  })

  test('a query beside it', async () => {
    expect(await post('/v1/verify?ref=a/b:c', '{}', JSON_TYPE)).toMatchObject({ status: 400, json: { code: 'unknown-parameter' } })
  })

  test.each([[{}, 'no Content-Type'], [{ 'content-type': 'text/plain' }, '"text/plain"'], [{ 'content-type': 'multipart/form-data' }, 'multipart']])('a body of another type: %j', async (headers, named) => {
    expect(await post('/v1/verify', new Uint8Array([1]), headers as Record<string, string>)).toMatchObject({ status: 415, json: { code: 'unsupported-media-type', detail: expect.stringContaining(named) as string } })
  })

  test.each(['application/jose', 'application/vnd.dsse.envelope.v1+json'])('T57: no answer is signed (%s), by a caller\'s policy or by the server\'s', async (accept) => {
    const on = await signedImage()
    for (const policy of [policyOf(alice.publicPem), undefined]) {
      const body = JSON.stringify({ reference: on.reference, ...(policy !== undefined && { policy }) })
      expect(await post('/v1/verify', body, { ...JSON_TYPE, accept })).toMatchObject({ status: 406, json: { code: 'not-acceptable' } })
    }
    expect(on.server.requests).toEqual([])
  })

  test.each<[string, (keys: readonly { key: string }[]) => object]>([
    ['of a signer', (keys) => ({ version: 1, policies: [{ name: 'p', scopes: ['*'], signers: { who: { keys } } }] })],
    ['that are revoked', (keys) => ({ ...policyOf(alice.publicPem), deny: { keys: keys.map(({ key }) => key) } })],
    ['of an authority', (keys) => ({ version: 1, policies: [{ name: 'p', scopes: ['*'], signers: { who: { x509: { roots: keys.map(({ key }) => key), anySubject: true } } } }] })],
    ['of timestamp authorities', (keys) => ({ version: 1, policies: [{ name: 'p', scopes: ['*'], signers: { who: { x509: { roots: ['x'], tsa: keys.map(({ key }) => key), anySubject: true } } } }] })],
    ['in one text', (keys) => ({ version: 1, policies: [{ name: 'p', scopes: ['*'], signers: { who: { x509: { roots: [keys.map(({ key }) => `-----BEGIN ${key}`).join('')], anySubject: true } } } }] })],
    ['of many signers', (keys) => ({ version: 1, policies: [{ name: 'p', scopes: ['*'], signers: Object.fromEntries(keys.map(({ key }, i) => [`s${i}`, { ssh: { key, namespaces: ['file'] } }])) }] })],
  ])('T58: a caller\'s policy has not more keys %s than are read in a moment', async (_, policyWith) => {
    const many = Array.from({ length: LIMITS.questionKeys + 1 }, (_, i) => ({ key: `nonsense ${i}` }))
    expect((await ask({ reference: '127.0.0.1:1/a/b:c', policy: policyWith(many) })).json).toMatchObject({ status: 400, code: 'bad-policy', detail: expect.stringContaining(`more than ${LIMITS.questionKeys} keys`) as string })
  })

  test('T58: there is no pattern of a caller\'s that could backtrack: one in a policy is text, or refused', async () => {
    const on = await signedImage()
    const policy = { version: 1, policies: [{ name: 'p', scopes: ['*'], signers: { who: { keys: [{ key: alice.publicPem }] } }, require: { annotations: { env: `^(a+)+$${'a'.repeat(60)}!` } } }] }
    expect((await ask({ reference: on.reference, policy })).json).toMatchObject({ outcome: 'deny' })
    expect((await ask({ reference: on.reference, policy: { ...policy, policies: [{ ...policy.policies[0], scopes: ['^(a+)+$/*'] }] } })).json).toMatchObject({ code: 'bad-policy' })
  })
})

describe('POST /v1/verify with evidence', () => {
  async function recorded(): Promise<{ on: World; tar: Uint8Array<ArrayBuffer> }> {
    const on = await signedImage()
    const tar = (await collectEvidence(on.reference, { source: registry(), at: AT })).tar()
    return { on, tar }
  }

  test('the verdict of the library on the same tar; nobody is asked; gzip too', async () => {
    const { on, tar } = await recorded()
    const expected = encodeVerdict(await verify(on.reference, { source: await openEvidence(tar), policy: policyFromKeys([alice.publicPem]), at: AT }))
    const before = on.server.requests.length
    for (const [body, type] of [[tar, 'application/x-tar'], [gzipSync(tar), 'application/gzip'], [gzipSync(tar), 'application/x-tar']] as const) {
      expect((await post('/v1/verify', body, { 'content-type': type })).text).toBe(expected)
    }
    expect(JSON.parse(expected)).toMatchObject({ outcome: 'allow', reference: on.reference })
    expect((await post(url('/v1/verify', { ref: on.reference, platform: 'linux/arm64' }), tar, TAR)).json).toMatchObject({ outcome: 'allow', platform: { name: 'linux/arm64' } })
    expect(on.server.requests).toHaveLength(before)
  })

  test('evidence of a registry that the server does not read is judged all the same', async () => {
    const { on, tar } = await recorded()
    const strict = await appFor({ keys: [alice.publicPem], env: { ALLOWED_REGISTRIES: 'other.example' }, surroundings: { loopback: false } })
    expect((await strict.ask('/v1/verify', { method: 'POST', body: tar, headers: TAR })).json).toMatchObject({ outcome: 'allow' })
    expect((await strict.ask(url('/v1/verify', { ref: on.reference }))).json).toMatchObject({ code: 'forbidden-address' })
  })

  test('T36: evidence that brings keys is judged by the server\'s', async () => {
    const { on, tar } = await recorded()
    const other = await appFor({ keys: [mallory.publicPem] })
    expect((await other.ask(url('/v1/verify', { ref: on.reference }), { method: 'POST', body: tar, headers: TAR })).json).toMatchObject({ outcome: 'deny' })
  })

  test('a layout of another tool does not say of what it is', async () => {
    const on = await signedImage()
    const tar = writeTar(layoutFiles(on))
    expect((await post('/v1/verify', tar, TAR)).json).toMatchObject({ status: 400, code: 'missing-parameter' })
    expect((await post(url('/v1/verify', { ref: on.reference }), tar, TAR)).json).toMatchObject({ outcome: 'allow' })
  })

  test.each<[string, Uint8Array<ArrayBuffer>, number, string]>([
    ['no tar', new Uint8Array(2_048).fill(65), 422, 'malformed'], ['nothing', new Uint8Array(0), 422, 'malformed'], ['a gzip that breaks off', new Uint8Array(gzipSync('x'.repeat(10_000)).subarray(0, 30)), 400, 'bad-body'],
    ['T14: a gzip bomb', new Uint8Array(gzipSync(new Uint8Array(LIMITS.postedTarBytes + 1))), 413, 'body-too-large'],
  ])('%s', async (_, body, status, code) => {
    expect(await post('/v1/verify?ref=registry.example/app:v1', body, TAR)).toMatchObject({ status, json: { code } })
  })
})

describe('bodies', () => {
  const endless = (chunk: Uint8Array, ms: number): { body: ReadableStream<Uint8Array>; read: () => number } => {
    let read = 0
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        await new Promise((resolve) => setTimeout(resolve, ms))
        read += chunk.length
        controller.enqueue(chunk)
      },
    })
    return { body, read: () => read }
  }

  test('T12: one without end is let go at its limit, whatever its length claims', async () => {
    const { body, read } = endless(new Uint8Array(65_536), 0)
    expect(await post('/v1/verify', body, JSON_TYPE)).toMatchObject({ status: 413, json: { code: 'body-too-large' } })
    expect(read()).toBeLessThan(LIMITS.questionBytes + 4 * 65_536)
    expect(await post('/v1/verify', '{}', { ...JSON_TYPE, 'content-length': '99999999' })).toMatchObject({ status: 413 })
  })

  test('T55: one that drips is given up after its time', async () => {
    const hasty = await appFor({ keys: [alice.publicPem], settings: { limits: { bodyMs: 100 } } })
    const { body } = endless(new Uint8Array(1), 10)
    const init = { method: 'POST', body, headers: TAR, duplex: 'half' } as RequestInit
    const answered = await hasty.ask('/v1/verify?ref=registry.example/app:v1', init)
    expect(answered).toMatchObject({ status: 408, json: { code: 'body-timeout' } })
    expect(answered.headers.get('connection')).toBe('close')
  })
})
