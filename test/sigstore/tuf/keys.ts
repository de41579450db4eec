import { hexEncode } from '../../../src/base/bytes.ts'
import { publicKeyFromSpki } from '../../../src/crypto/public-key.ts'
import { writePem } from '../../../src/crypto/pem.ts'
import { writeEcdsaSignature } from '../../../src/crypto/signature.ts'

/** A key of a TUF repository that tests make. */
export interface TestKey {
  readonly id: string
  /** As it stands in the metadata. */
  readonly object: object
  sign(message: Uint8Array<ArrayBuffer>): Promise<string>
}

export type TestKeyKind = 'ecdsa' | 'ecdsa-hex' | 'ecdsa-p384' | 'ed25519' | 'rsa'

const KINDS = {
  'ecdsa': { make: { name: 'ECDSA', namedCurve: 'P-256' }, use: { name: 'ECDSA', hash: 'SHA-256' }, keytype: 'ecdsa', scheme: 'ecdsa-sha2-nistp256' },
  'ecdsa-hex': { make: { name: 'ECDSA', namedCurve: 'P-256' }, use: { name: 'ECDSA', hash: 'SHA-256' }, keytype: 'ecdsa-sha2-nistp256', scheme: 'ecdsa-sha2-nistp256' },
  'ecdsa-p384': { make: { name: 'ECDSA', namedCurve: 'P-384' }, use: { name: 'ECDSA', hash: 'SHA-384' }, keytype: 'ecdsa', scheme: 'ecdsa-sha2-nistp384' },
  'ed25519': { make: { name: 'Ed25519' }, use: { name: 'Ed25519' }, keytype: 'ed25519', scheme: 'ed25519' },
  'rsa': { make: { name: 'RSA-PSS', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1), hash: 'SHA-256' }, use: { name: 'RSA-PSS', saltLength: 32 }, keytype: 'rsa', scheme: 'rsassa-pss-sha256' },
} as const

let made = 0

export async function testKey(kind: TestKeyKind = 'ecdsa', id: string = `${kind}-${++made}`): Promise<TestKey> {
  const { make, use, keytype, scheme } = KINDS[kind]
  const { publicKey, privateKey } = (await crypto.subtle.generateKey(make, true, ['sign', 'verify'])) as CryptoKeyPair
  const spki = new Uint8Array(await crypto.subtle.exportKey('spki', publicKey))
  const isHex = kind === 'ecdsa-hex' || kind === 'ed25519'
  const object = { keytype, scheme, keyval: { public: isHex ? hexEncode(publicKeyFromSpki(spki).raw) : writePem('PUBLIC KEY', spki) } }
  return {
    id,
    object,
    async sign(message) {
      const raw = new Uint8Array(await crypto.subtle.sign(use, privateKey, message))
      return hexEncode(kind.startsWith('ecdsa') ? writeEcdsaSignature(raw) : raw)
    },
  }
}

/** The same key under another id. */
export function renamed(key: TestKey, id: string): TestKey {
  return { ...key, id }
}
