import { algorithmsToTry } from '../crypto/algorithms.ts'
import type { FoundEnvelope, FoundSignature, SignatureMaterial } from '../form/found.ts'
import { costOf, DEMANDS } from './check-certified.ts'
import { inOrder, type CheckContext } from './checked.ts'
import { openEnvelope } from './open-envelope.ts'

/** What says how much there is to try. */
type Trials = Pick<CheckContext, 'keys' | 'x509' | 'mostCandidates'>

/** How many verifications a signature may need: each key with each of its algorithms for each payload that it may be over, then each certificate. */
export function attemptsAtMost(found: FoundSignature, context: Trials): number {
  if (found.kind === 'unreadable') return 0
  if (found.kind === 'ssh-descriptor') return 1
  if (found.kind === 'notation') return 1 + 2 * context.x509.length
  if (found.kind === 'envelope') return forEnvelope(found, context)
  const payloads = found.payloads.length + (found.payloadBlob === null ? context.mostCandidates : 0)
  return payloads * keysToTry(context) + forMaterial(found.material, payloads)
}

function forEnvelope(found: FoundEnvelope, context: Trials): number {
  const envelope = openEnvelope(found)
  if (envelope?.state !== 'read') return 0
  const { signatures, bundle } = envelope
  return signatures.length * keysToTry(context) + (bundle === null ? forMaterial(found.material, signatures.length) : DEMANDS * costOf(bundle))
}

function keysToTry({ keys }: Trials): number {
  return inOrder(keys, []).reduce((sum, { key }) => sum + algorithmsToTry(key).length, 0)
}

/** Each certificate with each payload or signature, or once what vouches for a key's. */
function forMaterial({ certificates, logBundles, timestamps }: SignatureMaterial, times: number): number {
  return (1 + DEMANDS * certificates.length * times) * costOf({ entries: logBundles, timestamps })
}
