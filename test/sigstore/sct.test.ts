import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concatBytes, hexEncode } from '../../src/base/bytes.ts'
import { oidHex, writeDer, writeOctetString } from '../../src/base/der.ts'
import * as TAG from '../../src/base/der-tags.ts'
import { SealdexError } from '../../src/base/errors.ts'
import * as LIMITS from '../../src/base/limits.ts'
import { publicKeyFromSpki } from '../../src/crypto/public-key.ts'
import { readScts, verifyScts, type CtLog } from '../../src/sigstore/sct.ts'
import { parseCertificate, type Certificate } from '../../src/x509/certificate.ts'
import { keylessFixture, type KeylessFixture } from '../x509/keyless-fixture.ts'
import { issue, subjectAltName, tbsCertificate } from './kit/certificate.ts'
import { makeCtLog, sctExtension, signCertificateTimestamp, type CtLog as KitLog } from './kit/ct-log.ts'
import type { Bytes } from './kit/der.ts'
import { issueLeaf, makeAuthority, san, type LeafChoices } from './kit/fulcio.ts'
import { randomFrom } from './kit/random.ts'
import { MINUTE, NOW } from './kit/window.ts'

const random = randomFrom('sct')
const fulcio = makeAuthority(random, { kind: 'P-256' })
const issuer = parseCertificate(fulcio.intermediate.der)
const [one, two] = [makeCtLog(random), makeCtLog(random)]
const SCT_LIST = oidHex('1.3.6.1.4.1.11129.2.4.2')
/** When the kit's logs sign, in seconds. */
const SIGNED_AT = NOW - MINUTE + 0.017

const trusted = ({ key, logId }: KitLog, validFor: CtLog['validFor'] = { start: null, end: null }): CtLog => ({ ids: [hexEncode(logId)], key: publicKeyFromSpki(key.spki), validFor })
const leaf = (choices: LeafChoices): Certificate => parseCertificate(issueLeaf(fulcio, random, choices).der)
const count = async (certificate: Certificate, logs: readonly CtLog[], by: Certificate = issuer): Promise<number> => (await verifyScts(certificate, by, logs)).length

/** A leaf with this list of timestamps, whatever it is. */
function withList(list: Bytes): Certificate {
  const { fields } = issueLeaf(fulcio, random)
  return parseCertificate(issue({ ...fields, extensions: [...fields.extensions, { oid: '1.3.6.1.4.1.11129.2.4.2', critical: false, value: list }] }, fulcio.intermediate.key))
}

describe('verifyScts', () => {
  test('one of a log that is trusted, with its time', async () => {
    const log = trusted(one)
    const verified = await verifyScts(leaf({ ctLogs: [one] }), issuer, [trusted(two), log])
    expect(verified).toHaveLength(1)
    expect(verified[0]?.log).toBe(log)
    expect(verified[0]?.time).toBe(SIGNED_AT)
  })

  test('none', async () => {
    expect(readScts(leaf({}))).toEqual([])
    expect(await count(leaf({}), [trusted(one)])).toBe(0)
  })

  test.each(['P-384', 'RSA-2048'] as const)('a log with a key %s', async (kind) => {
    const log = makeCtLog(random, kind)
    expect(await count(leaf({ ctLogs: [log] }), [trusted(log)])).toBe(1)
  })

  test('a log with an Ed25519 key', async () => {
    const log = makeCtLog(random, 'Ed25519')
    const { fields } = issueLeaf(fulcio, random)
    const sct = signCertificateTimestamp(log, tbsCertificate(fields, fulcio.intermediate.key), { timestamp: NOW * 1000, issuerSpki: issuer.spki })
    // the kit writes SHA-256 with ECDSA, whatever the key is: 32 log id, 8 time, 2 extensions after the version
    const named = Uint8Array.from(sct)
    named.set([8, 7], 43)
    const certificate = (timestamp: Bytes): Certificate => parseCertificate(issue({ ...fields, extensions: [...fields.extensions, sctExtension([timestamp])] }, fulcio.intermediate.key))
    expect(await count(certificate(named), [trusted(log)])).toBe(1)
    expect(await count(certificate(sct), [trusted(log)])).toBe(0)
  })

  test('with extensions of its own', async () => {
    const certificate = leaf({ ctLogs: [one], sct: { extensions: Uint8Array.of(1, 2, 3) } })
    expect(readScts(certificate)[0]?.extensions).toEqual(Uint8Array.of(1, 2, 3))
    expect(await count(certificate, [trusted(one)])).toBe(1)
  })

  test('T32: two of one log count once, two of two logs twice', async () => {
    expect(await count(leaf({ ctLogs: [one, one] }), [trusted(one)])).toBe(1)
    expect(await count(leaf({ ctLogs: [one, two] }), [trusted(one), trusted(two)])).toBe(2)
    expect(await count(leaf({ ctLogs: [one, two] }), [trusted(one)])).toBe(1)
  })

  test('T32: a log that goes by two ids counts once', async () => {
    const renamed: KitLog = { ...one, logId: random.bytes(32) }
    expect(await count(leaf({ ctLogs: [one, renamed] }), [trusted(one), trusted(renamed)])).toBe(1)
  })

  test('a log that is not trusted, or another key under its id', async () => {
    const certificate = leaf({ ctLogs: [one] })
    expect(await count(certificate, [])).toBe(0)
    expect(await count(certificate, [trusted({ ...two, logId: one.logId })])).toBe(0)
  })

  test('outside of the validity of the log; both ends are in it', async () => {
    const certificate = leaf({ ctLogs: [one] })
    expect(await count(certificate, [trusted(one, { start: SIGNED_AT, end: SIGNED_AT })])).toBe(1)
    expect(await count(certificate, [trusted(one, { start: null, end: SIGNED_AT - 0.001 })])).toBe(0)
    expect(await count(certificate, [trusted(one, { start: SIGNED_AT + 0.001, end: null })])).toBe(0)
  })

  test('for another issuer, another time or another certificate', async () => {
    const certificate = leaf({ ctLogs: [one] })
    expect(await count(certificate, [trusted(one)], parseCertificate(fulcio.root.der))).toBe(0)
    const { fields } = issueLeaf(fulcio, random, { ctLogs: [one] })
    const moved = { ...fields, extensions: [subjectAltName([san.email('someone@else.test')]), ...fields.extensions.filter(({ oid }) => oid !== '2.5.29.17')] }
    expect(await count(parseCertificate(issue(moved, fulcio.intermediate.key)), [trusted(one)])).toBe(0)
  })
})

describe('of the real tools', () => {
  const verifyFixture = ({ leaf: certificate, root }: KeylessFixture): Promise<number> => {
    const [by] = root.certificateAuthorities[0]?.chain ?? []
    return by === undefined ? Promise.reject(new Error('no authority')) : count(certificate, root.ctLogs, by)
  }

  test.each([['keyless-ci', 1], ['keyless-email', 1], ['keyless-username', 1], ['keyless-issued-p384', 1], ['keyless-no-sct_fail', 0], ['keyless-sct-other-log_fail', 0]])('%s: %i', async (name, scts) => {
    expect(await verifyFixture(await keylessFixture(name))).toBe(scts)
  })
})

describe('a list that is broken', () => {
  const sct = [...leaf({ ctLogs: [one] }).extensions.get(SCT_LIST)?.value.subarray(6) ?? []]
  const list = (...bytes: readonly number[]): Bytes => writeOctetString(Uint8Array.of(bytes.length >> 8, bytes.length & 255, ...bytes))
  const entry = (bytes: readonly number[]): number[] => [bytes.length >> 8, bytes.length & 255, ...bytes]

  test('the one that these are made of is read', () => {
    expect(readScts(withList(list(...entry(sct))))).toHaveLength(1)
    expect(readScts(withList(list()))).toHaveLength(0)
  })

  test.each<[string, Bytes]>([
    ['another type', writeDer(TAG.utf8String, Uint8Array.of(0, 0))], ['a length too short', writeOctetString(Uint8Array.of(0, 0, 0))], ['a length too long', writeOctetString(Uint8Array.of(0, 9, 0))],
    ['nothing', writeOctetString(new Uint8Array(0))], ['a cut one', list(...entry(sct.slice(0, -1)))], ['bytes behind one', list(...entry([...sct, 0]))], ['an empty one', list(...entry([]))],
    ['version 2', list(...entry([1, ...sct.slice(1)]))], ['bytes behind the extension', concatBytes(list(), Uint8Array.of(5, 0))],
    ['too many', list(...Array.from({ length: LIMITS.certificateScts + 1 }, () => entry(sct)).flat())],
  ])('%s', async (_, value) => {
    await expect(verifyScts(withList(value), issuer, [trusted(one)])).rejects.toThrow(expect.objectContaining({ code: 'bad-certificate' }))
  })

  test('mutated ones verify nowhere, and throw nothing of their own', async () => {
    const { fields } = issueLeaf(fulcio, random)
    const whole = sctExtension([signCertificateTimestamp(one, tbsCertificate(fields, fulcio.intermediate.key), { timestamp: NOW * 1000, issuerSpki: issuer.spki })])
    await fc.assert(fc.asyncProperty(fc.nat(whole.value.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
      const value = Uint8Array.from(whole.value)
      value[at] = (value[at] ?? 0) ^ flip
      const certificate = parseCertificate(issue({ ...fields, extensions: [...fields.extensions, { ...whole, value }] }, fulcio.intermediate.key))
      const outcome = await count(certificate, [trusted(one)]).catch((error: unknown) => error)
      expect(outcome === 0 || outcome instanceof SealdexError).toBe(true)
    }), { numRuns: 200 })
  })
})
