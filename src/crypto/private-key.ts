import { base64UrlEncode } from '../base/bytes.ts'
import { expectTag, readDer, readOctetString, readSequence, readUnsigned, type DerNode } from '../base/der.ts'
import * as TAG from '../base/der-tags.ts'
import { SealdexError } from '../base/errors.ts'
import type { JsonObject } from '../base/json.ts'
import { stringField } from '../base/json-fields.ts'
import { quoted } from '../base/quoted.ts'
import { ALGORITHMS, algorithmToWrite, pssToWrite, type AlgorithmName, type KeyType, type RsaScheme } from './algorithms.ts'
import { EC_CURVES, type EcKeyType } from './curves.ts'
import { decryptPrivateKey, ENCRYPTED_LABELS } from './encrypted-key.ts'
import { isPrivateJwk, jwkBytes, parseJwk, readPublicJwk } from './jwk.ts'
import { badKey, readKeyAlgorithm } from './key-material.ts'
import { parsePem, writePem } from './pem.ts'
import { publicKeyFrom, publicKeyFromSpki, type PublicKey } from './public-key.ts'
import { verifySignature, writeEcdsaSignature } from './signature.ts'

/** Whatever signs: a key in memory (from {@link parsePrivateKey}), or one in a KMS or HSM. */
export interface Signer {
  readonly publicKey: PublicKey
  readonly algorithm: AlgorithmName
  /** The signature over the bytes in the form that is written: DER for ECDSA, else raw. */
  sign(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>
}

/** A new key. `pkcs8` (DER) and `pkcs8Pem` are secret. */
export interface GeneratedKey {
  readonly signer: Signer
  readonly publicPem: string
  readonly pkcs8: Uint8Array<ArrayBuffer>
  pkcs8Pem(): string
}

/** A private key as it was read: what WebCrypto imports, and its public part. */
interface PrivateMaterial {
  readonly publicKey: PublicKey
  readonly format: 'jwk' | 'pkcs8'
  readonly data: JsonWebKey | Uint8Array<ArrayBuffer>
}

/**
 * A signer from the text of a private key: PKCS#8 PEM, a JWK with `d`, or cosign's encrypted PEM, which needs the password. `rsa` says how an RSA key
 * signs; other keys know one way. Throws `bad-key` with what to do instead, or `bad-password`.
 */
export async function parsePrivateKey(text: string, password?: string, rsa: RsaScheme = 'pkcs1'): Promise<Signer> {
  try {
    return await signerOf(await readPrivateKey(text, password), rsa)
  } catch (cause) {
    if (cause instanceof SealdexError && ['bad-key', 'bad-password'].includes(cause.code)) throw cause
    const why = cause instanceof SealdexError ? ` ${cause.message}` : ' Its numbers do not fit together.'
    return badKey(`The private key could not be read.${why}`, { cause })
  }
}

async function readPrivateKey(text: string, password: string | undefined): Promise<PrivateMaterial> {
  const pem = parsePem(text)
  if (pem === null) {
    const trimmed = text.trim()
    return trimmed.startsWith('{') ? fromJwk(parseJwk(trimmed)) : badKey('The text is no private key that is read: PKCS#8 PEM (-----BEGIN PRIVATE KEY-----), a JWK, or an encrypted key of cosign.')
  }
  if (pem.label === 'PRIVATE KEY') return fromPkcs8(pem.bytes)
  if (ENCRYPTED_LABELS.includes(pem.label)) {
    if (password === undefined) throw new SealdexError('bad-password', 'The private key is encrypted: give its password.')
    return fromPkcs8(decryptPrivateKey(pem.bytes, password))
  }
  if (pem.label === 'PUBLIC KEY' || pem.label === 'CERTIFICATE') return badKey('This is a public key. To sign, give the private key.')
  const hint = pem.label === 'OPENSSH PRIVATE KEY' ? '"ssh-keygen -p -m PKCS8" on a copy of it' : '"openssl pkcs8 -topk8 -nodes"'
  return badKey(`A PEM block ${quoted(pem.label)} is not read as a private key; make PKCS#8 of it with ${hint}.`)
}

/** PKCS#8 (RFC 5958): version, algorithm, the key as octets; attributes and a public key may follow and are not needed. */
async function fromPkcs8(der: Uint8Array<ArrayBuffer>): Promise<PrivateMaterial> {
  const [version, algorithm, key] = readSequence(readDer(der), 'the private key')
  expectTag(version, TAG.integer, 'the version of the private key')
  const type = readKeyAlgorithm(algorithm)
  const inner = readDer(readOctetString(key, 'the private key'))
  if (type === 'rsa') return fromRsa(inner, der)
  return type === 'ed25519' ? ed25519Material(readOctetString(inner, 'the seed')) : ecMaterial(type, readOctetString(readSequence(inner, 'the private key')[1], 'the scalar'))
}

/** PKCS#1's RSAPrivateKey starts with version, modulus, exponent; WebCrypto reads the rest. */
function fromRsa(inner: DerNode, pkcs8: Uint8Array<ArrayBuffer>): PrivateMaterial {
  const [, modulus, exponent] = readSequence(inner, 'the RSA key')
  const publicKey = publicKeyFrom({ type: 'rsa', modulus: readUnsigned(modulus, 'the modulus'), exponent: readUnsigned(exponent, 'the exponent') })
  return { publicKey, format: 'pkcs8', data: pkcs8 }
}

/** The public point is computed: PKCS#8 need not have it, and one that is there could be another's. */
async function ecMaterial(type: EcKeyType, scalar: Uint8Array): Promise<PrivateMaterial> {
  // the curves' arithmetic is loaded when it is used: it takes longer than all else here
  const { ecPublicPoint } = await import('./public-point.ts')
  const { webName, coordinateBytes } = EC_CURVES[type]
  const point = ecPublicPoint(type, scalar) ?? badKey(`The private key is no number for the curve ${webName}.`)
  const [x, y, d] = [point.subarray(1, 1 + coordinateBytes), point.subarray(1 + coordinateBytes), scalar].map(base64UrlEncode)
  return { publicKey: publicKeyFrom({ type, point }), format: 'jwk', data: { kty: 'EC', crv: webName, x, y, d } as JsonWebKey }
}

async function ed25519Material(seed: Uint8Array): Promise<PrivateMaterial> {
  const { ed25519PublicKey } = await import('./public-point.ts')
  if (seed.length !== 32) badKey('The Ed25519 private key has not 32 bytes.')
  const point = ed25519PublicKey(seed)
  const data: JsonWebKey = { kty: 'OKP', crv: 'Ed25519', x: base64UrlEncode(point), d: base64UrlEncode(seed) }
  return { publicKey: publicKeyFrom({ type: 'ed25519', point }), format: 'jwk', data }
}

async function fromJwk(jwk: JsonObject): Promise<PrivateMaterial> {
  if (!isPrivateJwk(jwk)) badKey('This JWK is a public key. To sign, give the private key.')
  const stated = publicKeyFrom(readPublicJwk(jwk))
  const material = stated.type === 'rsa' ? rsaJwkMaterial(jwk, stated) : await (stated.type === 'ed25519' ? ed25519Material(jwkBytes(jwk, 'd')) : ecMaterial(stated.type, jwkBytes(jwk, 'd')))
  return material.publicKey.keyId === stated.keyId ? material : badKey('The private and the public part of the JWK do not belong together.')
}

function rsaJwkMaterial(jwk: JsonObject, publicKey: PublicKey): PrivateMaterial {
  const names = ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'] as const
  const data: JsonWebKey = { kty: 'RSA', ...Object.fromEntries(names.map((name) => [name, stringField(jwk, name, 'the JWK')])) }
  return { publicKey, format: 'jwk', data }
}

async function signerOf({ publicKey, format, data }: PrivateMaterial, rsa: RsaScheme): Promise<Signer> {
  const algorithm = publicKey.type === 'rsa' && rsa === 'pss' ? pssToWrite(publicKey) : algorithmToWrite(publicKey.type)
  const { importParameters } = ALGORITHMS[algorithm]
  const key = format === 'jwk'
    ? await crypto.subtle.importKey('jwk', data as JsonWebKey, importParameters, false, ['sign'])
    : await crypto.subtle.importKey('pkcs8', data as Uint8Array<ArrayBuffer>, importParameters, false, ['sign'])
  const signer = webCryptoSigner(publicKey, algorithm, key)
  const probe = new Uint8Array(1)
  if (!(await verifySignature(publicKey, algorithm, await signer.sign(probe), probe))) badKey('The private and the public part of the key do not belong together.')
  return signer
}

function webCryptoSigner(publicKey: PublicKey, algorithm: AlgorithmName, key: CryptoKey): Signer {
  const { useParameters, form } = ALGORITHMS[algorithm]
  return {
    publicKey,
    algorithm,
    async sign(bytes) {
      const raw = new Uint8Array(await crypto.subtle.sign(useParameters ?? algorithm, key, bytes))
      return form === 'der' ? writeEcdsaSignature(raw) : raw
    },
  }
}

/** A new key P-256 that cannot be taken out of the runtime's memory: for one run, and then it is gone. */
export async function ephemeralSigner(): Promise<Signer> {
  const algorithm = algorithmToWrite('ec-p256')
  const { privateKey, publicKey } = await crypto.subtle.generateKey(ALGORITHMS[algorithm].importParameters, false, ['sign', 'verify']) as CryptoKeyPair
  return webCryptoSigner(publicKeyFromSpki(new Uint8Array(await crypto.subtle.exportKey('spki', publicKey))), algorithm, privateKey)
}

/** Makes a new key of this type with the runtime's random numbers; `rsaBits` is the length of an RSA modulus. */
export async function generateKey(type: KeyType = 'ec-p256', rsaBits: 2048 | 3072 | 4096 = 3072): Promise<GeneratedKey> {
  const algorithm = algorithmToWrite(type)
  const rsa = type === 'rsa' ? { modulusLength: rsaBits, publicExponent: Uint8Array.of(1, 0, 1) } : {}
  const { importParameters } = ALGORITHMS[algorithm]
  const parameters = typeof importParameters === 'string' ? { name: importParameters } : { ...importParameters, ...rsa }
  const { privateKey, publicKey } = await crypto.subtle.generateKey(parameters, true, ['sign', 'verify']) as CryptoKeyPair
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey('pkcs8', privateKey))
  const spki = publicKeyFromSpki(new Uint8Array(await crypto.subtle.exportKey('spki', publicKey)))
  const signer = webCryptoSigner(spki, algorithm, privateKey)
  return { signer, publicPem: writePem('PUBLIC KEY', spki.spki), pkcs8, pkcs8Pem: () => writePem('PRIVATE KEY', pkcs8) }
}
