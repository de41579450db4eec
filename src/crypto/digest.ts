import { sha256 as sha256InPieces, sha512 as sha512InPieces } from '@noble/hashes/sha2.js'
import { hexEncode, utf8Encode } from '../base/bytes.ts'
import { SealdexError } from '../base/errors.ts'
import * as LIMITS from '../base/limits.ts'
import { quoted } from '../base/quoted.ts'
import type { HashName } from './algorithms.ts'
import { sha256 } from './sha256.ts'

declare const digestBrand: unique symbol
declare const verifiedBrand: unique symbol

/** A digest in canonical form, `sha256:<64 hex>` or `sha512:<128 hex>`, lower case: safe to put into a URL or a file name. */
export type Digest = string & { readonly [digestBrand]: true }

/** Bytes whose digest was computed from them and found to be this one (rule R1). Made only in this file. */
export interface VerifiedBytes {
  readonly digest: Digest
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly [verifiedBrand]: true
}

const GRAMMAR = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/

export function isDigest(text: string): text is Digest {
  return GRAMMAR.test(text)
}

/** Reads a digest; throws `unsupported-digest` for other algorithms, upper case, wrong lengths and anything else (T5). */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text
  throw new SealdexError('unsupported-digest', `${quoted(text)} is no digest that is read here: sha256:<64 lower-case hex> or sha512:<128 lower-case hex>.`)
}

export type DigestAlgorithm = 'sha256' | 'sha512'

const HASH_NAME = { sha256: 'SHA-256', sha512: 'SHA-512' } as const satisfies Record<DigestAlgorithm, HashName>

export function algorithmOf(digest: Digest): DigestAlgorithm {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256'
}

/** The hex part of a digest. */
export function hexOf(digest: Digest): string {
  return digest.slice(7)
}

export async function digestOf(bytes: Uint8Array<ArrayBuffer>, algorithm: DigestAlgorithm = 'sha256'): Promise<Digest> {
  return `${algorithm}:${hexEncode(await hashOf(HASH_NAME[algorithm], bytes))}` as Digest
}

/** SHA-256 of a short text of our own, at once: WebCrypto can only answer later, which costs a turn through another thread. */
export function digestOfText(text: string): Digest {
  return `sha256:${hexEncode(sha256(utf8Encode(text)))}` as Digest
}

/** The bytes with the digest they have: for what was asked for by tag. */
export async function identifyBytes(bytes: Uint8Array<ArrayBuffer>, algorithm: DigestAlgorithm = 'sha256'): Promise<VerifiedBytes> {
  return { digest: await digestOf(bytes, algorithm), bytes } as VerifiedBytes
}

/** The bytes, if they have the digest asked for; else null. No header is evidence (T3). */
export async function verifyBytes(bytes: Uint8Array<ArrayBuffer>, digest: Digest): Promise<VerifiedBytes | null> {
  return (await digestOf(bytes, algorithmOf(digest))) === digest ? ({ digest, bytes } as VerifiedBytes) : null
}

/** The bare hash. What is as small as a signature, a certificate or most manifests is hashed here: a turn through WebCrypto's threads costs more. */
export async function hashOf(hash: HashName, bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  if (hash === 'SHA-256' && bytes.length <= LIMITS.hashedAtOnceBytes) return sha256(bytes)
  return new Uint8Array(await crypto.subtle.digest(hash, bytes))
}

/** SHA-256 at once: a Merkle path has twenty small hashes, and each turn through another thread costs more than the hash. */
export function sha256Now(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return sha256(bytes)
}

/** A digest that is computed piece by piece, for what is too large to be held: WebCrypto knows no such thing. */
export interface RunningDigest {
  update(bytes: Uint8Array): void
  /** At the end, once. */
  digest(): Digest
}

/** Makes running digests; runtimes with a faster one of their own give it (measured: node:crypto hashes 1.8 GB/s where this one hashes 0.23). */
export type DigestMaker = (algorithm: DigestAlgorithm) => { update(bytes: Uint8Array): unknown; digest(): Uint8Array }

export function runningDigest(algorithm: DigestAlgorithm, make: DigestMaker = (name) => (name === 'sha256' ? sha256InPieces.create() : sha512InPieces.create())): RunningDigest {
  const hash = make(algorithm)
  return {
    update: (bytes) => void hash.update(bytes),
    digest: () => `${algorithm}:${hexEncode(hash.digest())}` as Digest,
  }
}
