import type { Code } from '../base/codes.ts'
import * as LIMITS from '../base/limits.ts'
import type { Reference } from '../oci/reference.ts'
import type { Requirements } from '../policy/policy.ts'
import type { CheckedSignature } from './checker.ts'
import type { SignedFacts } from './facts.ts'

/**
 * What one accepted signature lacks of what the policy demands; empty where it counts towards the threshold. The demands must be met by the
 * very signatures that meet the threshold (W5). A list signature never counts (R8).
 */
export function unmetBy(signature: CheckedSignature, require: Requirements, reference: Reference, at: number): readonly Code[] {
  return signature.signed?.role === 'list' ? ['not-covered'] : demandsUnmet(signature, require, reference, at)
}

/** The same for a signature in any role: who made it, and what it says. */
export function demandsUnmet(signature: CheckedSignature, require: Requirements, reference: Reference, at: number): readonly Code[] {
  const { signed, signer } = signature
  if (signature.state !== 'accepted' || signed === null || signer === null || !require.from.includes(signer)) return ['no-trusted-key']
  const unmet: Code[] = []
  if (!repositoryMet(signed, require, reference)) unmet.push('repository-not-met')
  if (require.tag && (reference.tag === null || signed.tag !== reference.tag)) unmet.push('tag-not-met')
  if (require.maxAgeSeconds !== null && !youngEnough(signature.time ?? signed.signedAt, require.maxAgeSeconds, at)) unmet.push('too-old')
  // equal text only: a number or object that a signer wrote equals no demanded value
  if ([...require.annotations].some(([name, value]) => signed.annotations.get(name) !== value)) unmet.push('annotation-not-met')
  return unmet
}

function repositoryMet(signed: SignedFacts, require: Requirements, reference: Reference): boolean {
  if (require.repository === null) return true
  const allowed = require.repository === 'same' ? [reference.repository.name] : require.repository
  return signed.repository !== null && allowed.includes(signed.repository)
}

/** A time that others vouch for comes before what the signer says (W5). Without one, or with one more than five minutes ahead, it is not met. */
function youngEnough(time: number | null, maxAgeSeconds: number, at: number): boolean {
  return time !== null && time <= at + LIMITS.clockSkewSeconds && at - time <= maxAgeSeconds
}
