import { createPrivateKey, generateKeyPairSync, verify, type KeyObject } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { utf8Encode } from '../../src/base/bytes.ts'
import { readDer, readSequence, writeDer, writeOctetString, writeSequence, writeUnsigned } from '../../src/base/der.ts'
import * as TAG from '../../src/base/der-tags.ts'
import { ALGORITHMS, type KeyType } from '../../src/crypto/algorithms.ts'
import { writePem } from '../../src/crypto/pem.ts'
import { encryptPrivateKey } from '../../src/crypto/encrypted-key.ts'
import { generateKey, parsePrivateKey } from '../../src/crypto/private-key.ts'
import { parsePublicKey } from '../../src/crypto/public-key.ts'
import { verifySignature } from '../../src/crypto/signature.ts'
import { COSIGN, PASSWORD } from './vectors.ts'

const MESSAGE = utf8Encode('message')
const bad = expect.objectContaining({ code: 'bad-key' })
const badPassword = expect.objectContaining({ code: 'bad-password' })
const TYPES: readonly KeyType[] = ['ec-p256', 'ec-p384', 'ec-p521', 'rsa', 'ed25519']
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pem = (key: KeyObject): string => String(key.export({ type: 'pkcs8', format: 'pem' }))

describe.each(TYPES)('a generated key: %s', (type) => {
  test('signs in the form that is written, and is read again from each form', async () => {
    const { signer, pkcs8, pkcs8Pem, publicPem } = await generateKey(type)
    expect(signer.publicKey).toEqual(await parsePublicKey(publicPem))
    const jwk = JSON.stringify(createPrivateKey(pkcs8Pem()).export({ format: 'jwk' }))
    for (const read of [signer, await parsePrivateKey(pkcs8Pem()), await parsePrivateKey(jwk), await parsePrivateKey(encryptPrivateKey(pkcs8, 'pässword'), 'pässword')]) {
      const signature = await read.sign(MESSAGE)
      expect(read.publicKey.keyId).toBe(signer.publicKey.keyId)
      expect(await verifySignature(signer.publicKey, read.algorithm, signature, MESSAGE)).toBe(true)
      const hash = type === 'ed25519' ? null : ALGORITHMS[read.algorithm].hash.replace('-', '')
      expect(verify(hash, MESSAGE, publicPem, signature)).toBe(true)
    }
  })
})

describe('cosign', () => {
  test.each(COSIGN)('its encrypted key opens: $name', async ({ privateKey, publicKey }) => {
    expect((await parsePrivateKey(privateKey, PASSWORD)).publicKey).toEqual(await parsePublicKey(publicKey))
    expect((await parsePrivateKey(privateKey.replaceAll('SIGSTORE', 'COSIGN'), PASSWORD)).algorithm).toBe(COSIGN[0]?.privateKey === privateKey ? 'ecdsa-p256-sha256' : 'ed25519')
    await expect(parsePrivateKey(privateKey, 'wrong')).rejects.toThrow(badPassword)
    await expect(parsePrivateKey(privateKey)).rejects.toThrow(/give its password/)
  })

  test('what is written is what cosign writes', () => {
    const text = encryptPrivateKey(Uint8Array.of(1, 2, 3), 'x')
    expect(text).toMatch(/^-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n([A-Za-z0-9+/=]{1,64}\n)+-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n$/)
    const body = Buffer.from(text.split('\n').slice(1, -2).join(''), 'base64').toString()
    expect(body.replace(/"(salt|nonce|ciphertext)":"[^"]*"/g, '"$1":""')).toBe(
      '{"kdf":{"name":"scrypt","params":{"N":65536,"r":8,"p":1},"salt":""},"cipher":{"name":"nacl/secretbox","nonce":""},"ciphertext":""}')
    expect(encryptPrivateKey(Uint8Array.of(1, 2, 3), 'x')).not.toBe(text)
  })

  const sealed = (change: (json: string) => string): string => {
    const body = Buffer.from((COSIGN[0]?.privateKey ?? '').split('\n').slice(1, -2).join(''), 'base64').toString()
    return writePem('ENCRYPTED SIGSTORE PRIVATE KEY', utf8Encode(change(body)))
  }

  test.each([
    ['N too large', (json: string) => json.replace('"N":65536', '"N":1073741824')], ['N too small', (json: string) => json.replace('"N":65536', '"N":2')], ['another r', (json: string) => json.replace('"r":8', '"r":1024')],
    ['another p', (json: string) => json.replace('"p":1', '"p":64')], ['another kdf', (json: string) => json.replace('scrypt', 'argon2')], ['another cipher', (json: string) => json.replace('nacl/secretbox', 'none')],
    ['a short nonce', (json: string) => json.replace(/"nonce":"[^"]*"/, '"nonce":"AAAA"')], ['no JSON', () => 'x'], ['no ciphertext', (json: string) => json.replace('ciphertext', 'text')],
  ])('%s is refused', async (_, change) => {
    await expect(parsePrivateKey(sealed(change), PASSWORD)).rejects.toThrow(bad)
  })

  test('a changed ciphertext does not open', async () => {
    const changed = sealed((json) => json.replace(/"ciphertext":"./, (start) => (start.endsWith('A') ? `${start.slice(0, -1)}B` : `${start.slice(0, -1)}A`)))
    await expect(parsePrivateKey(changed, PASSWORD)).rejects.toThrow(badPassword)
  })
})

describe('PKCS#8', () => {
  const [version, algorithm, key] = readSequence(readDer(Uint8Array.from(ec.privateKey.export({ type: 'pkcs8', format: 'der' }))), 'it')
  const [innerVersion, scalar] = readSequence(readDer(key?.content ?? new Uint8Array(0)), 'it')
  const wrap = (...inner: readonly Uint8Array[]): string =>
    writePem('PRIVATE KEY', writeSequence(version?.bytes ?? new Uint8Array(0), algorithm?.bytes ?? new Uint8Array(0), writeOctetString(writeSequence(...inner))))

  test('an EC key without its public point is complete', async () => {
    const signer = await parsePrivateKey(wrap(innerVersion?.bytes ?? new Uint8Array(0), scalar?.bytes ?? new Uint8Array(0)))
    expect(signer.publicKey.spki).toEqual(Uint8Array.from(ec.publicKey.export({ type: 'spki', format: 'der' })))
  })

  test('an EC key with the public point of another is the key of its scalar', async () => {
    const other = Uint8Array.from(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'der' })).subarray(-66)
    const signer = await parsePrivateKey(wrap(innerVersion?.bytes ?? new Uint8Array(0), scalar?.bytes ?? new Uint8Array(0), writeDer(0xa1, writeDer(TAG.bitString, other))))
    expect(signer.publicKey.spki).toEqual(Uint8Array.from(ec.publicKey.export({ type: 'spki', format: 'der' })))
  })

  test.each([['0', new Uint8Array(32)], ['n or more', new Uint8Array(32).fill(255)], ['too short', Uint8Array.of(1)]])('a scalar that is %s is refused', async (_, value) => {
    await expect(parsePrivateKey(wrap(writeUnsigned(Uint8Array.of(1)), writeOctetString(value)))).rejects.toThrow(bad)
  })
})

test.each([
  ['a public key', COSIGN[0]?.publicKey ?? '', /private key/], ['SEC 1', String(ec.privateKey.export({ type: 'sec1', format: 'pem' })), /openssl pkcs8/],
  ['encrypted PKCS#8', String(ec.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' })), /openssl pkcs8/],
  ['an OpenSSH key', writePem('OPENSSH PRIVATE KEY', Uint8Array.of(1)), /ssh-keygen -p -m PKCS8/], ['a public JWK', JSON.stringify(ec.publicKey.export({ format: 'jwk' })), /public key/],
  ['a JWK of two halves', JSON.stringify({ ...ec.privateKey.export({ format: 'jwk' }), d: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE' }), /do not belong together/],
  ['nothing', '', /no private key that is read/], ['a small RSA key', pem(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey), /1024 bits/],
  ['broken DER', writePem('PRIVATE KEY', Uint8Array.of(0x30, 5, 1)), /could not be read/],
])('%s is no private key that is taken, and the message says what to do', async (_, text, message) => {
  const parsing = parsePrivateKey(text)
  await expect(parsing).rejects.toThrow(bad)
  await expect(parsing).rejects.toThrow(message)
})

test('an RSA key whose private part is another\'s is refused', async () => {
  const [one, two] = [generateKeyPairSync('rsa', { modulusLength: 2048 }), generateKeyPairSync('rsa', { modulusLength: 2048 })].map(({ privateKey }) => privateKey.export({ format: 'jwk' }))
  await expect(parsePrivateKey(JSON.stringify({ ...one, n: two?.n }))).rejects.toThrow(bad)
})
