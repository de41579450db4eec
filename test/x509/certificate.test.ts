import { constants, generateKeyPairSync, sign } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concatBytes, hexEncode, utf8Encode } from '../../src/base/bytes.ts'
import { DER_NULL, oidHex, writeBitString, writeDer, writeOctetString, writeOid, writeSequence, writeUnsigned } from '../../src/base/der.ts'
import * as TAG from '../../src/base/der-tags.ts'
import { SealdexError } from '../../src/base/errors.ts'
import * as LIMITS from '../../src/base/limits.ts'
import { isSignedBy, parseCertificate, parseCertificatesPem, type Certificate } from '../../src/x509/certificate.ts'
import { EXTENSION } from '../../src/x509/extensions.ts'
import { basicConstraints, issue, keyUsage, subjectAltName, tbsCertificate, type CertificateFields, type Extension } from '../sigstore/kit/certificate.ts'
import { deepSequence, writeBoolean, writeExplicit, writeInteger, writeName, type Bytes } from '../sigstore/kit/der.ts'
import { san } from '../sigstore/kit/fulcio.ts'
import { makeKey, pem, signatureAlgorithm, type Hash, type KeyKind } from '../sigstore/kit/keys.ts'
import { randomFrom } from '../sigstore/kit/random.ts'
import { NOW, YEAR } from '../sigstore/kit/window.ts'
import { keylessFixture } from './keyless-fixture.ts'

const random = randomFrom('certificate')
const key = makeKey('P-256', random)
const FIELDS: CertificateFields = {
  serial: Uint8Array.of(1, 2), issuer: writeName('a', 'b'), subject: writeName('a', 'b'), notBefore: NOW - YEAR, notAfter: NOW + YEAR, spki: key.spki,
  extensions: [keyUsage('certSign'), basicConstraints(true, 0)],
}
const made = (fields: Partial<CertificateFields>): Bytes => issue({ ...FIELDS, ...fields }, key)
const extended = (...extensions: readonly Extension[]): Bytes => made({ extensions })
const SHA1 = writeSequence(writeOid('1.2.840.10045.4.1'))
const bad = expect.objectContaining({ code: 'bad-certificate' })

describe('parseCertificate', () => {
  test("one of Fulcio's", async () => {
    const { leaf } = await keylessFixture('keyless-ci')
    expect(leaf).toMatchObject({
      serial: '1677f36846606eb6a89dde083518a82b244f63b9', notBefore: Date.parse('2026-11-24T06:22:47Z') / 1000, notAfter: Date.parse('2026-11-24T06:32:47Z') / 1000,
      algorithm: { scheme: 'ecdsa', hash: 'SHA-384' }, basicConstraints: null, keyUsage: new Set(['digitalSignature']), extendedKeyUsage: [oidHex('1.3.6.1.5.5.7.3.3')],
      subjectAltNames: [{ kind: 'uri', text: 'https://github.example.com/acme/web/.github/workflows/release.yml@refs/tags/v1.4.0' }],
    })
    expect(hexEncode(leaf.subject)).toBe('3000')
    expect(hexEncode(leaf.subjectKeyId ?? new Uint8Array(0))).toBe('f26305803b19ba340e25dd7fc99a4b9386e13ddc')
    expect(hexEncode(leaf.authorityKeyId ?? new Uint8Array(0))).toBe('57a959cb6344c0408dde93a717330ab7798352f5')
  })

  test('an authority, with times after 2049', () => {
    const parsed = parseCertificate(made({ notAfter: Date.UTC(2051, 0, 2) / 1000 }))
    expect(parsed).toMatchObject({ basicConstraints: { isAuthority: true, pathLength: 0 }, keyUsage: new Set(['keyCertSign', 'cRLSign']), notAfter: Date.UTC(2051, 0, 2) / 1000 })
  })

  const parts: readonly [string, Bytes][] = [
    ['version 1', made({ version: 0 })],
    ['version 2', made({ version: 1 })],
    ['two signature algorithms', made({ innerAlgorithm: writeSequence(writeOid('1.2.840.10045.4.3.3')) })],
    ['a serial number of 21 bytes', made({ serial: new Uint8Array(21).fill(1) })],
    ['an extension twice', extended(keyUsage('certSign'), keyUsage('certSign'))],
    ['a key that is none', made({ spki: writeSequence(DER_NULL) })],
    ['a name that is none', made({ issuer: writeInteger(1) })],
    ['a path length without authority', extended({ oid: '2.5.29.19', critical: true, value: writeSequence(writeInteger(1)) })],
    ['a negative path length', extended({ oid: '2.5.29.19', critical: true, value: writeSequence(writeBoolean(true), writeDer(TAG.integer, Uint8Array.of(0xff))) })],
    ['a BOOLEAN that is neither', extended({ oid: '2.5.29.19', critical: true, value: writeSequence(writeDer(TAG.boolean, Uint8Array.of(1))) })],
    ['an empty extended key usage', extended({ oid: '2.5.29.37', critical: true, value: writeSequence() })],
    ['an empty key usage', extended({ oid: '2.5.29.15', critical: true, value: writeDer(TAG.bitString, Uint8Array.of(0)) })],
    ['a key usage with loose bits', extended({ oid: '2.5.29.15', critical: true, value: writeDer(TAG.bitString, Uint8Array.of(7, 0x81)) })],
    ['no alternative name', extended(subjectAltName([]))],
    ['an alternative name that is no ASCII', extended(subjectAltName([san.email('ö@a')]))],
    ['bytes behind an extension', extended({ ...basicConstraints(true), value: concatBytes(writeSequence(writeBoolean(true)), DER_NULL) })],
    ['T38: deep ASN.1', extended(subjectAltName([writeExplicit(0, writeOid('1.2.3'), writeExplicit(0, deepSequence(LIMITS.derDepth)))]))],
    ['T38: a large one', extended({ oid: '1.2.3', critical: false, value: new Uint8Array(LIMITS.certificateBytes) })],
    ['bytes behind it', concatBytes(made({}), DER_NULL)],
    ['nothing', new Uint8Array(0)],
  ]
  test.each(parts)('refuses %s', (_, der) => {
    expect(() => parseCertificate(der)).toThrow(bad)
  })

  test.each([
    ['a month 13', TAG.utcTime, '261301000000Z'], ['30 February', TAG.utcTime, '260230000000Z'], ['no seconds', TAG.utcTime, '2611010000Z'], ['an offset', TAG.utcTime, '261101000000+0000'],
    ['fractions', TAG.generalizedTime, '20261101000000.5Z'], ['no zone', TAG.generalizedTime, '20261101000000'], ['second 60', TAG.generalizedTime, '20261231235960Z'], ['another type', TAG.utf8String, '261101000000Z'],
  ])('refuses a time with %s', (_, tag, text) => {
    const times = writeSequence(writeDer(tag, utf8Encode(text)), writeDer(tag, utf8Encode(text)))
    const algorithm = signatureAlgorithm(key)
    const tbs = writeSequence(writeExplicit(0, writeInteger(2)), writeUnsigned(Uint8Array.of(1)), algorithm, FIELDS.issuer, times, FIELDS.subject, key.spki)
    expect(() => parseCertificate(writeSequence(tbs, algorithm, writeBitString(new Uint8Array(70))))).toThrow(/time/)
  })

  test('refuses SHA-1 by its name', () => {
    const tbs = tbsCertificate({ ...FIELDS, innerAlgorithm: SHA1 }, key)
    expect(() => parseCertificate(writeSequence(tbs, SHA1, writeBitString(new Uint8Array(70))))).toThrow(/SHA-1/)
  })

  test('T38: an OID that would be cut to basicConstraints is another one', () => {
    // 29 + 2^32 in the third arc
    const value = basicConstraints(true).value
    const parsed = parseCertificate(extended({ oid: `2.5.${29 + 2 ** 32}.19`, critical: false, value }))
    expect(parsed.basicConstraints).toBeNull()
    expect(parsed.extensions.has(EXTENSION.basicConstraints)).toBe(false)
  })

  test('mutated ones throw bad-certificate and nothing else', async () => {
    const { der } = (await keylessFixture('keyless-username')).leaf
    fc.assert(fc.property(fc.nat(der.length - 1), fc.nat(255), fc.nat(der.length), (at, byte, end) => {
      const mutated = Uint8Array.from(der)
      mutated[at] = byte
      for (const bytes of [mutated, mutated.slice(0, end)]) {
        try {
          parseCertificate(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(SealdexError)
          expect(error).toMatchObject({ code: 'bad-certificate' })
        }
      }
    }), { numRuns: 3000 })
  })
})

describe('isSignedBy', () => {
  const pairs = (['P-256', 'P-384', 'P-521', 'RSA-2048'] as const).flatMap((kind) => (['SHA-256', 'SHA-384', 'SHA-512'] as const).map((hash): [KeyKind, Hash] => [kind, hash]))
  test.each<[KeyKind, Hash]>([...pairs, ['Ed25519', 'SHA-512']])('%s with %s', async (kind, hash) => {
    const signer = makeKey(kind, random)
    const authority = parseCertificate(issue({ ...FIELDS, spki: signer.spki }, signer, hash))
    expect(await isSignedBy(authority, authority)).toBe(true)
    expect(await isSignedBy(parseCertificate(made({})), authority)).toBe(false)
  })

  const PSS_HASH: Readonly<Record<string, string>> = { sha256: '2.16.840.1.101.3.4.2.1', sha1: '1.3.14.3.2.26' }
  const pssCertificate = (hash: string, saltLength: number): Certificate => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const name = writeSequence(writeOid(PSS_HASH[hash] ?? ''), DER_NULL)
    const mask = writeSequence(writeOid('1.2.840.113549.1.1.8'), name)
    const algorithm = writeSequence(writeOid('1.2.840.113549.1.1.10'), writeSequence(writeExplicit(0, name), writeExplicit(1, mask), writeExplicit(2, writeInteger(saltLength))))
    const tbs = tbsCertificate({ ...FIELDS, spki: new Uint8Array(publicKey.export({ format: 'der', type: 'spki' })), innerAlgorithm: algorithm }, key)
    return parseCertificate(writeSequence(tbs, algorithm, writeBitString(sign(hash, tbs, { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }))))
  }

  test('RSA-PSS', async () => {
    const authority = pssCertificate('sha256', 32)
    expect(await isSignedBy(authority, authority)).toBe(true)
    expect(() => pssCertificate('sha256', 20)).toThrow(/salt/)
    expect(() => pssCertificate('sha1', 20)).toThrow(/SHA-1/)
  })
})

describe('parseCertificatesPem', () => {
  const text = pem('CERTIFICATE', made({}))
  test('all of them in their order', () => {
    expect(parseCertificatesPem(`a comment\n${text}\n${pem('CERTIFICATE', made({ serial: Uint8Array.of(9) }))}`).map(({ serial }) => serial)).toEqual(['0102', '09'])
    expect(parseCertificatesPem('')).toEqual([])
  })

  test.each([['a key', pem('PUBLIC KEY', key.spki)], ['a cut one', text.slice(0, -30)], ['broken base64', text.replace('MII', 'M!I')], ['too many', text.repeat(LIMITS.pemCertificates + 1)], ['an empty one', pem('CERTIFICATE', writeOctetString(new Uint8Array(0)))]])('refuses %s', (_, broken) => {
    expect(() => parseCertificatesPem(broken)).toThrow(bad)
  })
})
