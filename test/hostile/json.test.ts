import { describe, expect, test } from 'vitest'
import { encodeVerdict, LIMITS, openEvidence, registry } from '../../src/index.ts'
import * as lies from './registry/lies.ts'
import { asked, atDigestTag, detached, indexOf, INDEX, judge, layoutFiles, listed, put, sign, world, type World } from './support.ts'

/** The honest index with one more or other piece of text in it; `{` stands where the first entry begins. */
async function tamperedIndex(on: World, change: (text: string) => string): Promise<string> {
  return change(new TextDecoder().decode(on.image.index.bytes))
}

/** The document under the tag, its digest signed: nothing but its grammar speaks against it. */
async function judgedText(change: (text: string) => string, on?: World): Promise<{ net: Awaited<ReturnType<typeof judge>>; layout: Awaited<ReturnType<typeof judge>> }> {
  const at = on ?? (await world())
  const root = await put(at, 'v1', await tamperedIndex(at, change))
  await atDigestTag(at, root, await sign(at, root.digest))
  return { net: await judge(at), layout: await judge(at, { source: await openEvidence(layoutFiles(at)) }) }
}

test('the same document without a lie is allowed, from the network and from a layout', async () => {
  const { net, layout } = await judgedText((text) => `${text} `)
  expect([net.outcome, layout.outcome]).toEqual(['allow', 'allow'])
})

const field = (extra: string) => (text: string) => text.replace('{', `{${extra},`)
const size = (written: string) => (text: string) => text.replace(/"size":\d+/, `"size":${written}`)
const annotation = (written: string) => (text: string) => text.replace(/"size":/, `"annotations":${written},"size":`)

const GRAMMAR: readonly (readonly [string, (text: string) => string, string, RegExp])[] = [
  ['T6: "Manifests" beside "manifests", which Go reads', field('"Manifests":[]'), 'malformed', /"Manifests", which is "manifests" but for case/],
  ['T6: "ſubject", which folds to "subject"', field('"\u017fubject":null'), 'malformed', /"\\u\{17f\}ubject", which is "subject" but for case/],
  ['T6: "Digest" beside "digest" in a descriptor', (text) => text.replace('"digest":', `"Digest":"sha256:${'0'.repeat(64)}","digest":`), 'malformed', /manifests\[0\] has a field "Digest"|"digest", which is "Digest"/],
  ['T6: "OS" in a platform', (text) => text.replace('"os":', '"OS":"windows","os":'), 'malformed', /platform has a field/],
  ['T7: "manifests" twice', field('"manifests":[]'), 'malformed-json', /the name "manifests" stands twice/],
  ['T7: "digest" twice, once escaped', (text) => text.replace('"digest":', `"dig\\u0065st":"sha256:${'0'.repeat(64)}","digest":`), 'malformed-json', /the name "digest" stands twice/],
  ['T9: size -1', size('-1'), 'malformed', /manifests\[0\]\.size is "-1", not a whole number/],
  ['T9: size 2^53 + 1', size('9007199254740993'), 'malformed', /size is "9007199254740993"/],
  ['T9: size 1e400', size('1e400'), 'malformed', /size is "1e400"/],
  ['T9: size -0', size('-0'), 'malformed', /size is "-0"/],
  ['T9: size as text', size('"7"'), 'malformed', /size is the string "7", not a number/],
  ['T9: no size', (text) => text.replace(/,"size":\d+/, ''), 'malformed', /size is missing/],
  ['T10: an annotation that is a number', annotation('{"a":1}'), 'malformed', /annotations\["a"\] is the number "1", not a string/],
  ['T10: annotations that are a list', annotation('["a"]'), 'malformed', /annotations is a list, not an object of strings/],
  ['T10: half of a surrogate pair', annotation('{"a":"\\ud800"}'), 'malformed-json', /half of a surrogate pair stands alone/],
  ['T11: deep brackets', field(`"x":${'['.repeat(100)}${']'.repeat(100)}`), 'malformed-json', /nested deeper than 64 levels/],
  ['T15: manifests null', (text) => text.replace(/"manifests":.*/, '"manifests":null}'), 'malformed', /index\.manifests is null, not a list/],
  ['T15: manifests missing', (text) => text.replace(/,"manifests":.*/, '}'), 'malformed', /index\.manifests is missing, not a list/],
]

test.each(GRAMMAR)('%s: deny, in the network and in a layout, though the digest is signed', async (_, change, code, message) => {
  const { net, layout } = await judgedText(change)
  expect([net.outcome, net.codes]).toEqual(['deny', [code]])
  expect(net.text).toMatch(message)
  expect([layout.outcome, layout.codes]).toEqual(['deny', [code]])
})

test('T6: upper and lower case side by side are legal in annotations', async () => {
  expect((await judgedText(annotation('{"a":"1","A":"2","constructor":"x"}'))).net.outcome).toBe('allow')
})

test('T8: __proto__ and its like are names like any other', async () => {
  const { net } = await judgedText((text) => annotation('{"__proto__":"x","constructor":"y"}')(field('"__proto__":{"mediaType":"text/html","outcome":"allow"}')(text)))
  expect(net.outcome).toBe('allow')
  expect(({} as Record<string, unknown>)['outcome']).toBeUndefined()
})

test('T8: nor does a signed __proto__ reach the verdict as a prototype', async () => {
  const on = await world()
  await detached(on, on.image.index, undefined, JSON.parse('{"__proto__":"x","toString":"y"}') as Record<string, string>)
  const { outcome, verdict } = await judge(on)
  expect(outcome).toBe('allow')
  expect(Object.getPrototypeOf(verdict.subjects[0]?.signatures[0]?.signed?.annotations)).toBe(Object.prototype)
  expect(encodeVerdict(verdict)).toContain('"annotations":{"__proto__":"x","toString":"y"}')
})

test('T10: bytes that are no UTF-8', async () => {
  const on = await world()
  const bytes = on.image.index.bytes.slice()
  bytes[20] = 0xff
  await on.server.store.putManifest('demo/app', 'v1', bytes, INDEX)
  const { outcome, codes, text } = await judge(on)
  expect([outcome, codes]).toEqual(['deny', ['malformed-json']])
  expect(text).toContain('not valid UTF-8')
})

describe('elsewhere than in the graph, malformed bytes decide nothing', () => {
  test('T7: a referrer with a name twice is an invalid entry beside the signature that counts', async () => {
    const on = await world({ referrersApi: true })
    const subject = { mediaType: INDEX, digest: on.image.index.digest, size: on.image.index.bytes.length }
    const text = JSON.stringify(indexOf([], { subject }))
    await put(on, null, text.replace('{', '{"a":1,"a":2,'))
    await detached(on)
    const { outcome, signatures } = await judge(on, { all: true })
    expect(outcome).toBe('allow')
    expect(signatures).toContain('invalid malformed-json')
  })

  test('T7: alone it is no signature: deny, and never allow', async () => {
    const on = await world()
    expect((await judge(on)).outcome).toBe('unsigned')
    await put(on, on.image.index.digest.replace(':', '-'), `{"schemaVersion":2,"schemaVersion":2,"mediaType":"${INDEX}","manifests":[]}`)
    const { outcome, signatures } = await judge(on)
    expect([outcome, signatures]).toEqual(['deny', ['invalid malformed-json']])
  })
})

describe('bodies without measure: failed, so indeterminate, and never read to their end', () => {
  test.each([
    ['T11: 4 MiB of "["', lies.endless('['), 'too-large'],
    ['T12: a body without end', lies.endless(' '), 'too-large'],
    ['T14: a gzip bomb behind a small length', lies.gzipBomb(200_000_000), 'too-large'],
  ])('%s', async (_, lie, code) => {
    const on = await world()
    await detached(on)
    on.server.put('v1', lie)
    const { outcome, codes, text } = await judge(on)
    expect([outcome, codes]).toEqual(['indeterminate', [code]])
    expect(text).toContain(`more than ${LIMITS.manifestBytes} bytes for manifests/v1`)
  })

  test('T11: 4 MiB of "[" that do end: the depth stops it', async () => {
    const on = await world()
    on.server.put('v1', { status: 200, headers: { 'content-type': INDEX }, body: '['.repeat(LIMITS.manifestBytes) })
    const { outcome, codes, text } = await judge(on)
    expect([outcome, codes]).toEqual(['deny', ['malformed-json']])
    expect(text).toContain('deeper than 64 levels')
  })

  test('T12: a 3 MiB annotation is read once, and many of them pass the limit of all evidence', async () => {
    const on = await world()
    const nested = await Promise.all(Array.from({ length: 6 }, (_, n) => put(on, null, indexOf([], { annotations: { a: `${n}`.repeat(3 * 1024 * 1024) } }))))
    const one = await put(on, 'v1', indexOf(nested.slice(0, 1).map((object) => listed(object))))
    await atDigestTag(on, one, await sign(on, one.digest))
    expect((await judge(on)).outcome).toBe('allow')
    const all = await put(on, 'v1', indexOf(nested.map((object) => listed(object))))
    await atDigestTag(on, all, await sign(on, all.digest))
    const { outcome, places } = await judge(on)
    expect(outcome).toBe('indeterminate')
    expect(places).toContain('graph failed evidence-too-large')
  })

  test('T14: a length that promises more than comes, or less', async () => {
    for (const length of [10, 100_000]) {
      const on = await world()
      await detached(on)
      on.server.put('v1', lies.lyingLength(length))
      const { outcome } = await judge(on)
      expect(['indeterminate', 'deny']).toContain(outcome)
    }
  })
})

test('T5, T9: what is malformed costs no request for anything that it lists', async () => {
  const on = await world()
  await put(on, 'v1', await tamperedIndex(on, size('-1')))
  await judge(on, { source: registry() })
  expect(asked(on)).toEqual(['manifests/v1'])
})
