import { expectTag, isContext, oidHex, readBitString, readDer, readOid, readSequence, readUnsigned, type DerNode } from '../base/der.ts'
import * as TAG from '../base/der-tags.ts'
import { SealdexError } from '../base/errors.ts'
import { quoted } from '../base/quoted.ts'
import { EC_CURVES, type EcCurve, type EcKeyType } from './curves.ts'

/** What a public key says, as it was read and not checked yet. */
export type KeyMaterial =
  | { readonly type: EcKeyType, readonly point: Uint8Array }
  | { readonly type: 'ed25519', readonly point: Uint8Array }
  | { readonly type: 'rsa', readonly modulus: Uint8Array, readonly exponent: Uint8Array }

/** OIDs of the key types. */
export const KEY_OIDS = { ec: '1.2.840.10045.2.1', rsa: '1.2.840.113549.1.1.1', ed25519: '1.3.101.112' } as const

const EC = oidHex(KEY_OIDS.ec)
const RSA = oidHex(KEY_OIDS.rsa)
const ED25519 = oidHex(KEY_OIDS.ed25519)

export function badKey(message: string, options?: ErrorOptions): never {
  throw new SealdexError('bad-key', message, options)
}

/** What an AlgorithmIdentifier of a key names: a curve, RSA or Ed25519, parameters exactly as the RFCs have them. */
export function readKeyAlgorithm(node: DerNode | undefined): EcKeyType | 'rsa' | 'ed25519' {
  const [oid, parameters, ...more] = readSequence(node, 'the algorithm of the key')
  const algorithm = readOid(oid, 'the algorithm of the key')
  if (more.length > 0) badKey('The algorithm of the key has more than one parameter.')
  if (algorithm === EC) return curveOf(readOid(parameters, 'the curve of the key')).type
  if (algorithm === RSA && expectTag(parameters, TAG.nothing, 'the parameter of the RSA key').content.length === 0) return 'rsa'
  if (algorithm === ED25519 && parameters === undefined) return 'ed25519'
  return badKey('The key is of a type that is not accepted: ECDSA on P-256, P-384 or P-521, RSA, or Ed25519.')
}

function curveOf(oid: string): EcCurve {
  return Object.values(EC_CURVES).find((curve) => oidHex(curve.oid) === oid) ?? badKey('The key is on a curve that is not accepted: P-256, P-384 or P-521.')
}

/** Reads a SubjectPublicKeyInfo in strict DER. Throws `malformed-der` or `bad-key`. */
export function readSpki(der: Uint8Array<ArrayBuffer>): KeyMaterial {
  const [algorithm, key, ...more] = readSequence(readDer(der), 'the public key')
  if (more.length > 0) badKey('The public key holds more than algorithm and key.')
  const type = readKeyAlgorithm(algorithm)
  const bits = readBitString(key, 'the public key')
  return type === 'rsa' ? readRsaPublicKey(bits) : { type, point: bits }
}

function readRsaPublicKey(der: Uint8Array<ArrayBuffer>): KeyMaterial {
  const [modulus, exponent, ...more] = readSequence(readDer(der), 'the RSA key')
  if (more.length > 0) badKey('The RSA key holds more than modulus and exponent.')
  return { type: 'rsa', modulus: readUnsigned(modulus, 'the modulus'), exponent: readUnsigned(exponent, 'the exponent') }
}

/** The SubjectPublicKeyInfo of an X.509 certificate; nothing else of it is looked at. */
export function spkiOfCertificate(der: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const fields = readSequence(readSequence(readDer(der), 'the certificate')[0], 'the certificate')
  const spki = fields[isContext(fields[0], 0) ? 6 : 5]
  return spki?.bytes ?? badKey('The certificate holds no public key.')
}

export function curveByWebName(name: string): EcCurve {
  return Object.values(EC_CURVES).find((curve) => curve.webName === name) ?? badKey(`${quoted(name)} is no curve that is accepted: P-256, P-384 or P-521.`)
}
