import { SealdexError } from '../base/errors.ts'
import type { PublicKey } from '../crypto/public-key.ts'
import { parseSshSignature, verifySshSignature } from '../envelope/ssh.ts'
import { NO_MATERIAL, type FoundSignature, type FoundSimpleSigning, type FoundSshDescriptor } from '../form/found.ts'
import { checkEnvelope, namesSigner } from './check-envelope.ts'
import { checkNotation } from './check-notation.ts'
import { annotatedMaterial } from './annotated-material.ts'
import { certifiedSigner, witnessOf } from './check-certified.ts'
import { inOrder, judgeFacts, keyThatVerifies, NO_WITNESS, outcome, type CheckContext, type Checked, type Witness } from './checked.ts'
import { factsOfDescriptor } from './facts.ts'
import { factsOf } from './remembered.ts'

/** The namespace of the sign-index prototype (formats.md 4). */
const INLINE_NAMESPACE = 'org.notaryproject.sign'

/** Checks one signature, once. Never throws for a stranger's data. */
export async function checkSignature(found: FoundSignature, context: CheckContext): Promise<Checked> {
  if (found.kind === 'unreadable') return outcome(found.state, found.code)
  if (found.kind === 'envelope') return checkEnvelope(found, context)
  if (found.kind === 'notation') return checkNotation(found, context)
  return found.kind === 'simple-signing' ? checkSimpleSigning(found, context) : checkSshDescriptor(found, context)
}

/** Whether a hint or a certificate beside the signature names a signer of the policy: for the order of trying only. */
export function isHinted(found: FoundSignature, { keys, keyless, x509 }: Pick<CheckContext, 'keys' | 'keyless' | 'x509'>): boolean {
  if (found.kind === 'simple-signing') return found.keyHints.some((hint) => keys.some(({ key }) => key.keyId.startsWith(hint))) || (keyless.length > 0 && found.material.certificates.length > 0)
  if (found.kind === 'notation') return x509.length > 0
  return found.kind === 'envelope' && namesSigner(found, keys, keyless)
}

async function checkSimpleSigning(found: FoundSimpleSigning, context: CheckContext): Promise<Checked> {
  const keys = inOrder(context.keys, found.keyHints)
  for (const payload of keys.length === 0 ? [] : payloadsOf(found, context)) {
    const trusted = await keyThatVerifies(keys, found.signature, payload, context)
    if (trusted === null) continue
    const witness = found.material === NO_MATERIAL ? NO_WITNESS : await witnessBeside(found, payload, trusted.key, context)
    return judgeFacts({ ...trusted, keyId: trusted.key.keyId, ...witness }, { read: () => factsOf(payload), found, at: context.at })
  }
  if (found.material.certificates.length > 0) return checkCertified(found, context)
  return outcome('untrusted', found.payloads.length === 0 ? 'payload-unknown' : 'no-trusted-key')
}

/** What could not even be read is told like what does not hold. */
async function witnessBeside(found: FoundSimpleSigning, payload: Uint8Array<ArrayBuffer>, key: PublicKey, context: CheckContext): Promise<Witness> {
  const { keyed, broken } = annotatedMaterial(found.material, found.signature, MESSAGE)
  const witness = await witnessOf(keyed, payload, key, context)
  return broken && witness.flaw === null ? { ...witness, flaw: 'malformed' } : witness
}

const MESSAGE = { kind: 'message', claimed: null } as const

/** By the certificates that stand beside it: each payload with each, until one pair fits. */
async function checkCertified(found: FoundSimpleSigning, context: CheckContext): Promise<Checked> {
  const { certified, broken } = annotatedMaterial(found.material, found.signature, MESSAGE)
  if (certified.length === 0) return outcome('invalid', broken ? 'bad-certificate' : 'malformed')
  for (const payload of payloadsOf(found, context)) {
    for (const material of certified) {
      const { verified, checked } = await certifiedSigner(material, payload, context)
      if (verified !== null) return judgeFacts(verified, { read: () => factsOf(payload), found, at: context.at })
      if (checked.code !== 'signature-invalid') return checked
    }
  }
  return found.payloads.length === 0 ? outcome('untrusted', 'payload-unknown') : outcome('invalid', 'signature-invalid')
}

/** In the order of R4; what is rebuilt is rebuilt only when no stored payload helped. */
function* payloadsOf(found: FoundSimpleSigning, context: CheckContext): Generator<Uint8Array<ArrayBuffer>> {
  yield* found.payloads
  if (found.payloadBlob === null) yield* context.candidates(found)
}

async function checkSshDescriptor(found: FoundSshDescriptor, context: CheckContext): Promise<Checked> {
  let signature
  try {
    signature = parseSshSignature(found.armored)
  } catch (error) {
    if (!(error instanceof SealdexError)) throw error
    return error.code === 'bad-key' ? outcome('unsupported', 'form-unsupported') : outcome('invalid', 'malformed-signature')
  }
  context.spend(1)
  if (!(await verifySshSignature(signature, found.descriptor))) return outcome('invalid', 'signature-invalid')
  if (signature.namespace !== INLINE_NAMESPACE) return outcome('invalid', 'namespace-mismatch')
  const { keyId } = signature.publicKey
  const trusted = context.keys.find(({ key }) => key.keyId === keyId)
  if (trusted === undefined) return { ...outcome('untrusted', 'no-trusted-key'), keyId, revoked: context.revoked.has(keyId) }
  if (trusted.signer?.kind === 'ssh' && trusted.signer.namespaces !== null && !trusted.signer.namespaces.includes(signature.namespace)) return outcome('untrusted', 'namespace-mismatch')
  return judgeFacts({ ...trusted, keyId, ...NO_WITNESS }, { read: () => factsOfDescriptor(found.descriptor), found, at: context.at, annotationsAreFields: true })
}
