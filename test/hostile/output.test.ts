import { describe, expect, test } from 'vitest'
import { encodeVerdict, parsePolicy, policyFromKeys, registry } from '../../src/index.ts'
import * as lies from './registry/lies.ts'
import { alice, detached, flat, indexOf, INDEX, judge, listed, put, sign, signed, payloadOf, world } from './support.ts'

const ESCAPES = '\u001b[2J\u001b]0;owned\u0007\r\nALLOWED\u0000\u202e\u009b31m'
const PRINTABLE = /^[\x20-\x7e\n]*$/

describe('T59: references that only look like one', () => {
  test.each([
    ['a Cyrillic i', 'ghcr.\u0456o/acme/app:v1'], ['full-width letters', '\uff47hcr.io/acme/app'], ['a bidi mark', 'ghcr.io/acme/\u202eapp'], ['NUL', 'ghcr.io/acme/app\u0000'], ['a line break', 'ghcr.io/acme/app\n'],
    ['a soft hyphen', 'ghcr\u00ad.io/acme/app'], ['user information', 'ghcr.io@evil.example/app'], ['a query', 'ghcr.io/acme/app?x=1'], ['a fragment', 'ghcr.io/acme/app#x'], ['a path upwards', 'ghcr.io/../app'], ['a backslash', 'ghcr.io\\acme/app'],
  ])('T59: %s: refused before anyone is asked, and printed without it', async (_, reference) => {
    const error: unknown = await judge(reference, { source: registry({ fetch: () => Promise.reject(new Error('asked')) }) }).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'bad-reference' })
    expect((error as Error).message).toMatch(PRINTABLE)
  })

  test('T59: a host that a registry sends us to is shown in punycode', async () => {
    const on = await world()
    on.server.put('v1', lies.redirect(`http://${encodeURIComponent('ghcr\u0456')}.io/x`))
    const { outcome, text } = await judge(on, { source: registry({ allowAddress: ({ hostname }) => hostname === '127.0.0.1' }) })
    expect(outcome).toBe('indeterminate')
    expect(text).toContain('xn--ghcr')
    expect(text).toMatch(PRINTABLE)
  })

  test('T59: a policy with such a scope is refused', async () => {
    const file = { version: 1, policies: [{ name: 'p', scopes: ['ghcr.\u0456o/acme/*'], signers: { alice: { keys: [{ key: alice.publicPem }] } } }] }
    await expect(parsePolicy(JSON.stringify(file))).rejects.toMatchObject({ code: 'bad-policy' })
  })
})

describe('T60: a stranger\'s text in what is said', () => {
  const quoted = JSON.stringify(ESCAPES).slice(1, -1)
  const lying: readonly (readonly [string, (text: string) => string])[] = [
    ['a digest', (text) => text.replace(/"digest":"[^"]*"/, `"digest":"${quoted}"`)],
    ['a name that stands twice', (text) => text.replace('{', `{"${quoted}":1,"${quoted}":2,`)],
    ['a name that differs in case', (text) => text.replace('{', `{"a${quoted}":1,"A${quoted}":2,`)],
    ['the name of an annotation that is no string', (text) => text.replace('"size":', `"annotations":{"${quoted}":7},"size":`)],
    ['a size', (text) => text.replace(/"size":\d+/, `"size":"${quoted}"`)],
    ['a media type', (text) => text.replace(/"mediaType":"[^"]*"/, `"mediaType":"${quoted}"`)],
    ['the version of the schema', (text) => text.replace('"schemaVersion":2', `"schemaVersion":"${quoted}"`)],
    ['an artifact type', (text) => text.replace('{', `{"artifactType":["${quoted}"],`)],
    ['a platform', (text) => text.replace('"os":"linux"', `"os":["${quoted}"]`)],
  ]

  test.each(lying)('T60: %s: the reason is printable ASCII', async (_, change) => {
    const on = await world()
    const root = await put(on, 'v1', change(new TextDecoder().decode(on.image.index.bytes)))
    await detached(on, root)
    const { outcome, text } = await judge(on)
    expect(outcome).not.toBe('allow')
    expect(text).toMatch(PRINTABLE)
    expect(text.length).toBeLessThan(2_000)
  })

  test.each<[string, Parameters<Awaited<ReturnType<typeof world>>['server']['put']>[1]]>([
    ['a Content-Type', { status: 200, headers: { 'content-type': 'text/\u00e9\u009b31m' }, body: '<html>' }],
    ['a challenge', lies.rawHeader('WWW-Authenticate: Bearer realm="\u001b[2J\u0000"')],
    ['an error document', { status: 403, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ errors: [{ code: ESCAPES, message: ESCAPES }] }) }],
    ['a Location', { status: 307, headers: { location: 'http://[\u00e9' } }],
  ])('T60: %s', async (_, lie) => {
    const on = await world()
    await flat(on)
    on.server.put('v1', lie)
    const { outcome, text } = await judge(on)
    expect(outcome).toBe('indeterminate')
    expect(text).toMatch(PRINTABLE)
  })

  test('T60: signed text is data in the verdict: JSON on one line, whose control characters are escaped', async () => {
    const on = await world()
    const [manifest] = on.image.manifests
    if (manifest === undefined) throw new Error('a platform')
    const annotations = await signed(alice, payloadOf(manifest.digest, on.name, { [ESCAPES]: ESCAPES, 'dev.sealdex/tag': ESCAPES }))
    await put(on, 'v1', indexOf([listed(manifest, { platform: { os: ESCAPES, architecture: ESCAPES }, annotations: { ...annotations, [ESCAPES]: ESCAPES } })]))
    const { outcome, text, verdict } = await judge(on)
    expect(outcome).toBe('allow')
    expect(encodeVerdict(verdict)).not.toMatch(/[\x00-\x1f]/)
    expect(text).toMatch(PRINTABLE)
  })

  test('T60: platforms of a stranger in the reasons of a divergence', async () => {
    const on = await world()
    const [first, second] = on.image.manifests
    if (first === undefined || second === undefined) throw new Error('two platforms')
    const platform = { os: ESCAPES, architecture: 'x' }
    await put(on, 'v1', indexOf([listed(second, { platform }), listed(first, { platform, annotations: await sign(on, first.digest) })]))
    const { outcome, text } = await judge(on)
    expect(outcome).toBe('deny')
    expect(text).toMatch(PRINTABLE)
  })

  test('T60: the name of a key\'s file never enters the verdict', async () => {
    const on = await world()
    await flat(on)
    const { verdict } = await judge(on, { policy: policyFromKeys([alice.publicPem]) })
    expect(verdict.signers.map(({ name }) => name)).toEqual([`key:${alice.signer.publicKey.keyId}`])
    expect(INDEX).toBe(verdict.mediaType)
  })
})
