import { equalBytes } from '../base/bytes.ts'
import { SealdexError } from '../base/errors.ts'
import { algorithmsToTry } from '../crypto/algorithms.ts'
import type { Digest } from '../crypto/digest.ts'
import type { PublicKey } from '../crypto/public-key.ts'
import { verifySignature } from '../crypto/signature.ts'
import type { FoundEnvelope } from '../form/found.ts'
import { factsOfStatement } from '../verify/facts.ts'
import { openEnvelope } from '../verify/open-envelope.ts'
import { readPlace } from '../verify/places.ts'
import type { Writing } from './context.ts'

/** What would be stated, and by whom. */
export interface Stating {
  readonly key: PublicKey
  readonly predicateType: string
  /** The statement as it would have been signed at that time, in seconds since 1970. */
  readonly statementAt: (signedAt: number) => Uint8Array
}

/**
 * The attestation about the subject that this very key made before, of the same bytes but for the time of signing (as W1 has it for signatures): what
 * carries it, or null. What cannot be read only costs a second attestation.
 */
export async function attestedBefore({ objects }: Writing, subject: Digest, stating: Stating): Promise<Digest | null> {
  const beside = { digest: subject, mediaType: null, size: null, platform: null, annotations: null }
  const reports = await Promise.all((['referrers', 'digest-tag'] as const).map((place) => readPlace(place, beside, objects, new Set())))
  const alike = reports.flatMap(({ statements }) => statements).filter(({ predicateType }) => predicateType === stating.predicateType)
  for (const { found } of alike) if (await isSame(found, subject, stating)) return found.carrier
  return null
}

/** The key is tried: a stranger's copy of the statement must not keep us from attesting. */
async function isSame(found: FoundEnvelope, subject: Digest, { key, statementAt }: Stating): Promise<boolean> {
  const opened = openEnvelope(found)
  if (opened?.state !== 'read' || opened.content.kind !== 'dsse' || opened.statement === null) return false
  const { content, signed, signatures, statement } = opened
  try {
    const { signedAt } = factsOfStatement(statement, subject)
    if (signedAt === null || !equalBytes(content.payload, statementAt(signedAt))) return false
  } catch (error) {
    if (!(error instanceof SealdexError)) throw error
    return false
  }
  for (const algorithm of algorithmsToTry(key)) for (const signature of signatures) if (await verifySignature(key, algorithm, signature, signed)) return true
  return false
}
