import type { Code } from '../base/codes.ts'
import { SealdexError } from '../base/errors.ts'
import { algorithmsToTry } from '../crypto/algorithms.ts'
import type { PublicKey } from '../crypto/public-key.ts'
import { verifySignature } from '../crypto/signature.ts'
import { parseSshSignature, verifySshSignature } from '../envelope/ssh.ts'
import type { FoundSignature, FoundSimpleSigning, FoundSshDescriptor } from '../form/found.ts'
import type { PolicySigner, SignerKey } from '../policy/policy.ts'
import { factsFit, factsOfDescriptor, type SignedFacts } from './facts.ts'
import { factsOf } from './remembered.ts'

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

/** A key that a signature is tried with; `signer` is null for one that the policy only revokes. */
export interface TrustedKey {
  readonly key: PublicKey
  readonly signer: PolicySigner | null
  readonly window: Pick<SignerKey, 'notBefore' | 'notAfter'>
  readonly revoked: boolean
}

export interface CheckContext {
  readonly keys: readonly TrustedKey[]
  /** Identifiers of revoked keys, also of such as are known by that alone. */
  readonly revoked: ReadonlySet<string>
  /** The clock, seconds since 1970. */
  readonly at: number
  /** Payloads that a signature without a stored one may have been made over (R4). */
  readonly candidates: (signature: FoundSimpleSigning) => readonly Uint8Array<ArrayBuffer>[]
}

/** The namespace of the sign-index prototype (formats.md 4). */
const INLINE_NAMESPACE = 'org.notaryproject.sign'

/** Checks one signature, once. Never throws for a stranger's data. */
export async function checkSignature(found: FoundSignature, context: CheckContext): Promise<Checked> {
  if (found.kind === 'unreadable') return outcome(found.state, found.code)
  return found.kind === 'simple-signing' ? checkSimpleSigning(found, context) : checkSshDescriptor(found, context)
}

/** Whether a hint beside the signature names one of these keys: for the order of trying only. */
export function isHinted(found: FoundSignature, keys: readonly TrustedKey[]): boolean {
  return found.kind === 'simple-signing' && found.keyHints.some((hint) => keys.some(({ key }) => key.keyId.startsWith(hint)))
}

async function checkSimpleSigning(found: FoundSimpleSigning, context: CheckContext): Promise<Checked> {
  const hinted = (trusted: TrustedKey): boolean => found.keyHints.some((hint) => trusted.key.keyId.startsWith(hint))
  const keys = context.keys.filter(({ signer }) => signer?.kind !== 'ssh')
  const ordered = [...keys.filter(hinted), ...keys.filter((key) => !hinted(key))]
  for (const payload of payloadsOf(found, context)) {
    const trusted = await keyThatVerifies(ordered, found.signature, payload)
    if (trusted !== null) return judgeFacts(() => factsOf(payload), trusted, found, context.at, false)
  }
  if (found.certificate !== null) return outcome('unsupported', 'keyless-unsupported')
  return outcome('untrusted', found.payloads.length === 0 ? 'payload-unknown' : 'no-trusted-key')
}

/** In the order of R4; what is rebuilt is rebuilt only when no stored payload helped. */
function* payloadsOf(found: FoundSimpleSigning, context: CheckContext): Generator<Uint8Array<ArrayBuffer>> {
  yield* found.payloads
  if (found.payloadBlob === null) yield* context.candidates(found)
}

async function keyThatVerifies(keys: readonly TrustedKey[], signature: Uint8Array<ArrayBuffer>, payload: Uint8Array<ArrayBuffer>): Promise<TrustedKey | null> {
  for (const trusted of keys) {
    for (const algorithm of algorithmsToTry(trusted.key)) {
      if (await verifySignature(trusted.key, algorithm, signature, payload)) return trusted
    }
  }
  return null
}

async function checkSshDescriptor(found: FoundSshDescriptor, context: CheckContext): Promise<Checked> {
  let signature
  try {
    signature = parseSshSignature(found.armored)
  } catch (error) {
    if (!(error instanceof SealdexError)) throw error
    return error.code === 'bad-key' ? outcome('unsupported', 'form-unsupported') : outcome('invalid', 'malformed-signature')
  }
  if (!(await verifySshSignature(signature, found.descriptor))) return outcome('invalid', 'signature-invalid')
  if (signature.namespace !== INLINE_NAMESPACE) return outcome('invalid', 'namespace-mismatch')
  const { keyId } = signature.publicKey
  const trusted = context.keys.find(({ key }) => key.keyId === keyId)
  if (trusted === undefined) return { ...outcome('untrusted', 'no-trusted-key'), keyId, revoked: context.revoked.has(keyId) }
  if (trusted.signer?.kind === 'ssh' && trusted.signer.namespaces !== null && !trusted.signer.namespaces.includes(signature.namespace)) return outcome('untrusted', 'namespace-mismatch')
  return judgeFacts(() => factsOfDescriptor(found.descriptor), trusted, found, context.at, true)
}

/** A signature that verified by a known key: what it says must be readable, true of what it stands beside, in time. */
function judgeFacts(read: () => SignedFacts, trusted: TrustedKey, found: FoundSignature, at: number, annotationsAreFields: boolean): Checked {
  let signed: SignedFacts
  try {
    signed = read()
  } catch (error) {
    if (!(error instanceof SealdexError)) throw error
    return outcome('invalid', 'malformed')
  }
  const proved = { signer: trusted.signer?.name ?? null, keyId: trusted.key.keyId, signed, revoked: trusted.revoked }
  if (signed.digest !== found.beside.digest) return { ...proved, state: 'mismatch', code: 'other-digest' }
  if (!factsFit(signed, found.beside, annotationsAreFields)) return { ...proved, state: 'mismatch', code: 'other-facts' }
  if (trusted.signer === null) return { ...proved, state: 'untrusted', code: 'no-trusted-key' }
  if (signed.expiresAt !== null && at > signed.expiresAt) return { ...proved, state: 'expired', code: 'expired' }
  const window = windowCode(trusted.window, signed.signedAt)
  return window === null ? { ...proved, state: 'accepted', code: null } : { ...proved, state: 'untrusted', code: window }
}

/** A key with a window counts for signatures whose time lies in it (interface.md, Policy). */
function windowCode(window: TrustedKey['window'], signedAt: number | null): Code | null {
  if (window.notBefore === null && window.notAfter === null) return null
  if (signedAt === null) return 'no-signature-time'
  return (window.notBefore !== null && signedAt < window.notBefore) || (window.notAfter !== null && signedAt > window.notAfter) ? 'outside-key-window' : null
}

export function outcome(state: SignatureState, code: Code | null): Checked {
  return { state, code, signer: null, keyId: null, signed: null, revoked: false }
}
