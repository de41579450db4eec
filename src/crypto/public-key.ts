import { base64Decode, concatBytes, hexEncode } from '../base/bytes.ts'
import { DER_NULL, writeBitString, writeOid, writeSequence, writeUnsigned } from '../base/der.ts'
import { SealdexError } from '../base/errors.ts'
import * as LIMITS from '../base/limits.ts'
import { quoted } from '../base/quoted.ts'
import { ALGORITHMS, type AlgorithmName, type KeyType } from './algorithms.ts'
import { EC_CURVES, isStrictEd25519Point, uncompressedPoint, type EcKeyType } from './curves.ts'
import { isPrivateJwk, parseJwk, readPublicJwk } from './jwk.ts'
import { badKey, KEY_OIDS, readSpki, spkiOfCertificate, type KeyMaterial } from './key-material.ts'
import { parsePem, type PemBlock } from './pem.ts'
import { sha256 } from './sha256.ts'
import { readSshKey, SshReader } from './ssh-wire.ts'

/** A public key that was checked when it was read. One key has one form, whatever it was read from. Made only in this file. */
export interface PublicKey {
  readonly type: KeyType
  /** SubjectPublicKeyInfo in DER, written by us: uncompressed points, RSA with NULL parameters. */
  readonly spki: Uint8Array<ArrayBuffer>
  /** SHA-256 of `spki`, 64 lower-case hex digits. */
  readonly keyId: string
  /** EC: the uncompressed point; Ed25519: the 32 bytes; RSA: the PKCS#1 RSAPublicKey in DER. */
  readonly raw: Uint8Array<ArrayBuffer>
  /** Bytes of a raw signature: twice the coordinate, 64, or the modulus. */
  readonly signatureBytes: number
}

/** Checks what was read and writes it in its one form. Throws `bad-key`. */
export function publicKeyFrom(material: KeyMaterial): PublicKey {
  if (material.type === 'rsa') return rsaKey(material.modulus, material.exponent)
  return material.type === 'ed25519' ? ed25519Key(material.point) : ecKey(material.type, material.point)
}

/** The point has to be on the curve and not infinity (T40). */
function ecKey(type: EcKeyType, point: Uint8Array): PublicKey {
  const { webName, oid, coordinateBytes } = EC_CURVES[type]
  const raw = uncompressedPoint(type, point) ?? badKey(`The public key is not a point on the curve ${webName}.`)
  return keyOf(type, raw, wrapped(type, raw, () => [writeOid(KEY_OIDS.ec), writeOid(oid)]), coordinateBytes * 2)
}

/** The point has to be canonical and not of low order (T42). */
function ed25519Key(point: Uint8Array): PublicKey {
  if (!isStrictEd25519Point(point)) badKey('The Ed25519 public key is no canonical point of full order.')
  const raw = Uint8Array.from(point)
  return keyOf('ed25519', raw, wrapped('ed25519', raw, () => [writeOid(KEY_OIDS.ed25519)]), 64)
}

/** 2048 to 4096 bits, exponent 65537 (T43: for e = 1 Node verifies forgeries that were made without a key). */
function rsaKey(modulus: Uint8Array, exponent: Uint8Array): PublicKey {
  const bits = modulus.length * 8 + 24 - Math.clz32(modulus[0] ?? 0)
  const { min, max } = LIMITS.rsaBits
  if ((modulus[0] ?? 0) === 0) badKey('The RSA modulus has leading zeros.')
  if (bits < min || bits > max) badKey(`The RSA key has ${bits} bits; from ${min} to ${max} are accepted.`)
  if (hexEncode(exponent) !== '010001') badKey('The RSA key has another exponent than 65537, which is not accepted.')
  if (((modulus.at(-1) ?? 0) & 1) === 0) badKey('The RSA modulus is even: this is no RSA key.')
  const raw = writeSequence(writeUnsigned(modulus), writeUnsigned(exponent))
  return keyOf('rsa', raw, writeSequence(writeSequence(writeOid(KEY_OIDS.rsa), DER_NULL), writeBitString(raw)), modulus.length)
}

/** What stands before the point, by type of key: points of one type have one length, so it is always the same. */
const HEADS = new Map<KeyType, Uint8Array>()

function wrapped(type: KeyType, point: Uint8Array, algorithm: () => readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const known = HEADS.get(type)
  if (known !== undefined) return concatBytes(known, point)
  const whole = writeSequence(writeSequence(...algorithm()), writeBitString(point))
  HEADS.set(type, whole.slice(0, -point.length))
  return whole
}

function keyOf(type: KeyType, raw: Uint8Array<ArrayBuffer>, spki: Uint8Array<ArrayBuffer>, signatureBytes: number): PublicKey {
  let keyId: string | null = null
  return {
    type, spki, raw, signatureBytes,
    // most keys of a trusted root are never asked for it
    get keyId() {
      return keyId ??= hexEncode(sha256(spki))
    },
  }
}

/** A key from its SubjectPublicKeyInfo in DER. Throws `bad-key`. */
export function publicKeyFromSpki(der: Uint8Array<ArrayBuffer>): PublicKey {
  return asKey(() => publicKeyFrom(readSpki(der)))
}

/** A key from SSH's blob: what stands base64-encoded in an authorized-key line. Throws `bad-key`. */
export function publicKeyFromSshBlob(blob: Uint8Array<ArrayBuffer>): PublicKey {
  return asKey(() => publicKeyFrom(readSshKey(blob)))
}

/**
 * A key from text: PEM (`PUBLIC KEY`, or a certificate, of which only the key is taken), a public JWK, or an SSH authorized-key line without options.
 * Throws `bad-key` with a sentence that says what to give instead; private keys are refused as such.
 */
export async function parsePublicKey(text: string): Promise<PublicKey> {
  const pem = parsePem(text)
  if (pem !== null) return publicKeyFromPem(pem)
  const trimmed = text.trim()
  if (trimmed.startsWith('{')) return asKey(() => publicKeyFromJwk(trimmed))
  return asKey(() => publicKeyFromSshLine(trimmed))
}

function publicKeyFromPem({ label, bytes }: PemBlock): PublicKey {
  if (label === 'PUBLIC KEY') return publicKeyFromSpki(bytes)
  if (label === 'CERTIFICATE') return asKey(() => publicKeyFrom(readSpki(spkiOfCertificate(bytes))))
  if (label.endsWith('PRIVATE KEY')) return badKey('This is a private key. Give its public key here, and keep this file to yourself.')
  return badKey(`A PEM block ${quoted(label)} is no public key that is read: PUBLIC KEY or CERTIFICATE.`)
}

function publicKeyFromJwk(text: string): PublicKey {
  const jwk = parseJwk(text)
  if (isPrivateJwk(jwk)) badKey('This JWK holds a private or secret key. Give its public part here, and keep this file to yourself.')
  return publicKeyFrom(readPublicJwk(jwk))
}

function publicKeyFromSshLine(line: string): PublicKey {
  const [name, blob] = line.split(/[ \t]+/)
  if (name === undefined || blob === undefined || line.includes('\n')) {
    return badKey('The text is no public key that is read: PEM (-----BEGIN PUBLIC KEY-----), a JWK, or one SSH line such as "ssh-ed25519 AAAA…".')
  }
  const bytes = base64Decode(blob)
  if (new SshReader(bytes, 'The SSH key').text() !== name) badKey(`The SSH line says ${quoted(name)}, its key says otherwise.`)
  return publicKeyFrom(readSshKey(bytes))
}

/** Whatever is wrong with the text of a key is `bad-key`, with the sentence that says what. */
function asKey(read: () => PublicKey): PublicKey {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof SealdexError && cause.code !== 'bad-key') badKey(`The key could not be read. ${cause.message}`, { cause })
    throw cause
  }
}

const imported = new WeakMap<PublicKey, Map<AlgorithmName, CryptoKey | Promise<CryptoKey>>>()

/**
 * The key as WebCrypto's, imported once for each algorithm; itself once it is there, so that whoever has it begins at once and not in a later turn.
 * Rejects only where the runtime lacks the algorithm.
 */
export function cryptoKeyOf(key: PublicKey, algorithm: AlgorithmName): CryptoKey | Promise<CryptoKey> {
  const known = imported.get(key) ?? new Map<AlgorithmName, CryptoKey | Promise<CryptoKey>>()
  imported.set(key, known)
  return known.get(algorithm) ?? importInto(known, key, algorithm)
}

function importInto(known: Map<AlgorithmName, CryptoKey | Promise<CryptoKey>>, { spki }: PublicKey, algorithm: AlgorithmName): Promise<CryptoKey> {
  const coming = crypto.subtle.importKey('spki', spki, ALGORITHMS[algorithm].importParameters, false, ['verify'])
  known.set(algorithm, coming)
  coming.then((ready) => known.set(algorithm, ready), () => known)
  return coming
}
