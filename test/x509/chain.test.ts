import { describe, expect, test } from 'vitest'
import * as LIMITS from '../../src/base/limits.ts'
import { loadTrustedRoot } from '../../src/sigstore/trusted-root.ts'
import { PUBLIC_GOOD_ROOT } from '../../src/sigstore/public-good-root.ts'
import { parseCertificate, type Certificate } from '../../src/x509/certificate.ts'
import { verifyChain, type Chain, type ChainRequest } from '../../src/x509/chain.ts'
import { basicConstraints, CODE_SIGNING, extendedKeyUsage, issue, keyUsage, SERVER_AUTH, TIME_STAMPING, type CertificateFields, type Extension, type Issued } from '../sigstore/kit/certificate.ts'
import { writeName } from '../sigstore/kit/der.ts'
import { issueLeaf, makeAuthority, type Authority, type LeafChoices } from '../sigstore/kit/fulcio.ts'
import { makeKey } from '../sigstore/kit/keys.ts'
import { randomFrom } from '../sigstore/kit/random.ts'
import { MINUTE, NOW, YEAR } from '../sigstore/kit/window.ts'
import { keylessFixture } from './keyless-fixture.ts'

const random = randomFrom('chain')
const fulcio = makeAuthority(random, { kind: 'P-256' })
const read = ({ der }: Issued): Certificate => parseCertificate(der)
const code = (name: string): unknown => expect.objectContaining({ code: name })

function verify(authority: Authority, leaf: LeafChoices, changes: Partial<ChainRequest> = {}): Promise<Chain> {
  return verifyChain({ leaf: read(issueLeaf(authority, random, leaf)), intermediates: [read(authority.intermediate)], anchors: [read(authority.root)], times: [NOW], purpose: 'code-signing', ...changes })
}

/** An authority of this name, by another one or by itself. */
function authority(name: string, issuer: Issued | null, changes: Partial<CertificateFields> = {}): Issued {
  const key = makeKey('P-256', random)
  const subject = writeName('chain.test', name)
  const fields: CertificateFields = {
    serial: random.bytes(8), issuer: issuer?.fields.subject ?? subject, subject, notBefore: NOW - YEAR, notAfter: NOW + YEAR, spki: key.spki,
    extensions: [keyUsage('certSign'), basicConstraints(true)], ...changes,
  }
  return { der: issue(fields, issuer?.key ?? key), fields, key }
}

function leafBelow(issuer: Issued, ...extensions: readonly Extension[]): Certificate {
  const key = makeKey('P-256', random)
  return parseCertificate(issue({
    serial: random.bytes(8), issuer: issuer.fields.subject, subject: writeName('chain.test', 'leaf'), notBefore: NOW - MINUTE, notAfter: NOW + MINUTE, spki: key.spki,
    extensions: [keyUsage('digitalSignature'), extendedKeyUsage([CODE_SIGNING]), ...extensions],
  }, issuer.key))
}

const below = (issuer: Issued, intermediates: readonly Issued[], anchor: Issued, ...extensions: readonly Extension[]): Promise<Chain> => (
  verifyChain({ leaf: leafBelow(issuer, ...extensions), intermediates: intermediates.map(read), anchors: [read(anchor)], times: [NOW], purpose: 'code-signing' })
)

describe('a path is found', () => {
  test('over an intermediate to the root', async () => {
    const chain = await verify(fulcio, {})
    expect(chain.certificates.map(({ subject }) => subject)).toEqual([writeName(null, null), fulcio.intermediate.fields.subject, fulcio.root.fields.subject])
    expect(chain.anchor.der).toEqual(fulcio.root.der)
    expect(chain.issuer.der).toEqual(fulcio.intermediate.der)
  })

  test('to an anchor that is not self-signed', async () => {
    expect((await verify(fulcio, {}, { intermediates: [], anchors: [read(fulcio.intermediate)] })).certificates).toHaveLength(2)
  })

  test('to a leaf that is itself an anchor', async () => {
    const leaf = read(issueLeaf(fulcio, random))
    const chain = await verifyChain({ leaf, intermediates: [], anchors: [leaf], times: [NOW], purpose: 'code-signing' })
    expect(chain).toMatchObject({ certificates: [leaf], anchor: leaf, issuer: leaf })
  })

  test('over the one of two intermediates of a name whose key it is, and past one that has expired', async () => {
    const root = authority('root', null)
    const [right, wrong] = [authority('middle', root), authority('middle', root)]
    const expired: Issued = { ...right, der: issue({ ...right.fields, serial: Uint8Array.of(7), notAfter: NOW - 1 }, root.key) }
    expect((await below(right, [wrong, expired, right], root)).issuer.der).toEqual(right.der)
  })

  test.each(['keyless-ci', 'keyless-email', 'keyless-username', 'keyless-issued-p384', 'keyless-cert-chain'])("one that Fulcio issued: %s", async (name) => {
    const { leaf, others, root } = await keylessFixture(name)
    const [issuer, anchor] = root.certificateAuthorities[0]?.chain ?? []
    if (issuer === undefined || anchor === undefined) throw new Error('no authority')
    await verifyChain({ leaf, intermediates: [...others, issuer], anchors: [anchor], times: [leaf.notBefore, leaf.notAfter], purpose: 'code-signing' })
  })

  test('between the certificates of the public-good root', async () => {
    const { certificateAuthorities, timestampAuthorities } = await loadTrustedRoot(PUBLIC_GOOD_ROOT)
    expect(certificateAuthorities.map(({ chain }) => chain.length)).toEqual([1, 2])
    for (const { chain } of timestampAuthorities) {
      const [leaf, ...above] = chain
      if (leaf === undefined) throw new Error('no leaf')
      await verifyChain({ leaf, intermediates: above.slice(0, -1), anchors: above.slice(-1), times: [leaf.notBefore], purpose: 'time-stamping' })
    }
  })
})

describe('times', () => {
  test('T30: an intermediate that has expired', async () => {
    await expect(verify(makeAuthority(random, { kind: 'P-256', intermediate: { notAfter: NOW - 1 } }), {})).rejects.toThrow(code('certificate-expired'))
  })

  test('T30: a root that is not valid yet', async () => {
    await expect(verify(makeAuthority(random, { kind: 'P-256', root: { notBefore: NOW + 1 } }), {})).rejects.toThrow(code('certificate-expired'))
  })

  test('T30: a leaf at one of two times', async () => {
    await verify(fulcio, {}, { times: [NOW - MINUTE, NOW + 9 * MINUTE] })
    for (const times of [[NOW, NOW + 9 * MINUTE + 0.5], [NOW - MINUTE - 0.5, NOW], [Number.NaN], [1e300]]) await expect(verify(fulcio, {}, { times }), times.join()).rejects.toThrow(code('certificate-expired'))
  })

  test('T31: no time at all', async () => {
    await expect(verify(fulcio, {}, { times: [] })).rejects.toThrow(code('certificate-expired'))
  })
})

describe('trust', () => {
  const other = makeAuthority(random, { kind: 'P-256' })

  test('T36: an authority of the same names with another key', async () => {
    await expect(verify(other, {}, { anchors: [read(fulcio.root)] })).rejects.toThrow(code('untrusted-certificate'))
  })

  test('T36: a root that came along', async () => {
    await expect(verify(other, {}, { intermediates: [read(other.intermediate), read(other.root)], anchors: [read(fulcio.root)] })).rejects.toThrow(code('untrusted-certificate'))
    await expect(verify(other, {}, { anchors: [] })).rejects.toThrow(code('untrusted-certificate'))
  })

  test('an anchor of another name with the key of the issuer', async () => {
    const renamed = issue({ ...fulcio.root.fields, subject: writeName('a', 'b') }, fulcio.root.key)
    await expect(verify(fulcio, {}, { anchors: [parseCertificate(renamed)] })).rejects.toThrow(code('untrusted-certificate'))
  })

  test('T38: many certificates of one name and key', async () => {
    const name = { subject: writeName('chain.test', 'x'), issuer: writeName('chain.test', 'x') }
    const one = authority('x', null, name)
    const many = Array.from({ length: LIMITS.pathCertificates }, (_, at) => ({ ...one, der: issue({ ...one.fields, serial: Uint8Array.of(at + 1) }, one.key) }))
    await expect(below(one, many, authority('root', null))).rejects.toThrow(/have the name of an issuer/)
    await expect(below(one, [...many, one], one)).rejects.toThrow(code('untrusted-certificate'))
  })

  test('a path of eleven', async () => {
    const path = [authority('0', null)]
    for (let at = 1; at < 10; at++) path.push(authority(`${at}`, path[at - 1] ?? null))
    const [root, ...middle] = path
    if (root === undefined) throw new Error('no root')
    await expect(below(path[9] ?? root, middle, root)).rejects.toThrow(code('untrusted-certificate'))
    expect((await below(path[8] ?? root, middle.slice(0, 8), root)).certificates).toHaveLength(10)
  })
})

describe('use', () => {
  const misused = code('certificate-misused')
  const caExtensions = [keyUsage('certSign'), basicConstraints(true)]

  test('a leaf that issues', async () => {
    const leaf = issueLeaf(fulcio, random)
    const root = { ...leaf, fields: { ...leaf.fields, subject: writeName('a', 'b') } }
    const named: Issued = { ...root, der: issue({ ...root.fields, issuer: fulcio.intermediate.fields.subject }, fulcio.intermediate.key) }
    await expect(below(named, [named, fulcio.intermediate], fulcio.root)).rejects.toThrow(misused)
  })

  test('the one that the real tools made: keyless-leaf-as-ca_fail', async () => {
    const { leaf, others, root } = await keylessFixture('keyless-leaf-as-ca_fail')
    const chain = root.certificateAuthorities[0]?.chain ?? []
    const request = { leaf, intermediates: [...others, ...chain.slice(0, -1)], anchors: chain.slice(-1), times: [leaf.notBefore], purpose: 'code-signing' } as const
    await expect(verifyChain(request)).rejects.toThrow(misused)
  })

  test.each<[string, LeafChoices]>([
    ['that is an authority', { usage: [keyUsage('digitalSignature'), extendedKeyUsage([CODE_SIGNING]), basicConstraints(true)] }],
    ['for other purposes', { usage: [keyUsage('digitalSignature'), extendedKeyUsage([SERVER_AUTH])] }],
    ['for any purpose', { usage: [keyUsage('digitalSignature'), extendedKeyUsage(['2.5.29.37.0'])] }],
    ['without a purpose', { usage: [keyUsage('digitalSignature')] }],
    ['that may only encipher', { usage: [keyUsage('keyEncipherment'), extendedKeyUsage([CODE_SIGNING])] }],
  ])('a leaf %s', async (_, leaf) => {
    await expect(verify(fulcio, leaf)).rejects.toThrow(misused)
  })

  test.each<[string, readonly Extension[]]>([
    ['without basic constraints', [keyUsage('certSign')]],
    ['that is no authority', [keyUsage('certSign'), basicConstraints(false)]],
    ['whose key may not issue', [keyUsage('digitalSignature'), basicConstraints(true)]],
    ['for other purposes', [...caExtensions, extendedKeyUsage([SERVER_AUTH])]],
    ['with a critical extension that nobody knows', [...caExtensions, { oid: '1.2.3.4', critical: true, value: writeName(null, null) }]],
    ['with name constraints', [...caExtensions, { oid: '2.5.29.30', critical: false, value: writeName(null, null) }]],
  ])('an issuer %s', async (_, extensions) => {
    const root = authority('root', null)
    const middle = authority('middle', root, { extensions })
    await expect(below(middle, [middle], root)).rejects.toThrow(misused)
    const top = authority('top', null, { extensions })
    await expect(below(top, [], top)).rejects.toThrow(misused)
  })

  test('an issuer for any purpose, or without a key usage', async () => {
    const root = authority('root', null, { extensions: [basicConstraints(true), extendedKeyUsage(['2.5.29.37.0'])] })
    expect((await below(root, [], root)).certificates).toHaveLength(2)
  })

  test('a path longer than an authority allows', async () => {
    const root = authority('root', null, { extensions: [keyUsage('certSign'), basicConstraints(true, 0)] })
    const middle = authority('middle', root)
    await expect(below(middle, [middle], root)).rejects.toThrow(misused)
    await below(root, [], root)
  })

  test('a leaf with a critical extension that nobody knows', async () => {
    await expect(below(fulcio.root, [], fulcio.root, { oid: '1.3.6.1.4.1.11129.2.4.3', critical: true, value: writeName(null, null) })).rejects.toThrow(misused)
  })

  test.each<[string, Extension]>([
    ['not critical', extendedKeyUsage([TIME_STAMPING])], ['with another beside', extendedKeyUsage([TIME_STAMPING, CODE_SIGNING], true)], ['for code', extendedKeyUsage([CODE_SIGNING], true)],
  ])('a timestamp authority whose usage is %s', async (_, usage) => {
    const root = makeAuthority(random, { kind: 'P-256', noIntermediate: true })
    const request = { intermediates: [], anchors: [read(root.root)], purpose: 'time-stamping' } as const
    await expect(verify(root, { usage: [keyUsage('digitalSignature'), usage] }, request)).rejects.toThrow(misused)
    await verify(root, { usage: [keyUsage('digitalSignature'), extendedKeyUsage([TIME_STAMPING], true)] }, request)
  })
})
