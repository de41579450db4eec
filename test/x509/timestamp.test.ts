import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concatBytes, hexDecode, hexEncode, utf8Encode } from '../../src/base/bytes.ts'
import { DER_NULL, readDer, writeDer, writeOctetString, writeOid, writeSequence } from '../../src/base/der.ts'
import * as TAG from '../../src/base/der-tags.ts'
import { SealdexError } from '../../src/base/errors.ts'
import * as LIMITS from '../../src/base/limits.ts'
import { parseCertificate } from '../../src/x509/certificate.ts'
import { parseTimestamp, verifyTimestamp, type TimestampAuthority, type VerifiedTimestamp } from '../../src/x509/timestamp.ts'
import { issue, type Issued } from '../sigstore/kit/certificate.ts'
import { writeExplicit, writeInteger, writeSet, type Bytes } from '../sigstore/kit/der.ts'
import { digestAlgorithm, makeKey } from '../sigstore/kit/keys.ts'
import { randomFrom } from '../sigstore/kit/random.ts'
import { makeTsa, timestamp, type TimestampAuthority as Tsa, type TimestampChoices } from '../sigstore/kit/tsa.ts'
import { NOW } from '../sigstore/kit/window.ts'
import { keylessFixture } from './keyless-fixture.ts'

const random = randomFrom('timestamp')
const tsa = makeTsa(random, { kind: 'P-256' })
const other = makeTsa(random, { kind: 'P-256' })
const MESSAGE = utf8Encode('a signature')
const OPEN = { start: null, end: null }
const code = (name: string): unknown => expect.objectContaining({ code: name })

/** As a trusted root has it: with the authority's own certificate, or from its issuer up. */
const trusted = ({ chain }: Tsa, from: 'leaf' | 'issuer' = 'leaf', validFor: TimestampAuthority['validFor'] = OPEN): TimestampAuthority => (
  { chain: chain.slice(from === 'leaf' ? 0 : 1).map((der) => parseCertificate(Uint8Array.from(der))), validFor }
)
const verify = (token: Bytes, authorities: readonly TimestampAuthority[] = [trusted(tsa)], message: Bytes = MESSAGE): Promise<VerifiedTimestamp<TimestampAuthority>> => verifyTimestamp(token, message, authorities)
const made = (choices: TimestampChoices = {}): Bytes => timestamp(tsa, MESSAGE, choices)

/** The token without the response around it. */
function tokenOf(response: Bytes): Bytes {
  return readDer(response).children[1]?.bytes ?? response
}

describe('verifyTimestamp', () => {
  test.each(['none', 'empty', 'leaf', 'chain'] as const)('with certificates: %s', async (certificates) => {
    const authority = trusted(tsa)
    const verified = await verify(made({ certificates }), [trusted(other), authority])
    expect(verified).toMatchObject({ time: NOW + 1, accuracy: 1 })
    expect(verified.authority).toBe(authority)
    expect(verified.certificate).toBe(authority.chain[0])
  })

  test('a token without the response', async () => {
    expect((await verify(tokenOf(made()))).time).toBe(NOW + 1)
  })

  test('by an issuer, with the certificate in the token; without it there is none', async () => {
    expect(hexEncode((await verify(made({ certificates: 'leaf' }), [trusted(tsa, 'issuer')])).certificate.der)).toBe(hexEncode(tsa.leaf.der))
    await expect(verify(made({ certificates: 'empty' }), [trusted(tsa, 'issuer')])).rejects.toThrow(code('untrusted-timestamp'))
  })

  test.each(['SHA-256', 'SHA-384', 'SHA-512'] as const)('with %s', async (hash) => {
    for (const signedHash of ['SHA-256', 'SHA-384', 'SHA-512'] as const) await verify(made({ hash, signedHash }))
  })

  test.each(['P-384', 'P-521', 'RSA-2048', 'Ed25519'] as const)('by %s', async (kind) => {
    const authority = makeTsa(random, { kind })
    await verify(timestamp(authority, MESSAGE), [trusted(authority)])
  })

  test('a digest with NULL', async () => {
    const [plain, withNull] = [digestAlgorithm('SHA-256'), writeSequence(writeOid('2.16.840.1.101.3.4.2.1'), DER_NULL)]
    expect(() => parseTimestamp(replaceInDer(made(), plain, withNull))).not.toThrow()
  })

  test.each(['keyless-ci', 'keyless-timestamp-certs', 'keyless-late-second-timestamp'])('one of the real authority: %s', async (name) => {
    const { timestamps, signature, root, leaf } = await keylessFixture(name)
    const [first] = timestamps
    if (first === undefined) throw new Error('no timestamp')
    const { time, authority } = await verifyTimestamp(first, signature, root.timestampAuthorities)
    expect(time - leaf.notBefore).toBeLessThan(60)
    expect(authority).toBe(root.timestampAuthorities[0])
    await expect(verifyTimestamp(first, signature.slice(1), root.timestampAuthorities)).rejects.toThrow(code('bad-timestamp'))
  })

  test('T36: one of another authority that brings its certificates: keyless-other-tsa_fail', async () => {
    const { timestamps, signature, root } = await keylessFixture('keyless-other-tsa_fail')
    await expect(verifyTimestamp(timestamps[0] ?? new Uint8Array(0), signature, root.timestampAuthorities)).rejects.toThrow(code('untrusted-timestamp'))
    await expect(verify(timestamp(other, MESSAGE, { certificates: 'chain' }))).rejects.toThrow(code('untrusted-timestamp'))
    await expect(verify(timestamp(other, MESSAGE, { certificates: 'chain' }), [trusted(tsa, 'issuer')])).rejects.toThrow(code('untrusted-timestamp'))
    await expect(verify(made(), [])).rejects.toThrow(code('untrusted-timestamp'))
  })
})

/** A certificate of the same names and serial number with another key, issued by nobody who may. */
function forgedLeaf(): Issued {
  const key = makeKey('P-256', random)
  const fields = { ...tsa.leaf.fields, spki: key.spki }
  return { der: issue(fields, key), fields, key }
}

describe('whose certificate', () => {
  const forged = forgedLeaf()

  test('T34: a forged certificate put first', async () => {
    const { certificate } = await verify(made({ certificates: [forged.der, tsa.leaf.der] }), [trusted(tsa, 'issuer')])
    expect(hexEncode(certificate.der)).toBe(hexEncode(tsa.leaf.der))
  })

  test('T34: what the forged one signed, with the true one beside it', async () => {
    for (const certificates of [[forged.der, tsa.leaf.der], [tsa.leaf.der, forged.der]]) {
      for (const from of ['issuer', 'leaf'] as const) await expect(verify(made({ signer: forged, certificates }), [trusted(tsa, from)])).rejects.toThrow(code('untrusted-timestamp'))
    }
  })

  test('T34: signed for another certificate of the same key', async () => {
    const fields = { ...tsa.leaf.fields, notAfter: tsa.leaf.fields.notAfter - 1 }
    const twin: Issued = { der: issue(fields, tsa.leaf.key), fields, key: tsa.leaf.key }
    await expect(verify(made({ signer: twin }))).rejects.toThrow(/signed for another certificate/)
  })

  test('a certificate that is not read beside the right one', async () => {
    await verify(made({ certificates: [writeSequence(), tsa.leaf.der] }), [trusted(tsa, 'issuer')])
  })
})

describe('when', () => {
  test('within the validity of the authority, both ends included', async () => {
    const token = made()
    await verify(token, [trusted(tsa, 'leaf', { start: NOW + 1, end: NOW + 1 })])
    for (const validFor of [{ start: NOW + 2, end: null }, { start: null, end: NOW }]) await expect(verify(token, [trusted(tsa, 'leaf', validFor)])).rejects.toThrow(code('untrusted-timestamp'))
  })

  test('T30: its chain is valid at that time', async () => {
    const old = makeTsa(random, { kind: 'P-256', root: { notAfter: NOW } })
    await expect(verify(timestamp(old, MESSAGE), [trusted(old)])).rejects.toThrow(/valid from/)
    await verify(timestamp(old, MESSAGE, { time: NOW }), [trusted(old)])
  })
})

describe('refused', () => {
  test.each<[string, Bytes]>([
    ['about other bytes', made({ imprint: new Uint8Array(32) })],
    ['not granted', made({ status: 2 })],
    ['with another content type', made({ contentType: '1.2.840.113549.1.7.1' })],
    ['whose content was changed', made({ messageDigest: new Uint8Array(32) })],
    ['too large', new Uint8Array(LIMITS.timestampBytes + 1)],
    ['with two signers', replaceSigners((signer) => [signer, signer])],
    ['with no signer', replaceSigners(() => [])],
    ['without a token', writeSequence(writeSequence(writeInteger(0)))],
    ['followed by bytes', concatBytes(made(), DER_NULL)],
    ['empty', new Uint8Array(0)],
  ])('one %s', async (_, token) => {
    await expect(verify(token)).rejects.toThrow(code('bad-timestamp'))
  })

  test('SHA-1, by its name', () => {
    const sha1 = writeSequence(writeOid('1.3.14.3.2.26'))
    expect(() => parseTimestamp(replaceInDer(made(), digestAlgorithm('SHA-256'), sha1))).toThrow(/SHA-1/)
  })

  test('times that are not in their one form', () => {
    const time = '32303236303531333139303030315a'
    const replaced = (text: string): Bytes => replaceInDer(made(), writeDer(TAG.generalizedTime, hexDecode(time)), writeDer(TAG.generalizedTime, utf8Encode(text)))
    expect(parseTimestamp(replaced('20260513190001.25Z')).info.time).toBe(NOW + 1.25)
    for (const text of ['20260513190001.50Z', '20260513190001.Z', '20260513190001', '20260513190061Z', '202605131900Z', '20260513190001+0000']) expect(() => parseTimestamp(replaced(text)), text).toThrow(code('bad-timestamp'))
  })

  test('mutated ones are refused, with codes of their own', async () => {
    const { timestamps: [token = new Uint8Array(0)], signature, root } = await keylessFixture('keyless-timestamp-certs')
    await fc.assert(fc.asyncProperty(fc.nat(token.length - 1), fc.integer({ min: 1, max: 255 }), fc.nat(token.length), async (at, flip, end) => {
      const mutated = Uint8Array.from(token)
      mutated[at] = (mutated[at] ?? 0) ^ flip
      for (const bytes of [mutated, mutated.slice(0, end)]) {
        const outcome = await verifyTimestamp(bytes, signature, root.timestampAuthorities).catch((error: unknown) => error)
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(SealdexError)
        // what nobody signs: the response's status and the certificates that came along
        else expect(outcome).toMatchObject({ time: (await verifyTimestamp(token, signature, root.timestampAuthorities)).time })
      }
    }), { numRuns: 600 })
  })
})

function replaceSigners(change: (signer: Bytes) => readonly Bytes[]): Bytes {
  const contentInfo = readDer(tokenOf(made()))
  const signedData = contentInfo.children[1]?.children[0]?.children ?? []
  const signer = signedData.at(-1)?.children[0]?.bytes ?? new Uint8Array(0)
  const parts = signedData.slice(0, -1).map(({ bytes }) => bytes)
  return writeSequence(contentInfo.children[0]?.bytes ?? new Uint8Array(0), writeExplicit(0, writeSequence(...parts, writeSet(...change(signer)))))
}

/** One element replaced by another wherever it stands, the content of octet strings too; the signatures are wrong then. */
function replaceInDer(der: Bytes, from: Bytes, to: Bytes): Bytes {
  const [wanted, rewrite] = [hexEncode(from), (bytes: Bytes): Bytes => replaceInDer(bytes, from, to)]
  if (hexEncode(der) === wanted) return to
  const node = readDer(der)
  const [tagByte = 0] = der
  if (node.constructed) return writeDer(tagByte, ...node.children.map(({ bytes }) => rewrite(bytes)))
  const nested = node.tag === TAG.octetString && node.content[0] === 0x30 && hexEncode(node.content).includes(wanted)
  return nested ? writeOctetString(rewrite(node.content)) : der
}
