import { describe, expect, test } from 'vitest'
import { chooseServices, readSigningConfig, type ChosenServices } from '../../../src/sigstore/signing/signing-config.ts'
import type { Json, JsonFields } from '../kit/json.ts'
import { DAY, iso, NOW } from '../kit/window.ts'
import { configFor } from './services.ts'

function service(url: string, majorApiVersion: number, operator: string, start = NOW - 9 * DAY, end?: number): JsonFields {
  return { url, majorApiVersion, operator, validFor: { start: iso(start), ...(end !== undefined && { end: iso(end) }) } }
}

function chosen(change: Readonly<Record<string, Json>>): ChosenServices {
  return chooseServices(readSigningConfig(JSON.stringify({ ...configFor(), ...change })), NOW)
}

const urls = (services: ChosenServices): readonly string[] => services.logs.map(({ url }) => url)

describe('which services sign', () => {
  const logs = [
    service('https://old.example', 2, 'a', NOW - 9 * DAY), service('https://v1.example', 1, 'c'), service('https://b.example', 2, 'b', NOW - 5 * DAY), service('https://new.example', 2, 'a', NOW - DAY),
    service('https://gone.example', 2, 'd', NOW - 9 * DAY, NOW - 1), service('https://coming.example', 2, 'e', NOW + 1), service('https://v3.example', 3, 'f'),
  ]

  test.each<readonly [string, JsonFields, readonly string[]]>([
    ['any: the one that began last, of the newest API', { selector: 'ANY' }, ['https://new.example']],
    ['all: one of each operator', { selector: 'ALL' }, ['https://new.example', 'https://b.example']],
    ['exactly two', { selector: 'EXACT', count: 2 }, ['https://new.example', 'https://b.example']],
    ['exactly one', { selector: 'EXACT', count: 1 }, ['https://new.example']],
  ])('%s', (_, rekorTlogConfig, expected) => {
    expect(urls(chosen({ rekorTlogUrls: logs, rekorTlogConfig }))).toEqual(expected)
  })

  test.each(['tsa', 'rekorTlog'])('as cosign writes it where it names no %s: an empty choice', (name) => {
    const { logs: some, timestampAuthorities } = chosen({ [`${name}Urls`]: [], [`${name}Config`]: {}, ...(name === 'tsa' && { rekorTlogUrls: [service('https://v1.example', 1, 'c')] }) })
    expect([some.length, timestampAuthorities.length]).toEqual(name === 'tsa' ? [1, 0] : [0, 1])
  })

  test('the older API where there is no newer', () => {
    expect(urls(chosen({ rekorTlogUrls: [service('https://v1.example', 1, 'c')] }))).toEqual(['https://v1.example'])
  })

  test.each<readonly [string, Readonly<Record<string, Json>>]>([
    ['no certificate authority', { caUrls: [] }], ['none that counts now', { caUrls: [service('https://a.example', 1, 'a', NOW + 1)] }], ['an API that is not spoken', { caUrls: [service('https://a.example', 2, 'a')] }],
    ['fewer than asked for', { rekorTlogUrls: logs, rekorTlogConfig: { selector: 'EXACT', count: 3 } }], ['exactly none', { rekorTlogUrls: logs, rekorTlogConfig: { selector: 'EXACT' } }],
    ['no word on how many', { rekorTlogUrls: logs, rekorTlogConfig: {} }], ['logs of another API only', { rekorTlogUrls: [service('https://v3.example', 3, 'f')] }], ['nobody who says when: Rekor v2 alone', { tsaUrls: [] }], ['nobody who says when: no log', { tsaUrls: [], rekorTlogUrls: [] }],
  ])('unusable: %s', (_, change) => {
    expect(() => chosen(change)).toThrow(expect.objectContaining({ code: 'bad-signing-config' }) as Error)
  })
})

test.each<readonly [string, string]>([
  ['no JSON', 'services'], ['a list', '[]'], ['a trusted root', '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}'], ['version 0.1', '{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.1+json","caUrl":"https://a.example"}'],
  ['an address that is none', JSON.stringify({ ...configFor(), caUrls: [service('file:///etc/passwd', 1, 'a')] })], ['an address with a query', JSON.stringify({ ...configFor(), caUrls: [service('https://a.example/?x=1', 1, 'a')] })],
  ['a selector that is none', JSON.stringify({ ...configFor(), tsaConfig: { selector: 'SOME' } })], ['a time that is none', JSON.stringify({ ...configFor(), caUrls: [{ ...service('https://a.example', 1, 'a'), validFor: { start: 'today' } }] })],
])('not read: %s', (_, text) => {
  expect(() => readSigningConfig(text)).toThrow(expect.objectContaining({ code: 'bad-signing-config' }) as Error)
})
