import { ed25519 } from '@noble/curves/ed25519.js'
import fc from 'fast-check'
import { constants, createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { base64Decode, concatBytes, hexDecode, utf8Encode } from '../../src/base/bytes.ts'
import { writeDer, writeSequence, writeUnsigned } from '../../src/base/der.ts'
import { ALGORITHMS, algorithmsToTry, type AlgorithmName } from '../../src/crypto/algorithms.ts'
import { EC_CURVES } from '../../src/crypto/curves.ts'
import { parsePublicKey, publicKeyFromSpki, type PublicKey } from '../../src/crypto/public-key.ts'
import { readEcdsaSignature, verifySignature, writeEcdsaSignature } from '../../src/crypto/signature.ts'
import { COSIGN, PREHASHED } from './vectors.ts'

const MESSAGE = utf8Encode('{"critical":{}}')
const PAIRS: Readonly<Record<PublicKey['type'], { publicKey: KeyObject, privateKey: KeyObject }>> = {
  'ec-p256': generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  'ec-p384': generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  'ec-p521': generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  'rsa': generateKeyPairSync('rsa', { modulusLength: 2048 }),
  'ed25519': generateKeyPairSync('ed25519'),
}
const keyOf = (type: PublicKey['type']): PublicKey => publicKeyFromSpki(Uint8Array.from(PAIRS[type].publicKey.export({ type: 'spki', format: 'der' })))
const SIGNABLE = (Object.keys(ALGORITHMS) as AlgorithmName[]).filter((name) => name !== 'ed25519ph')

/** Signs with Node's own crypto, so that our reading meets another's writing. */
function signed(name: AlgorithmName, message = MESSAGE): Uint8Array<ArrayBuffer> {
  const { keyType, hash } = ALGORITHMS[name]
  const padding = name.startsWith('rsa-pss') ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST } : {}
  return Uint8Array.from(sign(keyType === 'ed25519' ? null : hash.replace('-', ''), message, { key: PAIRS[keyType].privateKey, ...padding }))
}

describe.each(SIGNABLE)('%s', (name) => {
  const key = keyOf(ALGORITHMS[name].keyType)
  const signature = signed(name)

  test('verifies what it signed, and nothing else', async () => {
    expect(await verifySignature(key, name, signature, MESSAGE)).toBe(true)
    expect(await verifySignature(key, name, signature, utf8Encode('{"critical":{} }'))).toBe(false)
    for (const other of SIGNABLE.filter((candidate) => candidate !== name)) {
      expect(await verifySignature(keyOf(ALGORITHMS[other].keyType), other, signature, MESSAGE), other).toBe(false)
    }
  })

  test('a signature with a bit flipped never verifies', async () => {
    await fc.assert(fc.asyncProperty(fc.nat(signature.length * 8 - 1), async (bit) => {
      const changed = signature.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
      expect(await verifySignature(key, name, changed, MESSAGE)).toBe(false)
    }), { numRuns: 40 })
  })

  test('T45: whatever its length or content, a wrong signature is false and no error', async () => {
    for (const bytes of [new Uint8Array(0), Uint8Array.of(0), signature.subarray(1), signature.subarray(0, -1), concatBytes(signature, Uint8Array.of(0)), concatBytes(Uint8Array.of(0), signature),
      new Uint8Array(signature.length), new Uint8Array(signature.length).fill(255), new Uint8Array(100_000)]) {
      expect(await verifySignature(key, name, bytes, MESSAGE)).toBe(false)
    }
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 600 }), async (bytes) => {
      expect(await verifySignature(key, name, bytes, MESSAGE)).toBe(false)
    }), { numRuns: 40 })
  })
})

describe('cosign', () => {
  test.each(COSIGN)('$name', async ({ publicKey, blob, signature }) => {
    const key = await parsePublicKey(publicKey)
    const [algorithm = 'ed25519'] = algorithmsToTry(key)
    expect(await verifySignature(key, algorithm, base64Decode(signature), utf8Encode(blob))).toBe(true)
    expect(await verifySignature(key, algorithm, base64Decode(signature), utf8Encode(`${blob}!`))).toBe(false)
  })

  test('Ed25519ph and pure Ed25519 are not taken for each other', async () => {
    const key = await parsePublicKey(PREHASHED.publicKey)
    const [signature, payload] = [base64Decode(PREHASHED.signature), utf8Encode(PREHASHED.payload)]
    expect(await verifySignature(key, 'ed25519ph', signature, payload)).toBe(true)
    expect(await verifySignature(key, 'ed25519', signature, payload)).toBe(false)
    expect(await verifySignature(key, 'ed25519ph', signature, utf8Encode(`${PREHASHED.payload} `))).toBe(false)
    expect(await verifySignature(keyOf('ed25519'), 'ed25519ph', signed('ed25519'), MESSAGE)).toBe(false)
    for (const bytes of [new Uint8Array(0), new Uint8Array(64), signature.subarray(1)]) expect(await verifySignature(key, 'ed25519ph', bytes, payload)).toBe(false)
  })
})

describe('T39: ECDSA signatures', () => {
  const key = keyOf('ec-p256')
  const raw = readEcdsaSignature(signed('ecdsa-p256-sha256'), 32) ?? new Uint8Array(0)
  const [r, s] = [raw.subarray(0, 32), raw.subarray(32)]
  const order = hexDecode(EC_CURVES['ec-p256'].order.toString(16))
  const integer = (...bytes: number[]): Uint8Array => writeDer(2, Uint8Array.from(bytes))
  const verifies = (signature: Uint8Array, form: 'der' | 'raw' = 'der'): Promise<boolean> => verifySignature(key, 'ecdsa-p256-sha256', signature, MESSAGE, form)

  test('both forms are read', async () => {
    expect(await verifies(writeEcdsaSignature(raw))).toBe(true)
    expect(await verifies(raw, 'raw')).toBe(true)
    expect(await verifies(raw)).toBe(false)
    expect(await verifies(writeEcdsaSignature(raw), 'raw')).toBe(false)
  })

  test.each([
    ['r with a zero more', writeSequence(integer(0, 0, ...r), writeUnsigned(s))],
    ['s with a zero more', writeSequence(writeUnsigned(r), integer(0, 0, ...s))],
    ['a third number', writeSequence(writeUnsigned(r), writeUnsigned(s), integer(0))],
    ['a byte behind', concatBytes(writeEcdsaSignature(raw), Uint8Array.of(0))],
    ['a long length', concatBytes(Uint8Array.of(0x30, 0x81), writeEcdsaSignature(raw).subarray(1))],
    ['an indefinite length', concatBytes(Uint8Array.of(0x30, 0x80), writeUnsigned(r), writeUnsigned(s), Uint8Array.of(0, 0))],
    ['a set', writeDer(0x31, writeUnsigned(r), writeUnsigned(s))],
    ['one number', writeSequence(writeUnsigned(r))],
  ])('%s is refused', async (_, der) => {
    expect(readEcdsaSignature(der, 32)).toBeNull()
    expect(await verifies(der)).toBe(false)
  })

  test.each([['r = 0', new Uint8Array(32), s], ['s = 0', r, new Uint8Array(32)], ['r = n', order, s], ['s = n', r, order], ['s = n + s', r, hexDecode('ff'.repeat(32))], ['both 0', new Uint8Array(32), new Uint8Array(32)]])(
    '%s is refused', async (_, one, two) => {
      expect(await verifies(concatBytes(one, two), 'raw')).toBe(false)
      expect(await verifies(writeSequence(writeUnsigned(one), writeUnsigned(two)))).toBe(false)
    })

  test('T41: (r, n - s) verifies too, so signature bytes are no identity', async () => {
    const other = EC_CURVES['ec-p256'].order - BigInt(`0x${Buffer.from(s).toString('hex')}`)
    expect(await verifies(concatBytes(r, hexDecode(other.toString(16).padStart(64, '0'))), 'raw')).toBe(true)
  })
})

describe('T42: Ed25519 signatures', () => {
  const key = keyOf('ed25519')
  const signature = signed('ed25519')
  const order = (1n << 252n) + 27742317777372353535851937790883648493n
  const number = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)
  const littleEndian = (value: bigint): Uint8Array => hexDecode(value.toString(16).padStart(64, '0')).reverse()

  test('S + L is refused', async () => {
    const s = number(signature.subarray(32))
    expect(await verifySignature(key, 'ed25519', concatBytes(signature.subarray(0, 32), littleEndian(s + order)), MESSAGE)).toBe(false)
  })

  test('R of low order is refused, though the equation holds', async () => {
    // S = k a with R the identity: whoever has the key can make it; OpenSSL refuses it, others take it.
    const seed = new Uint8Array(createHash('sha512').update(Buffer.from(String(PAIRS.ed25519.privateKey.export({ format: 'jwk' }).d), 'base64url')).digest().subarray(0, 32))
    const scalar = number(seed.map((byte, at) => (at === 0 ? byte & 248 : at === 31 ? (byte & 63) | 64 : byte)))
    const r = Uint8Array.of(1, ...new Uint8Array(31))
    const k = number(Uint8Array.from(createHash('sha512').update(concatBytes(r, key.raw, MESSAGE)).digest()))
    const forged = concatBytes(r, littleEndian((k * scalar) % order))
    expect(ed25519.verify(forged, MESSAGE, key.raw, { zip215: false })).toBe(true)
    expect(await verifySignature(key, 'ed25519', forged, MESSAGE)).toBe(false)
  })

  test('R of low order or not canonical is refused', async () => {
    for (const point of [`01${'00'.repeat(31)}`, `ee${'ff'.repeat(30)}7f`, '00'.repeat(32)]) {
      expect(await verifySignature(key, 'ed25519', concatBytes(hexDecode(point), signature.subarray(32)), MESSAGE)).toBe(false)
    }
  })
})

describe('what runtimes judge differently never reaches WebCrypto', () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  test('T39, T42, T45: ranges and lengths are checked before', async () => {
    const verify = vi.spyOn(crypto.subtle, 'verify').mockResolvedValue(true)
    const [order, half] = [hexDecode(EC_CURVES['ec-p256'].order.toString(16)), new Uint8Array(32).fill(1)]
    const good = signed('ed25519')
    const wrong: readonly (readonly [AlgorithmName, Uint8Array])[] = [
      ['ecdsa-p256-sha256', concatBytes(new Uint8Array(32), half)], ['ecdsa-p256-sha256', concatBytes(half, new Uint8Array(32))], ['ecdsa-p256-sha256', concatBytes(order, half)],
      ['ecdsa-p256-sha256', concatBytes(half, order)], ['ecdsa-p256-sha256', half], ['rsa-pkcs1-sha256', new Uint8Array(255)], ['rsa-pss-sha256', new Uint8Array(257)], ['ed25519', new Uint8Array(65)],
      ['ed25519', concatBytes(good.subarray(0, 32), new Uint8Array(32).fill(255))], ['ed25519', concatBytes(Uint8Array.of(1), new Uint8Array(63))], ['ed25519', concatBytes(new Uint8Array(32).fill(255), good.subarray(32))],
    ]
    for (const [name, signature] of wrong) expect(await verifySignature(keyOf(ALGORITHMS[name].keyType), name, signature, MESSAGE, 'raw')).toBe(false)
    expect(await verifySignature(keyOf('rsa'), 'ed25519', good, MESSAGE)).toBe(false)
    expect(await verifySignature(keyOf('ec-p384'), 'ecdsa-p256-sha256', signed('ecdsa-p384-sha384'), MESSAGE)).toBe(false)
    expect(verify).not.toHaveBeenCalled()
    expect(await verifySignature(keyOf('ed25519'), 'ed25519', good, MESSAGE)).toBe(true)
  })

  test('T45: a runtime that throws where others say false', async () => {
    vi.spyOn(crypto.subtle, 'verify').mockRejectedValue(new DOMException('', 'OperationError'))
    expect(await verifySignature(keyOf('ed25519'), 'ed25519', signed('ed25519'), MESSAGE)).toBe(false)
  })

  test('a key is imported once for each algorithm', async () => {
    const importKey = vi.spyOn(crypto.subtle, 'importKey')
    const key = keyOf('rsa')
    await Promise.all(['rsa-pkcs1-sha256', 'rsa-pss-sha256', 'rsa-pkcs1-sha256'].map((name) => verifySignature(key, name as AlgorithmName, signed('rsa-pkcs1-sha256'), MESSAGE)))
    expect(importKey).toHaveBeenCalledTimes(2)
  })
})

test('bare signatures are tried in the order of the sheets', () => {
  expect(algorithmsToTry(keyOf('ec-p256'))).toEqual(['ecdsa-p256-sha256'])
  expect(algorithmsToTry(keyOf('ec-p384'))).toEqual(['ecdsa-p384-sha384', 'ecdsa-p384-sha256'])
  expect(algorithmsToTry(keyOf('ec-p521'))).toEqual(['ecdsa-p521-sha512', 'ecdsa-p521-sha256'])
  expect(algorithmsToTry(keyOf('rsa'))).toEqual(['rsa-pkcs1-sha256', 'rsa-pss-sha256'])
  expect(algorithmsToTry(keyOf('ed25519'))).toEqual(['ed25519', 'ed25519ph'])
  for (const [name, row] of Object.entries(ALGORITHMS)) expect(row.name).toBe(name)
})
