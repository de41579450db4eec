import { describe, expect, it } from 'vitest'
import { base64Encode, base64UrlEncode, utf8Encode } from '../../src/base/bytes.ts'
import * as LIMITS from '../../src/base/limits.ts'
import { parseJws } from '../../src/envelope/jws.ts'
import { iso, NOW } from '../sigstore/kit/window.ts'
import { makeKey, hashOf } from '../sigstore/kit/keys.ts'
import { randomFrom } from '../sigstore/kit/random.ts'
import { AUTHENTIC_TIME, EXPIRY, makeJws, makeParty, SCHEME, SIGNING_TIME, type JwsChoices } from './kit.ts'
import { stateOf } from './judge.ts'

const party = makeParty('one')
const state = (choices: JwsChoices): Promise<string> => stateOf(party, makeJws(party, choices))
const BROKEN = 'invalid malformed-signature'

describe('a JWS as notation writes it', () => {
  it('is accepted', async () => {
    expect(await state({})).toBe('accepted')
    expect(await state({ signed: { crit: [SCHEME, EXPIRY], [EXPIRY]: iso(NOW + 1e7), 'io.cncf.notary.more': [1.5, { a: null }] } })).toBe('accepted')
  })

  it('says a time in the zone of the signer', () => {
    const timeOf = (text: string): number => parseJws(makeJws(party, { signed: { [SIGNING_TIME]: text } })).signingTime
    expect(timeOf(iso(NOW).replace('Z', '+00:00'))).toBe(NOW)
    expect(timeOf('2026-05-13T21:00:00+02:00')).toBe(NOW)
    expect(timeOf('2026-05-13T13:30:00-05:30')).toBe(NOW)
  })
})

describe('T46: what a header could say of the key', () => {
  const hmac = (signed: string): Uint8Array<ArrayBuffer> => hashOf('SHA-256', party.leaf.fields.spki, utf8Encode(signed))
  const cases: readonly (readonly [string, JwsChoices, string])[] = [
    ['alg none', { signed: { alg: 'none' }, signature: new Uint8Array(0) }, BROKEN],
    ['alg None', { signed: { alg: 'None' }, signature: new Uint8Array(0) }, BROKEN],
    ['HS256 with the public key as its secret', { signed: { alg: 'HS256' }, signature: hmac('x') }, BROKEN],
    ['RS256', { signed: { alg: 'RS256' } }, BROKEN],
    ['no alg', { signed: { alg: undefined } }, BROKEN],
    ['another curve than the key has', { signed: { alg: 'ES384' } }, BROKEN],
    ['another kind of key', { signed: { alg: 'PS256' } }, BROKEN],
    ['a critical attribute that nobody knows', { signed: { crit: [SCHEME, 'exp'], exp: 1 } }, 'unsupported critical-unknown'],
    ['a critical attribute that is not there', { signed: { crit: [SCHEME, 'exp'] } }, BROKEN],
    ['a critical attribute twice', { signed: { crit: [SCHEME, SCHEME] } }, BROKEN],
    ['an empty list of critical attributes', { signed: { crit: [] } }, BROKEN],
    ['no list of critical attributes', { signed: { crit: undefined } }, BROKEN],
    ['a scheme that is not critical', { signed: { crit: [SIGNING_TIME] } }, BROKEN],
    ['an expiry that is not critical', { signed: { [EXPIRY]: iso(NOW + 1e7) } }, BROKEN],
    ['b64 that is critical', { signed: { crit: [SCHEME, 'b64'], b64: false } }, BROKEN],
    ['b64 that is not', { signed: { b64: true } }, BROKEN],
    ['a plugin that has to be asked', { signed: { crit: [SCHEME, 'io.cncf.notary.verificationPlugin'], 'io.cncf.notary.verificationPlugin': 'x' } }, 'unsupported plugin-needed'],
    ['a plugin, not critical', { signed: { 'io.cncf.notary.verificationPlugin': 'x' } }, 'unsupported plugin-needed'],
    ...['jwk', 'jku', 'kid', 'x5u', 'x5t', 'x5t#S256'].flatMap((name) => [
      [`${name} that is signed`, { signed: { [name]: 'https://attacker.example/key' } }, BROKEN] as const,
      [`${name} that is not signed`, { header: { [name]: 'https://attacker.example/key' } }, BROKEN] as const,
    ]),
    ['alg in the header that is not signed', { header: { alg: 'ES256' }, signed: { alg: undefined } }, BROKEN],
    ['one header in both places', { header: { [SCHEME]: 'notary.x509' } }, BROKEN],
    ['a payload of another type', { signed: { cty: 'application/json' } }, 'unsupported form-unsupported'],
    ['a scheme that nobody knows', { signed: { [SCHEME]: 'notary.x509.other' } }, 'unsupported form-unsupported'],
    ['no time', { signed: { [SIGNING_TIME]: undefined } }, BROKEN],
    ['both times', { signed: { [AUTHENTIC_TIME]: iso(NOW), crit: [SCHEME, AUTHENTIC_TIME] } }, BROKEN],
    ['a time with fractions', { signed: { [SIGNING_TIME]: '2026-05-13T19:00:00.5Z' } }, BROKEN],
    ['an expiry before the time of signing', { signed: { crit: [SCHEME, EXPIRY], [EXPIRY]: iso(NOW) } }, BROKEN],
  ]
  it.each(cases)('%s', async (_, choices, expected) => {
    expect(await state(choices)).toBe(expected)
  })

  it('a key that notation does not use', async () => {
    const other = makeParty('one', { key: makeKey('Ed25519', randomFrom('ed')) })
    expect(await stateOf(other, makeJws(other, { signature: new Uint8Array(64) }))).toBe(BROKEN)
  })
})

describe('T48: text in another than its one form', () => {
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
  const edited = (edit: (envelope: string) => string): Promise<string> => stateOf(party, utf8Encode(edit(text(makeJws(party)))))
  const good = JSON.parse(text(makeJws(party))) as { payload: string; signature: string; header: { x5c: string[] } }

  it.each([
    ['padding', (envelope: string) => envelope.replace(good.signature, `${good.signature}==`)],
    ['base64 where base64url is', (envelope: string) => envelope.replace(good.signature, good.signature.replaceAll('-', '+').replaceAll('_', '/'))],
    ['base64url where base64 is', (envelope: string) => envelope.replace(good.header.x5c[0] ?? '', base64UrlEncode(party.leaf.der))],
    ['white space in base64', (envelope: string) => envelope.replace(good.signature, ` ${good.signature}`)],
    ['one name twice', (envelope: string) => envelope.replace('{', '{"payload":"e30",')],
    ['an unknown field', (envelope: string) => envelope.replace('{', '{"signatures":[],')],
    ['a field but for case', (envelope: string) => envelope.replace('{', '{"Payload":"e30",')],
    ['no JSON', (envelope: string) => envelope.slice(1)],
  ])('%s', async (_, edit) => {
    expect(await edited(edit)).toBe(BROKEN)
  })

  it('loose bits at the end of a signature', async () => {
    const last = good.signature.at(-1) ?? ''
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const loose = alphabet[alphabet.indexOf(last) | 1] ?? ''
    expect(loose).not.toBe(last)
    expect(await edited((envelope) => envelope.replace(good.signature, `${good.signature.slice(0, -1)}${loose}`))).toBe(BROKEN)
  })

  it('a name twice in the signed header', async () => {
    const header = `{"alg":"ES256","alg":"ES256","crit":["${SCHEME}"],"cty":"application/vnd.cncf.notary.payload.v1+json","${SCHEME}":"notary.x509","${SIGNING_TIME}":"${iso(NOW)}"}`
    expect(await state({ text: header })).toBe(BROKEN)
    expect(await state({ text: header.replace('"alg":"ES256",', '') })).toBe('accepted')
  })
})

describe('bounds', () => {
  it('an envelope that is too large', () => {
    expect(() => parseJws(makeJws(party, { header: { 'io.cncf.notary.signingAgent': 'x'.repeat(LIMITS.blobBytes) } }))).toThrow('larger than')
  })

  it('too many certificates, or none', async () => {
    const many = Array.from({ length: LIMITS.pathCertificates + 1 }, () => base64Encode(party.root.der))
    expect(await state({ header: { x5c: many } })).toBe(BROKEN)
    expect(await state({ header: { x5c: [] } })).toBe(BROKEN)
    expect(await state({ header: { x5c: undefined } })).toBe(BROKEN)
    expect(await state({ header: { x5c: ['AAAA'] } })).toBe('invalid bad-certificate')
  })
})
