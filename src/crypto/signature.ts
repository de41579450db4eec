import { writeSequence, writeUnsigned } from '../base/der.ts'
import { ALGORITHMS, type AlgorithmName, type SignatureForm } from './algorithms.ts'
import { areEcdsaScalars, EC_CURVES, isEd25519Scalar, isStrictEd25519Nonce } from './curves.ts'
import { verifyEd25519ph } from './ed25519ph.ts'
import { cryptoKeyOf, type PublicKey } from './public-key.ts'

/**
 * Whether the signature over the message is by this key. The same answer in every runtime; false, and never an error, for whatever a stranger
 * sends (T39 to T45). An algorithm of another key type is false too. `form` is for ECDSA: `der` as bare signatures are written, `raw` (r‖s) as in JOSE and COSE.
 */
export async function verifySignature(
  key: PublicKey, algorithm: AlgorithmName, signature: Uint8Array, message: Uint8Array<ArrayBuffer>, form: SignatureForm = ALGORITHMS[algorithm].form,
): Promise<boolean> {
  const { keyType, useParameters } = ALGORITHMS[algorithm]
  if (keyType !== key.type) return false
  const raw = rawSignature(key, signature, form)
  if (raw === null) return false
  if (useParameters === null) return verifyEd25519ph(key.raw, raw, message)
  const imported = cryptoKeyOf(key, algorithm)
  // without a turn where the key is there: the check then runs while the caller reads on
  const cryptoKey = imported instanceof Promise ? await imported : imported
  try {
    return await crypto.subtle.verify(useParameters, cryptoKey, raw, message)
  } catch {
    return false
  }
}

/** The signature as WebCrypto takes it, or null if it breaks a rule that not every runtime checks. */
function rawSignature(key: PublicKey, signature: Uint8Array, form: SignatureForm): Uint8Array<ArrayBuffer> | null {
  if (key.type === 'rsa' || key.type === 'ed25519') {
    if (signature.length !== key.signatureBytes) return null
    return key.type === 'rsa' || isStrictEd25519Signature(signature) ? Uint8Array.from(signature) : null
  }
  const raw = form === 'raw' ? Uint8Array.from(signature) : readEcdsaSignature(signature, EC_CURVES[key.type].coordinateBytes)
  return raw !== null && areEcdsaScalars(key.type, raw) ? raw : null
}

/** R canonical and not of low order, S less than the order (T42). */
function isStrictEd25519Signature(signature: Uint8Array): boolean {
  return isEd25519Scalar(signature.subarray(32)) && isStrictEd25519Nonce(signature.subarray(0, 32))
}

/**
 * r‖s of an ECDSA signature, each filled up to the curve's length; null for anything but the one strict DER form (T39).
 * That r and s are from 1 to n - 1 is checked by whoever knows the curve.
 */
export function readEcdsaSignature(der: Uint8Array, coordinateBytes: number): Uint8Array<ArrayBuffer> | null {
  // SEQUENCE; only P-521 needs the long form of its length, and then in one byte
  const long = der[1] === 0x81
  const start = long ? 3 : 2
  const length = der[long ? 2 : 1] ?? 0
  if (der[0] !== 0x30 || (long ? length < 0x80 : length > 0x7f) || start + length !== der.length) return null
  const raw = new Uint8Array(coordinateBytes * 2)
  const middle = readHalf(der, start, raw.subarray(0, coordinateBytes))
  return middle !== null && readHalf(der, middle, raw.subarray(coordinateBytes)) === der.length ? raw : null
}

/** One INTEGER, not negative and with no zero too many, right-aligned into its place; the offset after it, or null. */
function readHalf(der: Uint8Array, at: number, into: Uint8Array): number | null {
  const length = der[at + 1] ?? 0
  const [end, first] = [at + 2 + length, der[at + 2] ?? 0x80]
  if (der[at] !== 0x02 || length === 0 || length > 0x7f || end > der.length || first >= 0x80) return null
  const padded = first === 0 && length > 1
  if (padded && (der[at + 3] ?? 0) < 0x80) return null
  const digits = der.subarray(padded ? at + 3 : at + 2, end)
  if (digits.length > into.length) return null
  into.set(digits, into.length - digits.length)
  return end
}

/** The DER form of r‖s. */
export function writeEcdsaSignature(raw: Uint8Array): Uint8Array<ArrayBuffer> {
  const half = raw.length / 2
  return writeSequence(writeUnsigned(raw.subarray(0, half)), writeUnsigned(raw.subarray(half)))
}
