import type { Code } from '../base/codes.ts'
import { SealdexError } from '../base/errors.ts'
import { writePem } from '../crypto/pem.ts'
import type { PublicKey } from '../crypto/public-key.ts'
import { entryFor } from '../policy/policy.ts'
import { policyFromOptions } from '../policy/from-options.ts'
import type { CheckedSignature } from '../verify/checker.ts'
import { gather } from '../verify/gather.ts'
import { NO_TRUST } from '../verify/trust.ts'
import { failedPlaces, type ExportSource, type Unconvertible } from './convertible.ts'

/** What stands at an image, seen from one key. */
export interface SignedBefore {
  /** By the key, in force, about what they stand beside: its holder signed that. */
  readonly own: readonly CheckedSignature[]
  /** Where the tools of the other form look already, whoever made them. */
  readonly inPlace: readonly CheckedSignature[]
  /** Everything else, each with the reason why it is not given again. */
  readonly others: readonly Unconvertible[]
}

/**
 * Judges every signature of what the reference names by this one key, as `verify` would: only what the key itself verifies says that its holder signed
 * (T36), whatever hints and certificates claim. An attestation is none (R10), nor is a signature of a list (R8). Throws where the reference could not be read.
 */
export async function signedBefore({ reference, objects, at, signedRepository }: Omit<ExportSource, 'keys'>, key: PublicKey, isInPlace: (signature: CheckedSignature) => boolean): Promise<SignedBefore> {
  const policy = await policyFromOptions({ keys: [writePem('PUBLIC KEY', key.spki)], ...(signedRepository !== null && { signedRepository: signedRepository.repository.name }) })
  const { facts } = await gather({ reference, objects, policy, entry: entryFor(policy, reference.repository), platform: null, at, reading: 'all', payloads: [], trust: NO_TRUST })
  if (facts.unread !== null) throw new SealdexError(facts.unread.code, facts.unread.message)
  const inPlace = facts.checked.filter(isInPlace)
  const own = facts.checked.filter((one) => isInForce(one) && !isInPlace(one))
  const rest = facts.checked.filter((one) => !isInForce(one) && !isInPlace(one))
  return { own, inPlace, others: [...rest.map(reasonOf), ...failedPlaces(facts)] }
}

/** Accepted, and about an image: `accepted` here means by the one key. */
export function isInForce({ state, signed }: CheckedSignature): boolean {
  return state === 'accepted' && signed?.role === 'image'
}

const REASONS: Partial<Readonly<Record<Code, string>>> = {
  'payload-unknown': 'is by another key, or over a payload that does not stand beside it; --signed-repository NAME names the repository it was signed under',
  'no-trusted-identity': 'is by a certificate, and not by the bare key that was given',
  'too-many-signatures': 'was not tried, since more stand there than are',
  'timeout': 'was not tried, since the time was over',
  'expired': 'is past the expiry that its signer wrote into it, so it is not given again',
  'other-digest': 'is about something else',
  'other-facts': 'says something else of what it stands beside than is true',
}

function reasonOf({ found, state, code, signed }: CheckedSignature): Unconvertible {
  const why = state === 'accepted' && signed?.role === 'list' ? 'vouches for a list of what is attached, and for no image' : (code === null ? undefined : REASONS[code]) ?? 'is not by the key that was given'
  return { subject: found.beside.digest, form: found.form, at: found.at, message: `The signature ${found.at} beside ${found.beside.digest} ${why}.` }
}
