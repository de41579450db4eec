import type { Code } from '../base/codes.ts'
import { SealdexError } from '../base/errors.ts'
import { algorithmsToTry } from '../crypto/algorithms.ts'
import type { PublicKey } from '../crypto/public-key.ts'
import { verifySignature } from '../crypto/signature.ts'
import type { FoundSignature, FoundSimpleSigning } from '../form/found.ts'
import type { KeylessSigner, PolicySigner, SignerKey, X509Signer } from '../policy/policy.ts'
import type { TrustedRoot } from '../sigstore/trust.ts'
import type { Spend } from './attempts.ts'
import { factsFit, type SignedFacts } from './facts.ts'

export type SignatureState = 'accepted' | 'untrusted' | 'invalid' | 'mismatch' | 'expired' | 'unsupported' | 'not-checked'

/** What cryptography says of one signature, and whose it is by the policy's keys (R9). */
export interface Checked {
  readonly state: SignatureState
  readonly code: Code | null
  /** Name of the policy's signer; null where no named key verified it. */
  readonly signer: string | null
  /** The key that verified it, 64 hex. */
  readonly keyId: string | null
  /** Only out of bytes that verified. */
  readonly signed: SignedFacts | null
  /** It verified by a key that the policy revokes. */
  readonly revoked: boolean
  /** When it was made by the word of others: a timestamp's time, else the log's; seconds since 1970. */
  readonly time: number | null
  /** Who a certificate names, and what vouches for it: only where the trusted root proves all of it. */
  readonly proof: KeylessProof | null
}

/** What a trusted root proves beside a signature: who a certificate names (null where a key signed), and what vouches for the time. */
export interface KeylessProof {
  readonly identity: string | null
  readonly issuer: string | null
  /** Fulcio's extensions by name. */
  readonly extensions: ReadonlyMap<string, string>
  readonly log: { readonly name: string; readonly index: number | null } | null
  readonly timestampAuthority: string | null
}

/** What others vouch for. */
export interface Witness {
  readonly time: number | null
  readonly proof: KeylessProof | null
  /** What stood there to vouch and does not hold. */
  readonly flaw: Code | null
}

export const NO_WITNESS: Witness = { time: null, proof: null, flaw: null }

/** A key that a signature is tried with; `signer` is null for one that the policy only revokes. */
export interface TrustedKey {
  readonly key: PublicKey
  readonly signer: PolicySigner | null
  readonly window: Pick<SignerKey, 'notBefore' | 'notAfter'>
  readonly revoked: boolean
}

export interface CheckContext {
  readonly keys: readonly TrustedKey[]
  /** Signers without a key, in the policy's order. */
  readonly keyless: readonly KeylessSigner[]
  /** Signers by certificates of notation, in the policy's order. */
  readonly x509: readonly X509Signer[]
  readonly trustedRoot: TrustedRoot | null
  /** Why there is none, where one is needed and could not be had. */
  readonly rootFailure: Code | null
  /** Identifiers of revoked keys, also of such as are known by that alone. */
  readonly revoked: ReadonlySet<string>
  /** The clock, seconds since 1970. */
  readonly at: number
  /** Called before each verification. */
  readonly spend: Spend
  /** Payloads that a signature without a stored one may have been made over (R4). */
  readonly candidates: (signature: FoundSimpleSigning) => readonly Uint8Array<ArrayBuffer>[]
  /** How many these are at most, known without making them. */
  readonly mostCandidates: number
}

export function outcome(state: SignatureState, code: Code | null): Checked {
  return { state, code, signer: null, keyId: null, signed: null, revoked: false, time: null, proof: null }
}

/** Those that the hints name first; SSH keys sign only what SSH signs. */
export function inOrder(keys: readonly TrustedKey[], hints: readonly string[]): readonly TrustedKey[] {
  const named = (trusted: TrustedKey): boolean => hints.some((hint) => trusted.key.keyId.startsWith(hint))
  const able = keys.filter(({ signer }) => signer?.kind !== 'ssh')
  return [...able.filter(named), ...able.filter((key) => !named(key))]
}

export async function keyThatVerifies(keys: readonly TrustedKey[], signature: Uint8Array<ArrayBuffer>, signed: Uint8Array<ArrayBuffer>, { spend }: Pick<CheckContext, 'spend'>): Promise<TrustedKey | null> {
  for (const trusted of keys) {
    for (const algorithm of algorithmsToTry(trusted.key)) {
      spend(1)
      if (await verifySignature(trusted.key, algorithm, signature, signed)) return trusted
    }
  }
  return null
}

/** Whose a signature is that verified. */
export interface Verified extends Witness {
  readonly signer: PolicySigner | null
  readonly keyId: string | null
  readonly window: Pick<SignerKey, 'notBefore' | 'notAfter'>
  readonly revoked: boolean
}

export interface Judging {
  readonly read: () => SignedFacts
  readonly found: FoundSignature
  /** The clock, seconds since 1970. */
  readonly at: number
  /** The signed annotations have to stand beside it as well (SSH descriptors, R4). */
  readonly annotationsAreFields?: boolean
}

/** A signature that verified: what it says must be readable, true of what it stands beside, in time. */
export function judgeFacts({ signer, keyId, window, revoked, time, proof, flaw }: Verified, { read, found, at, annotationsAreFields = false }: Judging): Checked {
  let signed: SignedFacts
  try {
    signed = read()
  } catch (error) {
    if (!(error instanceof SealdexError)) throw error
    return outcome('invalid', 'malformed')
  }
  const proved = { signer: signer?.name ?? null, keyId, signed, revoked, time, proof }
  if (signed.digest !== found.beside.digest) return { ...proved, state: 'mismatch', code: 'other-digest' }
  if (!factsFit(signed, found.beside, annotationsAreFields)) return { ...proved, state: 'mismatch', code: 'other-facts' }
  if (signer === null) return { ...proved, state: 'untrusted', code: proof?.identity === undefined || proof.identity === null ? 'no-trusted-key' : 'no-trusted-identity' }
  if (signed.expiresAt !== null && at > signed.expiresAt) return { ...proved, state: 'expired', code: 'expired' }
  if (signer.kind === 'key' && signer.log && (proof?.log ?? null) === null) return { ...proved, state: 'untrusted', code: flaw ?? 'no-log-entry' }
  const outside = windowCode(window, time ?? signed.signedAt)
  // what does not hold beside a signature that needs it not is told, and changes nothing
  return outside === null ? { ...proved, state: 'accepted', code: flaw } : { ...proved, state: 'untrusted', code: outside }
}

/** A key with a window counts for signatures whose time lies in it (interface.md, Policy). */
function windowCode(window: TrustedKey['window'], time: number | null): Code | null {
  if (window.notBefore === null && window.notAfter === null) return null
  if (time === null) return 'no-signature-time'
  return (window.notBefore !== null && time < window.notBefore) || (window.notAfter !== null && time > window.notAfter) ? 'outside-key-window' : null
}
