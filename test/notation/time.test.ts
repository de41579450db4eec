import { describe, expect, it } from 'vitest'
import { makeTsa, timestamp, type TimestampChoices } from '../sigstore/kit/tsa.ts'
import { pem } from '../sigstore/kit/keys.ts'
import { randomFrom } from '../sigstore/kit/random.ts'
import { DAY, iso, NOW, YEAR } from '../sigstore/kit/window.ts'
import { Tag } from './cbor.ts'
import { AUTHENTIC_TIME, COSE_SIGNED, EXPIRY, makeCose, makeJws, makeParty, SCHEME, SIGNING_TIME, TIMESTAMP } from './kit.ts'
import { judge, stateOf, SUBJECT } from './judge.ts'

const random = randomFrom('notation time')
const party = makeParty('one')
const LATE = NOW + 60 * DAY

describe('without a timestamp', () => {
  it('the certificates have to be valid now, whatever the signer says of the time', async () => {
    expect(await stateOf(party, makeJws(party), { at: NOW + 30 * DAY })).toBe('accepted')
    expect(await stateOf(party, makeJws(party), { at: NOW + 30 * DAY + 1 })).toBe('untrusted certificate-expired')
    expect(await stateOf(party, makeJws(party), { at: NOW - DAY - 1 })).toBe('untrusted certificate-expired')
  })

  it('a signature past its expiry is expired', async () => {
    const jws = makeJws(party, { signed: { crit: [SCHEME, EXPIRY], [EXPIRY]: iso(NOW + DAY) } })
    const cose = makeCose(party, { signed: COSE_SIGNED.map((pair) => (pair[0] === 2 ? [2, [SCHEME, EXPIRY]] as const : pair)), more: [[EXPIRY, new Tag(1, NOW + DAY)]] })
    for (const [bytes, container] of [[jws, 'jws'], [cose, 'cose']] as const) {
      expect(await stateOf(party, bytes, { container, at: NOW + DAY })).toBe('accepted')
      expect(await stateOf(party, bytes, { container, at: NOW + DAY + 1 })).toBe('expired expired')
    }
  })
})

describe('with a timestamp that the policy wants', () => {
  const tsa = makeTsa(random)
  const authority = pem('CERTIFICATE', tsa.chain.at(-1) ?? new Uint8Array(0))
  const signers = { vendor: { roots: [party.rootPem], subject: SUBJECT, tsa: [authority] } }
  const stamped = (choices: TimestampChoices = {}, over?: Uint8Array): Uint8Array<ArrayBuffer> => makeJws(party, { timestamp: (signature) => timestamp(tsa, over ?? signature, { certificates: 'chain', ...choices }) })

  it('the certificates are judged at its time', async () => {
    const { state, signer, time, proof } = await judge(party, stamped(), { signers, at: LATE })
    expect({ state, signer, time, by: proof?.timestampAuthority }).toEqual({ state: 'accepted', signer: 'vendor', time: NOW + 1, by: 'CN=sigstore-tsa,O=sigstore-tsa.test' })
    const cose = makeCose(party)
    expect(await stateOf(party, cose, { signers, container: 'cose' })).toBe('untrusted no-trusted-time')
  })

  it('without the authority in the policy it counts for nothing', async () => {
    expect(await stateOf(party, stamped(), { at: LATE })).toBe('untrusted certificate-expired')
  })

  it.each<readonly [string, () => Uint8Array<ArrayBuffer>, string]>([
    ['none there', () => makeJws(party), 'untrusted no-trusted-time'],
    ['over other bytes', () => stamped({}, new Uint8Array(64)), 'invalid bad-timestamp'],
    ['by another authority', () => makeJws(party, { timestamp: (signature) => timestamp(makeTsa(random), signature, { certificates: 'chain' }) }), 'untrusted untrusted-timestamp'],
    ['T34: another authority\'s, with the right one\'s certificate put first', () => {
      const forger = makeTsa(random)
      return makeJws(party, { timestamp: (signature) => timestamp(forger, signature, { certificates: [tsa.leaf.der, ...forger.chain] }) })
    }, 'untrusted untrusted-timestamp'],
    ['T38: deep ASN.1', () => makeJws(party, { timestamp: () => Uint8Array.from([...Array.from({ length: 40 }, (_, i) => [0x30, 0x80 - 2 - 2 * (i + 8)]).flat(), 5, 0]) }), 'invalid bad-timestamp'],
    ['before the certificate was', () => stamped({ time: NOW - DAY - 10 }), 'untrusted certificate-expired'],
    ['within its accuracy of the certificate\'s end', () => stamped({ time: NOW + 30 * DAY }), 'untrusted certificate-expired'],
    ['no base64', () => makeJws(party, { header: { [TIMESTAMP]: '*' } }), 'invalid malformed-signature'],
  ])('%s', async (_, bytes, expected) => {
    expect(await stateOf(party, bytes(), { signers, at: NOW + DAY })).toBe(expected)
  })

  it('afterCertExpiry: only where a certificate is past its end', async () => {
    const lax = { vendor: { ...signers.vendor, verifyTimestamp: 'afterCertExpiry' } }
    expect(await stateOf(party, makeJws(party), { signers: lax })).toBe('accepted')
    expect(await stateOf(party, makeJws(party), { signers: lax, at: LATE })).toBe('untrusted no-trusted-time')
    expect(await stateOf(party, stamped(), { signers: lax, at: LATE })).toBe('accepted')
    expect(await stateOf(party, makeJws(party), { signers: lax, at: NOW - 2 * DAY })).toBe('untrusted certificate-expired')
  })
})

describe('a signing authority, which vouches for the time itself', () => {
  const authority = { [SCHEME]: 'notary.x509.signingAuthority', crit: [SCHEME, AUTHENTIC_TIME], [SIGNING_TIME]: undefined, [AUTHENTIC_TIME]: iso(NOW) }
  const bytes = makeJws(party, { signed: authority })
  const signers = { service: { signingAuthorities: [party.rootPem], subject: SUBJECT } }

  it('counts for a policy that trusts one, at its time', async () => {
    for (const at of [NOW + DAY, LATE, NOW + 5 * YEAR]) expect(await judge(party, bytes, { signers, at })).toMatchObject({ state: 'accepted', signer: 'service', time: NOW })
    const early = makeJws(party, { signed: { ...authority, [AUTHENTIC_TIME]: iso(NOW - 2 * DAY) } })
    expect(await stateOf(party, early, { signers })).toBe('untrusted certificate-expired')
  })

  it('is unsupported by name for every other, and an ordinary signature is no service\'s', async () => {
    expect(await stateOf(party, bytes)).toBe('unsupported no-signing-authority')
    expect(await stateOf(party, makeJws(party), { signers })).toBe('untrusted no-trusted-identity')
  })

  it('says its time where it is critical, and no other', async () => {
    for (const change of [{ crit: [SCHEME] }, { [SIGNING_TIME]: iso(NOW) }, { [AUTHENTIC_TIME]: undefined }]) {
      expect(await stateOf(party, makeJws(party, { signed: { ...authority, ...change } }), { signers }), JSON.stringify(change)).toBe('invalid malformed-signature')
    }
  })
})
