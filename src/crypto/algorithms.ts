import type { EcKeyType } from './curves.ts'

export type KeyType = EcKeyType | 'rsa' | 'ed25519'
export type HashName = 'SHA-256' | 'SHA-384' | 'SHA-512'

export type AlgorithmName =
  | 'ecdsa-p256-sha256' | 'ecdsa-p256-sha384' | 'ecdsa-p256-sha512'
  | 'ecdsa-p384-sha384' | 'ecdsa-p384-sha256' | 'ecdsa-p384-sha512'
  | 'ecdsa-p521-sha512' | 'ecdsa-p521-sha256' | 'ecdsa-p521-sha384'
  | 'rsa-pkcs1-sha256' | 'rsa-pkcs1-sha384' | 'rsa-pkcs1-sha512'
  | 'rsa-pss-sha256' | 'rsa-pss-sha384' | 'rsa-pss-sha512'
  | 'ed25519' | 'ed25519ph'

/** How a signature is written: `der` is ECDSA's SEQUENCE of r and s; `raw` is what WebCrypto gives (for ECDSA r‖s, else the only form). */
export type SignatureForm = 'der' | 'raw'

type ImportParameters = AlgorithmIdentifier | EcKeyImportParams | RsaHashedImportParams
type UseParameters = AlgorithmIdentifier | EcdsaParams | RsaPssParams

/** One way to sign. */
export interface Algorithm {
  readonly name: AlgorithmName
  readonly keyType: KeyType
  readonly hash: HashName
  /** The form in which bare signatures are written. */
  readonly form: SignatureForm
  /** What WebCrypto's importKey takes. */
  readonly importParameters: ImportParameters
  /** What WebCrypto's sign and verify take; null where WebCrypto lacks the algorithm and noble does it. */
  readonly useParameters: UseParameters | null
}

function ecdsa(name: AlgorithmName, keyType: EcKeyType, namedCurve: string, hash: HashName): Algorithm {
  return { name, keyType, hash, form: 'der', importParameters: { name: 'ECDSA', namedCurve }, useParameters: { name: 'ECDSA', hash } }
}

function pkcs1(name: AlgorithmName, hash: HashName): Algorithm {
  const scheme = 'RSASSA-PKCS1-v1_5'
  return { name, keyType: 'rsa', hash, form: 'raw', importParameters: { name: scheme, hash }, useParameters: { name: scheme } }
}

/** The salt is as long as the hash, as every profile that is read here says. */
function pss(name: AlgorithmName, hash: HashName, saltLength: number): Algorithm {
  return { name, keyType: 'rsa', hash, form: 'raw', importParameters: { name: 'RSA-PSS', hash }, useParameters: { name: 'RSA-PSS', saltLength } }
}

/** Every algorithm that is read or written: the one place where names, keys, hashes and WebCrypto's parameters meet. */
export const ALGORITHMS: { readonly [Name in AlgorithmName]: Algorithm } = {
  'ecdsa-p256-sha256': ecdsa('ecdsa-p256-sha256', 'ec-p256', 'P-256', 'SHA-256'),
  'ecdsa-p256-sha384': ecdsa('ecdsa-p256-sha384', 'ec-p256', 'P-256', 'SHA-384'),
  'ecdsa-p256-sha512': ecdsa('ecdsa-p256-sha512', 'ec-p256', 'P-256', 'SHA-512'),
  'ecdsa-p384-sha384': ecdsa('ecdsa-p384-sha384', 'ec-p384', 'P-384', 'SHA-384'),
  'ecdsa-p384-sha256': ecdsa('ecdsa-p384-sha256', 'ec-p384', 'P-384', 'SHA-256'),
  'ecdsa-p384-sha512': ecdsa('ecdsa-p384-sha512', 'ec-p384', 'P-384', 'SHA-512'),
  'ecdsa-p521-sha512': ecdsa('ecdsa-p521-sha512', 'ec-p521', 'P-521', 'SHA-512'),
  'ecdsa-p521-sha256': ecdsa('ecdsa-p521-sha256', 'ec-p521', 'P-521', 'SHA-256'),
  'ecdsa-p521-sha384': ecdsa('ecdsa-p521-sha384', 'ec-p521', 'P-521', 'SHA-384'),
  'rsa-pkcs1-sha256': pkcs1('rsa-pkcs1-sha256', 'SHA-256'),
  'rsa-pkcs1-sha384': pkcs1('rsa-pkcs1-sha384', 'SHA-384'),
  'rsa-pkcs1-sha512': pkcs1('rsa-pkcs1-sha512', 'SHA-512'),
  'rsa-pss-sha256': pss('rsa-pss-sha256', 'SHA-256', 32),
  'rsa-pss-sha384': pss('rsa-pss-sha384', 'SHA-384', 48),
  'rsa-pss-sha512': pss('rsa-pss-sha512', 'SHA-512', 64),
  'ed25519': { name: 'ed25519', keyType: 'ed25519', hash: 'SHA-512', form: 'raw', importParameters: 'Ed25519', useParameters: 'Ed25519' },
  'ed25519ph': { name: 'ed25519ph', keyType: 'ed25519', hash: 'SHA-512', form: 'raw', importParameters: 'Ed25519', useParameters: null },
}

/** For a bare signature, which does not name its algorithm: what to try, in this order. The first is what is written with such a key. */
const BARE: { readonly [Type in KeyType]: readonly [AlgorithmName, ...AlgorithmName[]] } = {
  'ec-p256': ['ecdsa-p256-sha256'],
  'ec-p384': ['ecdsa-p384-sha384', 'ecdsa-p384-sha256'],
  'ec-p521': ['ecdsa-p521-sha512', 'ecdsa-p521-sha256'],
  'rsa': ['rsa-pkcs1-sha256', 'rsa-pss-sha256'],
  'ed25519': ['ed25519', 'ed25519ph'],
}

/** The algorithms that a bare signature by this key may have, in the order in which they are tried (formats.md 12, points 2 and 3). */
export function algorithmsToTry(key: { readonly type: KeyType }): readonly AlgorithmName[] {
  return BARE[key.type]
}

/** The algorithm that is written with a key of this type. */
export function algorithmToWrite(type: KeyType): AlgorithmName {
  return BARE[type][0]
}

/** How an RSA key signs: `pkcs1` wherever sealdex writes its own forms and cosign's, `pss` where notation asks for it. */
export type RsaScheme = 'pkcs1' | 'pss'

/** RSA-PSS with the hash that notation gives to a key of this length: 2048 bits SHA-256, 3072 SHA-384, 4096 SHA-512 (formats.md 9). */
export function pssToWrite(key: { readonly signatureBytes: number }): AlgorithmName {
  return key.signatureBytes >= 512 ? 'rsa-pss-sha512' : key.signatureBytes >= 384 ? 'rsa-pss-sha384' : 'rsa-pss-sha256'
}
