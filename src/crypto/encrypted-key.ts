import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js'
import { scrypt } from '@noble/hashes/scrypt.js'
import { base64Decode, base64Encode, utf8Encode } from '../base/bytes.ts'
import { SealdexError } from '../base/errors.ts'
import { parseJson, stringifyJson, JsonNumber, type JsonValue } from '../base/json.ts'
import { fixedObject, sizeField, stringField } from '../base/json-fields.ts'
import { badKey } from './key-material.ts'
import { writePem } from './pem.ts'

/** Labels of cosign's encrypted private keys: the one that is written, and the older one. */
export const ENCRYPTED_LABELS: readonly string[] = ['ENCRYPTED SIGSTORE PRIVATE KEY', 'ENCRYPTED COSIGN PRIVATE KEY']

/** scrypt's costs that go-securesystemslib has written; others could take all memory or be cheap to guess. */
const COSTS: ReadonlySet<number> = new Set([32_768, 65_536, 131_072])
const COST = 65_536
const BLOCK_SIZE = 8
const PARALLEL = 1

interface Sealed {
  readonly cost: number
  readonly salt: Uint8Array
  readonly nonce: Uint8Array
  readonly ciphertext: Uint8Array
}

/** The PEM text of an encrypted PKCS#8 key as cosign writes it (formats.md 5): scrypt with N = 65536, NaCl's secretbox. `pkcs8` in DER. */
export function encryptPrivateKey(pkcs8: Uint8Array, password: string): string {
  const salt = crypto.getRandomValues(new Uint8Array(32))
  const nonce = crypto.getRandomValues(new Uint8Array(24))
  const ciphertext = secretbox(password, { cost: COST, salt, nonce }).encrypt(pkcs8)
  const params = { N: COST, r: BLOCK_SIZE, p: PARALLEL }
  const kdf = object({ name: 'scrypt', params: object(mapValues(params, (value) => new JsonNumber(String(value)))), salt: base64Encode(salt) })
  const cipher = object({ name: 'nacl/secretbox', nonce: base64Encode(nonce) })
  const json = stringifyJson(object({ kdf, cipher, ciphertext: base64Encode(ciphertext) }))
  return writePem(ENCRYPTED_LABELS[0] ?? '', utf8Encode(json))
}

/** The PKCS#8 DER inside an encrypted key (the bytes of its PEM block). Throws `bad-key`, or `bad-password` where the password does not open it. */
export function decryptPrivateKey(body: Uint8Array, password: string): Uint8Array<ArrayBuffer> {
  const sealed = readSealed(body)
  try {
    return Uint8Array.from(secretbox(password, sealed).decrypt(sealed.ciphertext))
  } catch (cause) {
    throw new SealdexError('bad-password', 'The password does not open the encrypted private key.', { cause })
  }
}

function secretbox(password: string, { cost, salt, nonce }: Omit<Sealed, 'ciphertext'>): ReturnType<typeof xsalsa20poly1305> {
  const key = scrypt(utf8Encode(password), salt, { N: cost, r: BLOCK_SIZE, p: PARALLEL, dkLen: 32 })
  return xsalsa20poly1305(key, nonce)
}

function readSealed(body: Uint8Array): Sealed {
  try {
    const root = fixedObject(parseJson(body), ['kdf', 'cipher', 'ciphertext'], 'the encrypted key')
    const kdf = fixedObject(root.get('kdf'), ['name', 'params', 'salt'], 'kdf')
    const params = fixedObject(kdf.get('params'), ['N', 'r', 'p'], 'kdf.params')
    const cipher = fixedObject(root.get('cipher'), ['name', 'nonce'], 'cipher')
    const cost = sizeField(params, 'N', 'kdf.params')
    if (stringField(kdf, 'name', 'kdf') !== 'scrypt' || stringField(cipher, 'name', 'cipher') !== 'nacl/secretbox') badKey('The private key is encrypted in another way than scrypt and nacl/secretbox.')
    if (!COSTS.has(cost) || sizeField(params, 'r', 'kdf.params') !== BLOCK_SIZE || sizeField(params, 'p', 'kdf.params') !== PARALLEL) {
      badKey('The private key is encrypted with costs that are not accepted: N 32768, 65536 or 131072, r 8, p 1.')
    }
    const nonce = base64Decode(stringField(cipher, 'nonce', 'cipher'))
    if (nonce.length !== 24) badKey('The nonce of the encrypted private key has not 24 bytes.')
    return { cost, nonce, salt: base64Decode(stringField(kdf, 'salt', 'kdf')), ciphertext: base64Decode(stringField(root, 'ciphertext', 'the encrypted key')) }
  } catch (cause) {
    if (cause instanceof SealdexError && cause.code === 'bad-key') throw cause
    return badKey('The encrypted private key could not be read: its body is not the JSON that cosign writes.', { cause })
  }
}

function object(members: Readonly<Record<string, JsonValue>>): JsonValue {
  return new Map(Object.entries(members))
}

function mapValues<T>(members: Readonly<Record<string, number>>, map: (value: number) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [name, map(value)]))
}
