import { utf8Encode } from '../base/bytes.ts'
import { SealdexError } from '../base/errors.ts'
import { parseJson, type JsonValue } from '../base/json.ts'
import { parseTime } from '../base/time.ts'
import { isDigest, type Digest } from '../crypto/digest.ts'
import { parseReference, type Reference } from '../oci/reference.ts'
import { readPolicy } from './parse.ts'
import type { Policy } from './policy.ts'
import { signerShape, type PolicyFileSigner } from './schema.ts'
import { exactly, list, Mismatch, oneOf, optional, strictObject, text, type Shape } from './shape.ts'

/** A signer as a verdict names it, with when it signed, and what proves it the next time. */
export interface LockedSigner {
  readonly kind: 'key' | 'keyless' | 'x509' | 'ssh'
  /** Of a certificate; null for keys. */
  readonly identity: string | null
  readonly issuer: string | null
  /** 64 hex; null for certificates. */
  readonly keyId: string | null
  /** RFC 3339: of its signatures on each platform the newest, of these the oldest; null where one of them says no time. */
  readonly signedAt: string | null
  /** The signer as a policy file has it. */
  readonly trust: PolicyFileSigner
}

export interface LockedImage {
  /** Canonical, without a digest where it has a tag. */
  readonly reference: string
  readonly digest: Digest
  readonly signers: readonly LockedSigner[]
}

/** What `who --lock` writes and `verify --lock` holds against (T25, schema/lock.v1.json). */
export interface Lock {
  readonly version: 1
  readonly images: readonly LockedImage[]
}

const orNull = <T>(shape: Shape<T>): Shape<T | null> => (value: JsonValue, at) => (value === null ? null : shape(value, at))
const checked = <T extends string>(wanted: string, is: (value: string) => value is T): Shape<T> => (value, at) => {
  const read = text(value, at)
  if (!is(read)) throw new Mismatch(at, `expected ${wanted}`)
  return read
}
const time = checked('a time such as 2026-01-31T00:00:00Z', (value): value is string => parseTime(value) !== null)
const keyId = checked('the 64 hex of a key', (value): value is string => /^[0-9a-f]{64}$/.test(value))

const file: Shape<Lock> = strictObject({
  version: exactly(1),
  $schema: optional(text),
  images: list(strictObject({
    reference: text,
    digest: checked('a digest', isDigest),
    signers: list(strictObject({ kind: oneOf('key', 'keyless', 'x509', 'ssh'), identity: orNull(text), issuer: orNull(text), keyId: orNull(keyId), signedAt: orNull(time), trust: signerShape }), 1),
  })),
})

/** Reads a lock file; throws `bad-policy` that names the place. */
export function parseLock(source: string): Lock {
  try {
    const lock = file(parseJson(utf8Encode(source)), '')
    const names = lock.images.map(({ reference }) => reference)
    const odd = names.find((name, i) => lockName(parseReference(name)) !== name || names.indexOf(name) !== i)
    if (odd !== undefined) throw new Mismatch('images', `the reference ${odd.slice(0, 120)} stands twice, or not as sealdex writes it`)
    return lock
  } catch (error) {
    if (!(error instanceof SealdexError)) throw error
    throw new SealdexError('bad-policy', `The lock file is not valid: ${error.message.replace(/\.$/, '')}. "sealdex who REFERENCE --lock FILE" writes one.`, { cause: error })
  }
}

/** What an image is locked by: its tag, whatever digest stands beside it; else its digest. */
export function lockName({ repository, tag, digest }: Reference): string {
  return tag === null ? `${repository.name}@${digest ?? ''}` : `${repository.name}:${tag}`
}

export function lockedBy(lock: Lock, reference: Reference): LockedImage | null {
  return lock.images.find((image) => image.reference === lockName(reference)) ?? null
}

/** The policy that a lock stands for by itself: any of the locked signers for this repository. That each of them signed is for the lock to hold. */
export function policyOfLock({ reference, signers }: LockedImage): Promise<Policy> {
  const names = signers.map(({ kind, identity, keyId: id }) => (kind === 'keyless' ? `keyless:${identity ?? ''}` : kind === 'x509' ? (identity ?? 'x509') : `key:${id ?? ''}`))
  const named = signers.map(({ trust }, i) => [`${names[i] ?? ''}${names.indexOf(names[i] ?? '') === i ? '' : ` (${i + 1})`}`, trust] as const)
  return readPolicy({ version: 1, policies: [{ name: 'lock', scopes: [parseReference(reference).repository.name], signers: Object.fromEntries(named) }] })
}
