import { base64Encode, concatBytes, utf8Encode } from '../../../src/base/bytes.ts'
import type { Bytes } from './der.ts'
import { hashOf, type SigningKey } from './keys.ts'

/** Signed notes and checkpoints (formats.md 7, point 3). */

export interface NoteSigner {
  readonly name: string
  readonly key: SigningKey
  /** First four bytes of the signature line; else as the key's kind says. */
  readonly hint?: Uint8Array
  /** A witness's cosignature of this time, seconds since 1970. */
  readonly cosignedAt?: number
}

export function rawPublicKey(key: SigningKey): Uint8Array {
  return key.spki.slice(-32)
}

/** Hint of a log's key in a note; `algorithm` 1 is Ed25519, 4 a cosignature. */
export function keyHint(name: string, key: SigningKey, algorithm: number = 1): Bytes {
  return key.kind === 'Ed25519' ? hashOf('SHA-256', utf8Encode(`${name}\n`), Uint8Array.of(algorithm), rawPublicKey(key)).slice(0, 4) : hashOf('SHA-256', key.spki).slice(0, 4)
}

export function checkpointText(origin: string, size: number | string, root: Uint8Array, others: readonly string[] = []): string {
  return [origin, String(size), base64Encode(root), ...others].map((line) => `${line}\n`).join('')
}

export function signNote(text: string, signers: readonly NoteSigner[]): string {
  return `${text}\n${signers.map((signer) => signatureLine(text, signer)).join('')}`
}

function signatureLine(text: string, { name, key, hint, cosignedAt }: NoteSigner): string {
  if (cosignedAt === undefined) return `— ${name} ${base64Encode(concatBytes(hint ?? keyHint(name, key), key.sign(utf8Encode(text))))}\n`
  const time = new Uint8Array(8)
  new DataView(time.buffer).setBigUint64(0, BigInt(cosignedAt))
  const signature = key.sign(utf8Encode(`cosignature/v1\ntime ${cosignedAt}\n${text}`))
  return `— ${name} ${base64Encode(concatBytes(hint ?? keyHint(name, key, 4), time, signature))}\n`
}
