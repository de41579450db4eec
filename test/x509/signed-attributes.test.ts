import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { concatBytes, utf8Encode } from '../../src/base/bytes.ts'
import { readDer, writeOctetString, writeOid, writeSequence, type DerNode } from '../../src/base/der.ts'
import { parseCertificate } from '../../src/x509/certificate.ts'
import { verifyTimestamp } from '../../src/x509/timestamp.ts'
import { retag, writeExplicit, writeImplicit, writeSet, type Bytes } from '../sigstore/kit/der.ts'
import { hashOf } from '../sigstore/kit/keys.ts'
import { randomFrom } from '../sigstore/kit/random.ts'
import { makeTsa, timestamp } from '../sigstore/kit/tsa.ts'
import { NOW } from '../sigstore/kit/window.ts'

const tsa = makeTsa(randomFrom('attributes'), { kind: 'P-256' })
const MESSAGE = utf8Encode('a signature')
const authorities = [{ chain: tsa.chain.map((der) => parseCertificate(Uint8Array.from(der))), validFor: { start: null, end: null } }]
const TYPE = '1.2.840.113549.1.9.3'
const DIGEST = '1.2.840.113549.1.9.4'
const CERTIFICATE = '1.2.840.113549.1.9.16.2.12'
const CERTIFICATE_V2 = '1.2.840.113549.1.9.16.2.47'

const attribute = (oid: string, ...values: readonly Bytes[]): Bytes => writeSequence(writeOid(oid), writeSet(...values))
const certificateId = (...parts: readonly Bytes[]): Bytes => writeSequence(writeSequence(writeSequence(...parts)))

/** Attributes of the timestamp that is good, by what they are. */
const good = {
  type: attribute(TYPE, writeOid('1.2.840.113549.1.9.16.1.4')),
  digest: attribute(DIGEST, writeOctetString(hashOf('SHA-256', contentOf(partsOf(timestamp(tsa, MESSAGE)))))),
  v2: attribute(CERTIFICATE_V2, certificateId(writeOctetString(hashOf('SHA-256', tsa.leaf.der)))),
}

function partsOf(response: Bytes): readonly DerNode[] {
  return readDer(response).children[1]?.children[1]?.children[0]?.children ?? []
}

function contentOf(signedData: readonly DerNode[]): Bytes {
  return signedData[2]?.children[1]?.children[0]?.content ?? new Uint8Array(0)
}

interface Changes {
  readonly sign?: boolean
  /** In place of issuer and serial number. */
  readonly id?: Bytes
}

/** The timestamp with these attributes, signed again by the authority's own key unless told otherwise. */
function withAttributes(attributes: readonly Bytes[], { sign = true, id }: Changes = {}): Bytes {
  const signedData = partsOf(timestamp(tsa, MESSAGE))
  const [version, issuerSerial, digest, , algorithm, signature] = signedData.at(-1)?.children[0]?.children.map(({ bytes }) => bytes) ?? []
  const set = writeSet(...attributes)
  const signer = [version, id ?? issuerSerial, digest, retag(set, 0xa0), algorithm, sign ? writeOctetString(tsa.leaf.key.sign(set)) : signature].filter((part) => part !== undefined)
  const rebuilt = writeSequence(...signedData.slice(0, -1).map(({ bytes }) => bytes), writeSet(writeSequence(...signer)))
  return writeSequence(writeOid('1.2.840.113549.1.7.2'), writeExplicit(0, rebuilt))
}

const verify = (attributes: readonly Bytes[], changes?: Changes): Promise<unknown> => verifyTimestamp(withAttributes(attributes, changes), MESSAGE, authorities)
const keyId = (): Bytes => hashOf('SHA-256', tsa.leaf.fields.spki).slice(0, 20)

describe('what is signed are the attributes', () => {
  test('these three are enough, in any order', async () => {
    expect(await verify([good.type, good.digest, good.v2])).toMatchObject({ time: NOW + 1 })
  })

  test('the certificate by SHA-1, as older authorities have it, and by another hash', async () => {
    const v1 = (der: Bytes): Bytes => attribute(CERTIFICATE, certificateId(writeOctetString(new Uint8Array(createHash('sha1').update(der).digest()))))
    const long = attribute(CERTIFICATE_V2, certificateId(writeSequence(writeOid('2.16.840.1.101.3.4.2.3')), writeOctetString(hashOf('SHA-512', tsa.leaf.der))))
    expect(await verify([good.type, good.digest, v1(tsa.leaf.der)])).toMatchObject({ time: NOW + 1 })
    expect(await verify([good.type, good.digest, long])).toMatchObject({ time: NOW + 1 })
    await expect(verify([good.type, good.digest, v1(concatBytes(tsa.leaf.der, Uint8Array.of(0))), good.v2])).rejects.toThrow(/another certificate/)
  })

  test('the certificate by its key identifier', async () => {
    expect(await verify([good.type, good.digest, good.v2], { id: writeImplicit(0, keyId()) })).toMatchObject({ time: NOW + 1 })
    await expect(verify([good.type, good.digest, good.v2], { id: writeImplicit(0, keyId().fill(0, 19)) })).rejects.toThrow(expect.objectContaining({ code: 'untrusted-timestamp' }))
  })

  test.each<[string, readonly Bytes[]]>([
    ['no content type', [good.digest, good.v2]],
    ['another content type', [attribute(TYPE, writeOid('1.2.840.113549.1.7.1')), good.digest, good.v2]],
    ['no digest', [good.type, good.v2]],
    ['another digest', [good.type, attribute(DIGEST, writeOctetString(new Uint8Array(32))), good.v2]],
    ['two digests', [good.type, good.digest, attribute(DIGEST, writeOctetString(new Uint8Array(32))), good.v2]],
    ['a digest with two values', [good.type, attribute(DIGEST, writeOctetString(new Uint8Array(32)), writeOctetString(new Uint8Array(31))), good.v2]],
    ['a digest without a value', [good.type, attribute(DIGEST), good.v2]],
  ])('%s', async (_, attributes) => {
    await expect(verify(attributes)).rejects.toThrow(expect.objectContaining({ code: 'bad-timestamp' }))
  })

  test.each<[string, readonly Bytes[]]>([
    ['no certificate', [good.type, good.digest]],
    ['another certificate', [good.type, good.digest, attribute(CERTIFICATE_V2, certificateId(writeOctetString(new Uint8Array(32))))]],
    ['a certificate that is none', [good.type, good.digest, attribute(CERTIFICATE_V2, writeSequence())]],
  ])('%s', async (_, attributes) => {
    await expect(verify(attributes)).rejects.toThrow(expect.objectContaining({ code: 'untrusted-timestamp' }))
  })

  test('attributes that were put in later', async () => {
    await expect(verify([good.type, good.digest, good.v2], { sign: false })).rejects.toThrow(expect.objectContaining({ code: 'untrusted-timestamp' }))
  })
})
