import { canonicalJson } from '../base/canonical-json.ts'
import type { Code } from '../base/codes.ts'
import { SealdexError } from '../base/errors.ts'
import { digestOfText } from '../crypto/digest.ts'
import { parseReference } from '../oci/reference.ts'
import { lockedBy, lockName, type Lock, type LockedImage, type LockedSigner } from '../policy/lock.ts'
import type { PolicyFileSigner } from '../policy/schema.ts'
import type { Reason } from './judge.ts'
import type { VerdictSigner } from './subjects.ts'
import type { Verdict } from './verdict.ts'

/** The pin of an image that is allowed: its digest, and each signer who vouches for a part of it. `trust`: what a policy calls them. Null where it is not allowed. */
export function lockedImage(verdict: Verdict, trust: (signer: VerdictSigner) => PolicyFileSigner): LockedImage | null {
  if (verdict.outcome !== 'allow' || verdict.digest === null) return null
  const times = vouchedAt(verdict)
  const signers = verdict.signers.filter(({ name }) => times.has(name)).map((signer): LockedSigner => ({ ...idOf(signer), signedAt: times.get(signer.name) ?? null, trust: trust(signer) }))
  return { reference: lockName(parseReference(verdict.reference)), digest: verdict.digest, signers }
}

/**
 * T25: what a policy allows must besides be what the lock pins, or a later work of the same signers. An older signing time, another digest without a newer one,
 * a signer who is missing and an image that is not in the lock are a deny. `basis.policy` is then the digest of both. Throws `bad-option` for a verdict without
 * `all`: a signature that was not read would be missed.
 */
export function holdToLock(verdict: Verdict, lock: Lock): Verdict {
  if (verdict.basis.reading !== 'all') throw new SealdexError('bad-option', 'A lock holds against a verdict for which every place was read.')
  const image = lockedBy(lock, parseReference(verdict.reference))
  const basis = { ...verdict.basis, policy: digestOfText(canonicalJson({ policy: verdict.basis.policy, lock })) }
  if (image === null) return denied(verdict, basis, [reason('not-locked', `The lock does not name ${lockName(parseReference(verdict.reference))}.`)])
  if (verdict.outcome !== 'allow') return { ...verdict, basis }
  const reasons = shortOfLock(verdict, image)
  if (reasons.length > 0) return denied(verdict, basis, reasons)
  if (verdict.digest === image.digest) return { ...verdict, basis }
  const moved = reason('lock-digest', `It is no longer ${image.digest}, which is locked, and was signed later by the same signers.`, 'warns')
  return { ...verdict, basis, reasons: [...verdict.reasons, moved] }
}

function shortOfLock(verdict: Verdict, image: LockedImage): readonly Reason[] {
  const times = vouchedAt(verdict)
  const isSame = verdict.digest === image.digest
  const reasons = image.signers.flatMap((locked): Reason[] => {
    const signer = verdict.signers.find((one) => times.has(one.name) && sameSigner(one, locked))
    const time = signer === undefined ? null : (times.get(signer.name) ?? null)
    if (signer === undefined) return [reason('lock-signers', `The locked signer ${nameOf(locked)} did not sign this.`)]
    // times are all of one form, so that they compare as texts
    if (locked.signedAt !== null && (time === null || time < locked.signedAt)) return [reason('lock-older', `The signature by ${nameOf(locked)} is of ${time ?? 'no time that it says'}, and the locked one of ${locked.signedAt}.`)]
    if (!isSame && (locked.signedAt === null || time === null || time <= locked.signedAt)) return [reason('lock-digest', `The lock pins ${image.digest}, and the signature by ${nameOf(locked)} on another digest is not newer than what is locked.`)]
    return []
  })
  return reasons
}

/** When each signer vouched: of its signatures that cover a part the newest, of all parts the oldest; null where one of these says no time. */
function vouchedAt({ subjects }: Verdict): ReadonlyMap<string, string | null> {
  const covered = subjects.filter(({ coverage }) => coverage === 'own' || coverage === 'listed')
  const leaves = covered.some(({ role }) => role === 'image') ? covered.filter(({ role }) => role === 'image') : covered
  const found = new Map<string, string | null>()
  for (const leaf of leaves) {
    const newest = new Map<string, string | null>()
    for (const { digest, signatures } of subjects) {
      if (!leaf.coveredBy.includes(digest)) continue
      for (const { state, signer, signed, proof } of signatures) {
        if (state !== 'accepted' || signer === null) continue
        const time = proof?.time ?? signed?.signedAt ?? null
        const known = newest.get(signer) ?? null
        newest.set(signer, known === null || (time !== null && time > known) ? time : known)
      }
    }
    for (const [signer, time] of newest) {
      const known = found.get(signer)
      found.set(signer, known === undefined ? time : known === null || time === null ? null : time < known ? time : known)
    }
  }
  return found
}

type SignerId = Pick<LockedSigner, 'kind' | 'identity' | 'issuer' | 'keyId'>

/** A certificate's key is made for one signature, or renewed with it, so that it does not tell who signed; a key does. */
function idOf({ kind, identity, issuer, keyId }: VerdictSigner): SignerId {
  const byKey = kind === 'key' || kind === 'ssh'
  return { kind, identity: byKey ? null : identity, issuer: byKey ? null : issuer, keyId: byKey ? keyId : null }
}

function sameSigner(signer: VerdictSigner, locked: LockedSigner): boolean {
  const { kind, identity, issuer, keyId } = idOf(signer)
  return kind === locked.kind && identity === locked.identity && issuer === locked.issuer && keyId === locked.keyId
}

function nameOf({ identity, keyId }: SignerId): string {
  return identity === null ? `key:${(keyId ?? '').slice(0, 12)}` : `"${identity}"`
}

function denied(verdict: Verdict, basis: Verdict['basis'], reasons: readonly Reason[]): Verdict {
  return { ...verdict, outcome: 'deny', basis, reasons: [...reasons, ...verdict.reasons.map((one) => ({ ...one, effect: 'warns' as const }))] }
}

function reason(code: Code, message: string, effect: Reason['effect'] = 'decides'): Reason {
  return { code, message, effect, subject: null }
}
