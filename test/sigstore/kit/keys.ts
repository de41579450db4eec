import { checkPrimeSync, createHash, createPrivateKey, sign as nodeSign } from 'node:crypto'
import { ed25519 } from '@noble/curves/ed25519.js'
import { p256, p384, p521 } from '@noble/curves/nist.js'
import { concatBytes } from '../../../src/base/bytes.ts'
import { DER_NULL, writeBitString, writeOctetString, writeOid, writeSequence, writeUnsigned } from '../../../src/base/der.ts'
import { writeInteger, type Bytes } from './der.ts'
import type { Random } from './random.ts'

export type KeyKind = 'P-256' | 'P-384' | 'P-521' | 'RSA-2048' | 'Ed25519'
export type Hash = 'SHA-256' | 'SHA-384' | 'SHA-512'

/** A key that signs. It comes from the seed, and so do its signatures (ECDSA with the nonces of RFC 6979). */
export interface SigningKey {
  readonly kind: KeyKind
  /** SubjectPublicKeyInfo. */
  readonly spki: Bytes
  /** PKCS#8. */
  readonly pkcs8: Bytes
  /** The hash that goes with the key where nothing else is said. */
  readonly hash: Hash
  /** ECDSA in DER, RSA PKCS#1 v1.5, Ed25519. */
  readonly sign: (message: Uint8Array, hash?: Hash) => Bytes
}

export function hashOf(hash: Hash, ...parts: readonly Uint8Array[]): Bytes {
  return new Uint8Array(createHash(hash.replace('-', '')).update(concatBytes(...parts)).digest())
}

const CURVES = {
  'P-256': { curve: p256, oid: '1.2.840.10045.3.1.7', hash: 'SHA-256' },
  'P-384': { curve: p384, oid: '1.3.132.0.34', hash: 'SHA-384' },
  'P-521': { curve: p521, oid: '1.3.132.0.35', hash: 'SHA-512' },
} as const

export function makeKey(kind: KeyKind, random: Random): SigningKey {
  if (kind === 'RSA-2048') return rsaKey(random)
  return kind === 'Ed25519' ? edKey(random) : ecKey(kind, random)
}

function ecKey(kind: keyof typeof CURVES, random: Random): SigningKey {
  const { curve, oid, hash: own } = CURVES[kind]
  const secret = curve.utils.randomSecretKey(random.bytes(curve.lengths.seed ?? 0))
  const point = curve.getPublicKey(secret, false)
  const algorithm = writeSequence(writeOid('1.2.840.10045.2.1'), writeOid(oid))
  const ecPrivate = writeSequence(writeInteger(1), writeOctetString(secret))
  const sign = (message: Uint8Array, hash: Hash = own): Bytes => new Uint8Array(curve.sign(hashOf(hash, message), secret, { prehash: false, lowS: false, format: 'der' }))
  return { kind, hash: own, sign, spki: writeSequence(algorithm, writeBitString(point)), pkcs8: writeSequence(writeInteger(0), algorithm, writeOctetString(ecPrivate)) }
}

function edKey(random: Random): SigningKey {
  const secret = random.bytes(32)
  const algorithm = writeSequence(writeOid('1.3.101.112'))
  const pkcs8 = writeSequence(writeInteger(0), algorithm, writeOctetString(writeOctetString(secret)))
  const spki = writeSequence(algorithm, writeBitString(ed25519.getPublicKey(secret)))
  const key = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' })
  return { kind: 'Ed25519', hash: 'SHA-512', spki, pkcs8, sign: (message) => new Uint8Array(nodeSign(null, message, key)) }
}

/** A prime of 1,024 bits with its highest two set, one below which is no multiple of 65,537. */
function prime(random: Random): bigint {
  for (;;) {
    const bytes = random.bytes(128)
    bytes[0] = (bytes[0] ?? 0) | 0xc0
    bytes[127] = (bytes[127] ?? 0) | 1
    const candidate = numberOf(bytes)
    if ((candidate - 1n) % 65_537n !== 0n && checkPrimeSync(candidate)) return candidate
  }
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
}

function writeBig(value: bigint): Bytes {
  const hex = value.toString(16)
  return writeUnsigned(Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex'))
}

function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [value % modulus, modulus, 1n, 0n]
  while (b > 0n) [a, b, x, y] = [b, a % b, y, x - (a / b) * y]
  return ((x % modulus) + modulus) % modulus
}

function rsaKey(random: Random): SigningKey {
  const [p, q, e] = [prime(random), prime(random), 65_537n]
  const d = inverse(e, (p - 1n) * (q - 1n))
  const pkcs1 = writeSequence(writeInteger(0), ...[p * q, e, d, p, q, d % (p - 1n), d % (q - 1n), inverse(q, p)].map(writeBig))
  const algorithm = writeSequence(writeOid('1.2.840.113549.1.1.1'), DER_NULL)
  const pkcs8 = writeSequence(writeInteger(0), algorithm, writeOctetString(pkcs1))
  const key = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' })
  const sign = (message: Uint8Array, hash: Hash = 'SHA-256'): Bytes => new Uint8Array(nodeSign(hash.replace('-', ''), message, key))
  return { kind: 'RSA-2048', hash: 'SHA-256', sign, spki: writeSequence(algorithm, writeBitString(writeSequence(writeBig(p * q), writeBig(e)))), pkcs8 }
}

const ECDSA: Readonly<Record<Hash, string>> = { 'SHA-256': '1.2.840.10045.4.3.2', 'SHA-384': '1.2.840.10045.4.3.3', 'SHA-512': '1.2.840.10045.4.3.4' }
const RSA: Readonly<Record<Hash, string>> = { 'SHA-256': '1.2.840.113549.1.1.11', 'SHA-384': '1.2.840.113549.1.1.12', 'SHA-512': '1.2.840.113549.1.1.13' }
const DIGEST: Readonly<Record<Hash, string>> = { 'SHA-256': '2.16.840.1.101.3.4.2.1', 'SHA-384': '2.16.840.1.101.3.4.2.2', 'SHA-512': '2.16.840.1.101.3.4.2.3' }

/** AlgorithmIdentifier of a signature by this key. */
export function signatureAlgorithm(key: SigningKey, hash: Hash = key.hash): Bytes {
  if (key.kind === 'Ed25519') return writeSequence(writeOid('1.3.101.112'))
  return key.kind === 'RSA-2048' ? writeSequence(writeOid(RSA[hash]), DER_NULL) : writeSequence(writeOid(ECDSA[hash]))
}

/** AlgorithmIdentifier of a hash, without NULL (formats.md 13, point 6). */
export function digestAlgorithm(hash: Hash): Bytes {
  return writeSequence(writeOid(DIGEST[hash]))
}

/** Names of Sigstore's PublicKeyDetails. */
export const KEY_DETAILS: Readonly<Record<KeyKind, string>> = {
  'P-256': 'PKIX_ECDSA_P256_SHA_256', 'P-384': 'PKIX_ECDSA_P384_SHA_384', 'P-521': 'PKIX_ECDSA_P521_SHA_512', 'RSA-2048': 'PKIX_RSA_PKCS1V15_2048_SHA256', 'Ed25519': 'PKIX_ED25519',
}

export function pem(label: string, der: Uint8Array): string {
  const lines = Buffer.from(der).toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}
