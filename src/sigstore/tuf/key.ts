import { hexDecode } from '../../base/bytes.ts'
import { SealdexError } from '../../base/errors.ts'
import { fixedObject, stringField } from '../../base/json-fields.ts'
import type { JsonValue } from '../../base/json.ts'
import type { AlgorithmName } from '../../crypto/algorithms.ts'
import { parsePem } from '../../crypto/pem.ts'
import { publicKeyFrom, publicKeyFromSpki, type PublicKey } from '../../crypto/public-key.ts'

/** A key of TUF metadata that can verify. */
export interface TufKey {
  readonly publicKey: PublicKey
  readonly algorithm: AlgorithmName
}

interface Scheme {
  readonly keyTypes: readonly string[]
  readonly keyType: PublicKey['type']
  readonly algorithm: AlgorithmName
}

/** Sigstore's repository called the type of its keys `ecdsa-sha2-nistp256` until root version 5 and `ecdsa` since. */
const SCHEMES: Readonly<Record<string, Scheme>> = {
  'ecdsa-sha2-nistp256': { keyTypes: ['ecdsa', 'ecdsa-sha2-nistp256'], keyType: 'ec-p256', algorithm: 'ecdsa-p256-sha256' },
  'ecdsa-sha2-nistp384': { keyTypes: ['ecdsa', 'ecdsa-sha2-nistp384'], keyType: 'ec-p384', algorithm: 'ecdsa-p384-sha384' },
  'ed25519': { keyTypes: ['ed25519'], keyType: 'ed25519', algorithm: 'ed25519' },
  'rsassa-pss-sha256': { keyTypes: ['rsa'], keyType: 'rsa', algorithm: 'rsa-pss-sha256' },
}

/**
 * A key object of TUF metadata; null for a kind that is not known, or a public part that is no key: such a key signs nothing for us, and the thresholds see to the rest.
 * Throws `malformed` for what is no key object.
 */
export function readTufKey(value: JsonValue | undefined, where: string): TufKey | null {
  const object = fixedObject(value, ['keytype', 'scheme', 'keyval', 'keyid_hash_algorithms'], where)
  const [keyType, schemeName] = [stringField(object, 'keytype', where), stringField(object, 'scheme', where)]
  const text = stringField(fixedObject(object.get('keyval'), ['public'], `${where}.keyval`), 'public', `${where}.keyval`)
  const scheme = Object.hasOwn(SCHEMES, schemeName) ? SCHEMES[schemeName] : undefined
  if (scheme === undefined || !scheme.keyTypes.includes(keyType)) return null
  const publicKey = publicKeyOf(text, scheme.keyType)
  return publicKey?.type === scheme.keyType ? { publicKey, algorithm: scheme.algorithm } : null
}

/** PEM, or the hex of an elliptic curve's point. */
function publicKeyOf(text: string, type: PublicKey['type']): PublicKey | null {
  try {
    const pem = parsePem(text)
    if (pem !== null) return pem.label === 'PUBLIC KEY' ? publicKeyFromSpki(pem.bytes) : null
    return type === 'rsa' ? null : publicKeyFrom({ type, point: hexDecode(text) })
  } catch (error) {
    if (error instanceof SealdexError) return null
    throw error
  }
}
