import { createPublicKey, generateKeyPairSync, type JsonWebKey as NodeJwk, type KeyObject } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { base64Encode, hexDecode } from '../../src/base/bytes.ts'
import { writeBitString, writeOid, writeSequence, writeUnsigned, DER_NULL } from '../../src/base/der.ts'
import { writePem } from '../../src/crypto/pem.ts'
import { parsePublicKey, publicKeyFromSpki, publicKeyFromSshBlob } from '../../src/crypto/public-key.ts'
import { sshString } from '../../src/crypto/ssh-wire.ts'
import { SSH } from '../envelope/ssh-vectors.ts'
import { CERTIFICATE, COSIGN } from './vectors.ts'

const bad = expect.objectContaining({ code: 'bad-key' })
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const KEYS: readonly (readonly [string, { publicKey: KeyObject, privateKey: KeyObject }])[] = [
  ['ec-p256', generateKeyPairSync('ec', { namedCurve: 'P-256' })], ['ec-p384', generateKeyPairSync('ec', { namedCurve: 'P-384' })],
  ['ec-p521', generateKeyPairSync('ec', { namedCurve: 'P-521' })], ['ed25519', generateKeyPairSync('ed25519')], ['rsa', rsa],
]
const spki = (key: KeyObject): Uint8Array<ArrayBuffer> => Uint8Array.from(key.export({ type: 'spki', format: 'der' }))
const jwk = (key: KeyObject): NodeJwk => key.export({ format: 'jwk' })
const rsaSpki = (modulus: Uint8Array, exponent: Uint8Array): Uint8Array<ArrayBuffer> =>
  writeSequence(writeSequence(writeOid('1.2.840.113549.1.1.1'), DER_NULL), writeBitString(writeSequence(writeUnsigned(modulus), writeUnsigned(exponent))))
const ecSpki = (curve: string, point: string): Uint8Array<ArrayBuffer> => writeSequence(writeSequence(writeOid('1.2.840.10045.2.1'), writeOid(curve)), writeBitString(hexDecode(point)))
const edSpki = (point: string): Uint8Array<ArrayBuffer> => writeSequence(writeSequence(writeOid('1.3.101.112')), writeBitString(hexDecode(point)))

describe.each(KEYS)('%s', (type, { publicKey, privateKey }) => {
  test('one key has one form and one id, whatever it is read from', async () => {
    const key = publicKeyFromSpki(spki(publicKey))
    expect(key.type).toBe(type)
    expect(key.spki).toEqual(spki(publicKey))
    expect(await parsePublicKey(writePem('PUBLIC KEY', spki(publicKey)))).toEqual(key)
    expect(await parsePublicKey(`\n${JSON.stringify({ ...jwk(publicKey), kid: 'x', use: 'sig' })}\n`)).toEqual(key)
    expect(await parsePublicKey(String(publicKey.export({ type: 'spki', format: 'pem' })).replaceAll('\n', '\r\n'))).toEqual(key)
  })

  test('private keys are refused as such', async () => {
    await expect(parsePublicKey(String(privateKey.export({ type: 'pkcs8', format: 'pem' })))).rejects.toThrow(/private key/)
    await expect(parsePublicKey(JSON.stringify(jwk(privateKey)))).rejects.toThrow(/private or secret key/)
  })
})

test('the id is what cosign writes as a hint', async () => {
  for (const { publicKey, hint } of COSIGN) expect(base64Encode(hexDecode((await parsePublicKey(publicKey)).keyId))).toBe(hint)
})

test('a certificate stands for its key', async () => {
  expect(await parsePublicKey(CERTIFICATE.pem)).toEqual(await parsePublicKey(CERTIFICATE.publicKey))
})

test('SSH lines', async () => {
  for (const { publicKey, name } of SSH) {
    const key = await parsePublicKey(`${publicKey}\n`)
    expect(key.spki, name).toEqual(spki(createPublicKey({ key: Buffer.from(key.spki), type: 'spki', format: 'der' })))
  }
})

test.each([
  ['nothing', ''], ['words', 'not a key at all'], ['a file name', 'cosign.pub'], ['two lines', `${SSH[0]?.publicKey}\n${SSH[0]?.publicKey}`], ['another name', SSH[0]?.publicKey.replace('ssh-ed25519', 'ssh-rsa') ?? ''],
  ['two blocks', CERTIFICATE.pem + CERTIFICATE.pem], ['a cut block', CERTIFICATE.publicKey.slice(0, 100)], ['another block', writePem('CERTIFICATE REQUEST', Uint8Array.of(0x30, 0))],
  ['a secret JWK', '{"kty":"oct","k":"AAAA"}'], ['broken JSON', '{"kty":"EC",'], ['a JWK of another curve', '{"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"}'], ['X25519', '{"kty":"OKP","crv":"X25519","x":"AA"}'],
  ['an empty certificate', writePem('CERTIFICATE', Uint8Array.of(0x30, 0))], ['a key on a security key', `sk-ssh-ed25519@openssh.com ${base64Encode(sshString('sk-ssh-ed25519@openssh.com'))}`],
])('%s is no public key', async (_, text) => {
  await expect(parsePublicKey(text)).rejects.toThrow(bad)
})

describe('T40: points', () => {
  const P256 = '1.2.840.10045.3.1.7'
  const x = '6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296'
  const y = '4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5'

  test('the base point is one, and its compressed form is the same key', () => {
    const key = publicKeyFromSpki(ecSpki(P256, `04${x}${y}`))
    expect(publicKeyFromSpki(ecSpki(P256, `03${x}`))).toEqual(key)
  })

  test.each([
    ['off the curve', `04${x}${y.slice(0, -1)}6`], ['infinity', '00'], ['infinity, filled up', `00${'00'.repeat(64)}`], ['zero', `04${'00'.repeat(64)}`], ['hybrid', `07${x}${y}`],
    ['too short', `04${x}`], ['not reduced', `04${'ff'.repeat(64)}`], ['a byte more', `04${x}${y}00`], ['empty', ''],
  ])('%s is refused', (_, point) => {
    expect(() => publicKeyFromSpki(ecSpki(P256, point))).toThrow(bad)
  })

  test('a point of one curve under the name of another is refused', () => {
    expect(() => publicKeyFromSpki(ecSpki('1.3.132.0.34', `04${x}${y}`))).toThrow(bad)
    expect(() => publicKeyFromSpki(ecSpki('1.3.132.0.10', `04${x}${y}`))).toThrow(bad)
  })
})

test.each([
  ['identity', `01${'00'.repeat(31)}`], ['order 2', `ec${'ff'.repeat(30)}7f`], ['order 4', '00'.repeat(32)], ['order 4, other sign', `${'00'.repeat(31)}80`],
  ['order 8', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'], ['order 8', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'],
  ['identity, not canonical', `ee${'ff'.repeat(30)}7f`], ['identity with a sign', `01${'00'.repeat(30)}80`], ['y = p + 3', `f0${'ff'.repeat(30)}7f`], ['not on the curve', `02${'00'.repeat(31)}`], ['short', '00'.repeat(31)],
])('T42: the Ed25519 key %s is refused', (_, point) => {
  expect(() => publicKeyFromSpki(edSpki(point))).toThrow(bad)
})

describe('T43: RSA', () => {
  const modulus = Uint8Array.from(Buffer.from(String(jwk(rsa.publicKey).n), 'base64url'))
  const F4 = Uint8Array.of(1, 0, 1)
  const sized = (bytes: number, first = 0x80): Uint8Array => new Uint8Array(bytes).fill(0x55).fill(first, 0, 1)

  test.each([2048, 3072, 4096])('%i bits are accepted', (bits) => {
    expect(publicKeyFromSpki(rsaSpki(sized(bits / 8), F4)).signatureBytes).toBe(bits / 8)
  })

  test.each([['512 bits', sized(64)], ['2047 bits', sized(256, 0x7f)], ['4097 bits', sized(513, 0x01)], ['16384 bits', sized(2048)], ['an even modulus', sized(256).fill(0x54, 255)]])('%s are refused', (_, n) => {
    expect(() => publicKeyFromSpki(rsaSpki(n, F4))).toThrow(bad)
  })

  test.each([1, 3, 17, 65_539])('e = %i is refused', (e) => {
    expect(() => publicKeyFromSpki(rsaSpki(modulus, Uint8Array.of(e >> 16, (e >> 8) & 255, e & 255)))).toThrow(bad)
  })

  test('the numbers of a JWK have no leading zeros', async () => {
    const padded = Buffer.concat([Buffer.of(0), modulus]).toString('base64url')
    await expect(parsePublicKey(JSON.stringify({ kty: 'RSA', n: jwk(rsa.publicKey).n, e: 'AAEAAQ' }))).rejects.toThrow(bad)
    await expect(parsePublicKey(JSON.stringify({ kty: 'RSA', n: padded, e: 'AQAB' }))).rejects.toThrow(bad)
  })
})

test.each([
  ['trailing bytes', (der: Uint8Array) => [...der, 0]], ['a tiny modulus', () => rsaSpki(Uint8Array.of(1), Uint8Array.of(1, 0, 1))], ['RSA without NULL', () => writeSequence(writeSequence(writeOid('1.2.840.113549.1.1.1')), writeBitString(writeSequence()))],
  ['another algorithm', () => writeSequence(writeSequence(writeOid('1.3.101.110')), writeBitString(new Uint8Array(32)))], ['Ed25519 with NULL', () => writeSequence(writeSequence(writeOid('1.3.101.112'), DER_NULL), writeBitString(new Uint8Array(32)))],
])('an SPKI with %s is refused', (_, change) => {
  expect(() => publicKeyFromSpki(Uint8Array.from(change(spki(rsa.publicKey))))).toThrow(bad)
})

test('an SSH blob with a padded number, two curves or bytes behind is refused', () => {
  const point = publicKeyFromSpki(spki(KEYS[0]?.[1].publicKey ?? rsa.publicKey)).raw
  const parts = (...strings: (string | Uint8Array)[]): Uint8Array<ArrayBuffer> => Uint8Array.from(strings.flatMap((part) => [...sshString(part)]))
  expect(publicKeyFromSshBlob(parts('ecdsa-sha2-nistp256', 'nistp256', point)).type).toBe('ec-p256')
  const n = Uint8Array.from(Buffer.from(String(jwk(rsa.publicKey).n), 'base64url'))
  expect(publicKeyFromSshBlob(parts('ssh-rsa', Uint8Array.of(1, 0, 1), Uint8Array.of(0, ...n))).type).toBe('rsa')
  for (const blob of [
    parts('ecdsa-sha2-nistp256', 'nistp384', point), parts('ecdsa-sha2-nistp256', 'nistp256', point, ''), parts('ssh-rsa', Uint8Array.of(0, 1, 0, 1), Uint8Array.of(0, ...n)),
    parts('ssh-rsa', Uint8Array.of(1, 0, 1), Uint8Array.of(0, 0, ...n)), parts('ssh-rsa', Uint8Array.of(1, 0, 1), n), parts('ssh-dss', ''), Uint8Array.of(0, 0, 0, 9, 1),
  ]) expect(() => publicKeyFromSshBlob(blob)).toThrow(bad)
})
