import { describe, expect, it } from 'vitest'
import { concatBytes } from '../../src/base/bytes.ts'
import * as LIMITS from '../../src/base/limits.ts'
import { parseCose } from '../../src/envelope/cose.ts'
import { NOW } from '../sigstore/kit/window.ts'
import { Raw, Tag, writeCbor, type Cbor } from './cbor.ts'
import { COSE_SIGNED, EXPIRY, makeCose, makeParty, payloadOf, SCHEME, SIGNING_TIME, type CoseChoices, type Pairs } from './kit.ts'
import { stateOf } from './judge.ts'

const party = makeParty('one')
const BROKEN = 'invalid malformed-signature'
const state = (choices: CoseChoices): Promise<string> => stateOf(party, makeCose(party, choices), { container: 'cose' })
/** The signed headers with one put in the place of what stands there. */
const signed = (label: Cbor, value: Cbor | null): Pairs => COSE_SIGNED.flatMap((pair) => (pair[0] !== label ? [pair] : value === null ? [] : [[label, value] as const]))
const chain = [33, party.chain] as const

describe('COSE_Sign1 as notation writes it', () => {
  it('is accepted', async () => {
    expect(await state({})).toBe('accepted')
    expect(await state({ more: [['io.cncf.notary.more', { pairs: [['a', [1, 2]]] }]] })).toBe('accepted')
    expect(await state({ signed: signed(2, [SCHEME, EXPIRY]), more: [[EXPIRY, new Tag(1, NOW + 1e7)]] })).toBe('accepted')
  })

  it('takes one certificate without a list', () => {
    expect(parseCose(makeCose(party, { headers: [[33, party.leaf.der]] })).certificates).toEqual([party.leaf.der])
  })
})

describe('T46: what a header could say of the key', () => {
  it.each<readonly [string, CoseChoices, string]>([
    ['HMAC', { signed: signed(1, 5) }, BROKEN],
    ['EdDSA', { signed: signed(1, -8) }, BROKEN],
    ['another curve than the key has', { signed: signed(1, -35) }, BROKEN],
    ['alg by its name', { signed: signed(1, 'HS256') }, BROKEN],
    ['no alg', { signed: signed(1, null) }, BROKEN],
    ['alg where it is not signed', { signed: signed(1, null), headers: [chain, [1, -7]] }, BROKEN],
    ['a key identifier that is signed', { more: [[4, Uint8Array.of(1)]] }, BROKEN],
    ['a key identifier that is not signed', { headers: [chain, [4, Uint8Array.of(1)]] }, BROKEN],
    ['certificates at an address', { headers: [chain, [35, 'https://attacker.example']] }, BROKEN],
    ['certificates that are signed', { more: [chain] }, BROKEN],
    ['a critical attribute that nobody knows', { signed: signed(2, [SCHEME, 'exp']), more: [['exp', 1]] }, 'unsupported critical-unknown'],
    ['a critical label', { signed: signed(2, [SCHEME, 3]) }, 'unsupported critical-unknown'],
    ['a critical attribute that is not there', { signed: signed(2, [SCHEME, 'exp']) }, BROKEN],
    ['no list of critical attributes', { signed: signed(2, null) }, BROKEN],
    ['an empty list of critical attributes', { signed: signed(2, []) }, BROKEN],
    ['a scheme that is not critical', { signed: signed(2, [SIGNING_TIME]) }, BROKEN],
    ['an expiry that is not critical', { more: [[EXPIRY, new Tag(1, NOW + 1e7)]] }, BROKEN],
    ['a plugin that has to be asked', { more: [['io.cncf.notary.verificationPlugin', 'x']] }, 'unsupported plugin-needed'],
    ['a payload of another type', { signed: signed(3, 'application/json') }, 'unsupported form-unsupported'],
    ['a time without its tag', { signed: signed(SIGNING_TIME, NOW) }, BROKEN],
    ['a time as text', { signed: signed(SIGNING_TIME, new Tag(0, '2026-05-13T19:00:00Z')) }, BROKEN],
    ['no time', { signed: signed(SIGNING_TIME, null) }, BROKEN],
    ['one header in both places', { headers: [chain, [SCHEME, 'notary.x509']] }, BROKEN],
  ])('%s', async (_, choices, expected) => {
    expect(await state(choices)).toBe(expected)
  })
})

describe('CBOR in another than its one form', () => {
  const protectedBytes = (...pairs: Pairs): CoseChoices => ({ protectedBytes: writeCbor({ pairs: [...COSE_SIGNED, ...pairs] }) })
  const nested = (levels: number): Cbor => Array.from({ length: levels }).reduce<Cbor>((inner) => [inner], 1)

  it.each<readonly [string, CoseChoices]>([
    ['a signed header twice', protectedBytes([1, -7])],
    ['a signed name twice', protectedBytes([SCHEME, 'notary.x509'])],
    ['certificates twice', { headers: [[33, makeParty('other').chain], chain] }],
    ['a name twice deeper', protectedBytes(['x', { pairs: [['a', 1], ['a', 2]] }])],
    ['a map of indefinite length', { wrap: ([head = 0, , ...rest]) => new Tag(18, [head, new Raw([0xbf, 0xff]), ...rest]) }],
    ['bytes of indefinite length', { wrap: ([head = 0, headers = 0, , signature = 0]) => new Tag(18, [head, headers, new Raw([0x5f, 0x41, 1, 0xff]), signature]) }],
    ['a number with a fraction', protectedBytes(['x', new Raw([0xf9, 0x3c, 0])])],
    ['a number that is none', protectedBytes(['x', new Raw([0xf9, 0x7e, 0])])],
    ['undefined', protectedBytes(['x', new Raw([0xf7])])],
    ['a number longer than it needs', protectedBytes(['x', new Raw([0x18, 1])])],
    ['a label of bytes', protectedBytes([Uint8Array.of(1), 1])],
    ['a tag that nobody reads', protectedBytes(['x', new Tag(2, Uint8Array.of(1))])],
    ['another tag', { wrap: (parts) => new Tag(98, parts) }],
    ['no tag', { wrap: (parts) => [...parts] }],
    ['two tags', { wrap: (parts) => new Tag(18, new Tag(18, parts)) }],
    ['three parts', { wrap: (parts) => new Tag(18, parts.slice(0, 3)) }],
    ['five parts', { wrap: (parts) => new Tag(18, [...parts, 1]) }],
    ['no payload', { wrap: ([head = 0, headers = 0, , signature = 0]) => new Tag(18, [head, headers, new Raw([0xf6]), signature]) }],
    ['protected headers that are no bytes', { wrap: ([, ...rest]) => new Tag(18, [{ pairs: COSE_SIGNED }, ...rest]) }],
    ['headers that are no map', { wrap: ([head = 0, , ...rest]) => new Tag(18, [head, [], ...rest]) }],
    ['deep lists', protectedBytes(['x', nested(20)])],
    ['100,000 lists', protectedBytes(['x', new Raw(new Uint8Array(100_000).fill(0x81))])],
    ['a list that claims 4 billion items', protectedBytes(['x', new Raw([0x9a, 0xff, 0xff, 0xff, 0xff])])],
    ['something after it', { wrap: (parts) => new Raw(concatBytes(writeCbor(new Tag(18, parts)), Uint8Array.of(0))) }],
  ])('%s', async (_, choices) => {
    expect(await state(choices)).toBe(BROKEN)
  })

  it('as deep as it may be', async () => {
    expect(await state(protectedBytes(['x', nested(7)]))).toBe('accepted')
  })

  it('an envelope that is too large', () => {
    expect(() => parseCose(makeCose(party, { payload: new Uint8Array(LIMITS.blobBytes) }))).toThrow('larger than')
  })

  it('a payload that was signed as another structure', async () => {
    const other = party.leaf.key.sign(writeCbor(['Signature', writeCbor({ pairs: COSE_SIGNED }), new Uint8Array(0), payloadOf()]))
    expect(await state({ signature: other })).toBe('invalid signature-invalid')
  })
})
