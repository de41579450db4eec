import { readDer, readSequence, readUnsigned } from '../base/der.ts'
import { malformed } from '../base/errors.ts'
import type { JsonObject } from '../base/json.ts'
import { quoted } from '../base/quoted.ts'
import { parseTime } from '../base/time.ts'
import type { AlgorithmName, KeyType } from '../crypto/algorithms.ts'
import { publicKeyFrom, publicKeyFromSpki, type PublicKey } from '../crypto/public-key.ts'
import type { TimeWindow } from '../x509/time.ts'
import { optionalMessage, protoObject, someBytes, textOf } from './proto-json.ts'

interface KeyForm {
  readonly type: KeyType
  readonly algorithm: AlgorithmName
}

const PKCS1: KeyForm = { type: 'rsa', algorithm: 'rsa-pkcs1-sha256' }
const PSS: KeyForm = { type: 'rsa', algorithm: 'rsa-pss-sha256' }

/** Sigstore's names of keys, with the hash that goes with each; older roots have the deprecated ones too. */
const FORMS: ReadonlyMap<string, KeyForm> = new Map<string, KeyForm>([
  ['PKIX_ECDSA_P256_SHA_256', { type: 'ec-p256', algorithm: 'ecdsa-p256-sha256' }],
  ['PKIX_ECDSA_P256_HMAC_SHA_256', { type: 'ec-p256', algorithm: 'ecdsa-p256-sha256' }],
  ['PKIX_ECDSA_P384_SHA_384', { type: 'ec-p384', algorithm: 'ecdsa-p384-sha384' }],
  ['PKIX_ECDSA_P384_SHA_256', { type: 'ec-p384', algorithm: 'ecdsa-p384-sha256' }],
  ['PKIX_ECDSA_P521_SHA_512', { type: 'ec-p521', algorithm: 'ecdsa-p521-sha512' }],
  ['PKIX_ECDSA_P521_SHA_256', { type: 'ec-p521', algorithm: 'ecdsa-p521-sha256' }],
  ['PKIX_ED25519', { type: 'ed25519', algorithm: 'ed25519' }],
  ['PKIX_ED25519_PH', { type: 'ed25519', algorithm: 'ed25519ph' }],
  ...['PKIX_RSA_PKCS1V15_2048_SHA256', 'PKIX_RSA_PKCS1V15_3072_SHA256', 'PKIX_RSA_PKCS1V15_4096_SHA256', 'PKIX_RSA_PKCS1V5', 'PKCS1_RSA_PKCS1V5'].map((name) => [name, PKCS1] as const),
  ...['PKIX_RSA_PSS_2048_SHA256', 'PKIX_RSA_PSS_3072_SHA256', 'PKIX_RSA_PSS_4096_SHA256', 'PKIX_RSA_PSS', 'PKCS1_RSA_PSS'].map((name) => [name, PSS] as const),
])

export interface TrustedKey {
  readonly key: PublicKey
  readonly algorithm: AlgorithmName
  readonly validFor: TimeWindow
}

/** A key of a trusted root; null for a kind that is not read here, which is then not trusted. Throws for one that is not what it says. */
export function readTrustedKey(log: JsonObject, where: string): TrustedKey | null {
  const path = `${where}.publicKey`
  const message = protoObject(log.get('publicKey'), ['rawBytes', 'keyDetails', 'validFor'], path)
  const details = textOf(message, 'keyDetails', path)
  const form = FORMS.get(details)
  const bytes = someBytes(message, 'rawBytes', path)
  const validFor = readTimeWindow(message, path)
  if (form === undefined) return null
  const key = details.startsWith('PKCS1_') ? readPkcs1(bytes) : publicKeyFromSpki(bytes)
  if (key.type !== form.type) malformed(`${path} says ${quoted(details)}, and its key is of another kind.`)
  return { key, algorithm: form.algorithm, validFor }
}

function readPkcs1(der: Uint8Array<ArrayBuffer>): PublicKey {
  const [modulus, exponent, ...more] = readSequence(readDer(der), 'the RSA key')
  if (more.length > 0) malformed('The RSA key holds more than modulus and exponent.')
  return publicKeyFrom({ type: 'rsa', modulus: readUnsigned(modulus, 'the modulus'), exponent: readUnsigned(exponent, 'the exponent') })
}

/** `validFor` of a message: both ends included, the end may be open. One without a start is broken (protobuf-specs, TimeRange), and not open from the beginning of time. */
export function readTimeWindow(message: JsonObject, where: string): TimeWindow {
  const window = optionalMessage(message, 'validFor', ['start', 'end'], where)
  if (window === null) return { start: null, end: null }
  const start = timeOf(window, 'start', `${where}.validFor`)
  if (start === null) malformed(`${where}.validFor has no start.`)
  return { start, end: timeOf(window, 'end', `${where}.validFor`) }
}

const FRACTION = /\.\d{1,9}(?=Z$)/

/** Seconds since 1970, fractions kept; null where it is absent. */
function timeOf(window: JsonObject, name: string, where: string): number | null {
  const text = textOf(window, name, where)
  if (text === '') return null
  const [fraction = ''] = FRACTION.exec(text) ?? []
  const seconds = parseTime(text.replace(FRACTION, '')) ?? malformed(`${where}.${name} is ${quoted(text)}, which is no time.`)
  return seconds + Number(`0${fraction}`)
}
