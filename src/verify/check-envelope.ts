import { base64Decode, hexEncode } from '../base/bytes.ts'
import type { FoundEnvelope } from '../form/found.ts'
import type { KeylessSigner } from '../policy/policy.ts'
import type { SignedMaterial } from '../sigstore/material.ts'
import { annotatedEnvelope, certifiedSigner, namesIdentity, witnessOf } from './check-certified.ts'
import { inOrder, judgeFacts, keyThatVerifies, outcome, type CheckContext, type Checked, type TrustedKey } from './checked.ts'
import { factsOfStatement } from './facts.ts'
import { openEnvelope, type OpenedEnvelope } from './open-envelope.ts'

type Readable = Extract<OpenedEnvelope, { state: 'read' }>

/** A Sigstore bundle, or a DSSE envelope: by a key of the policy, else by the certificate that it names. Never throws for a stranger's data. */
export async function checkEnvelope(found: FoundEnvelope, context: CheckContext): Promise<Checked> {
  const envelope = openEnvelope(found)
  if (envelope === null) return outcome('not-checked', 'too-many-signatures')
  if (envelope.state === 'broken') return outcome('invalid', envelope.code)
  // a signature over the manifest's own bytes: nobody signs images so, and nothing says what it was meant as
  if (envelope.state === 'message') return outcome('unsupported', 'form-unsupported')
  const byKey = await keyOfEnvelope(envelope, context)
  if (byKey !== null) {
    const material = materialOf(found, envelope, byKey.signature)
    const witness = await witnessOf(material, envelope.signed, byKey.trusted.key, context)
    return judged(found, envelope, { ...byKey.trusted, keyId: byKey.trusted.key.keyId, ...witness }, context)
  }
  const [signature] = envelope.signatures
  const material = signature === undefined ? null : materialOf(found, envelope, signature)
  if (material === null || material.signer.kind !== 'certificate') return outcome('untrusted', 'no-trusted-key')
  const certified = await certifiedSigner(material, envelope.signed, context)
  return certified.verified === null ? certified.checked : judged(found, envelope, certified.verified, context)
}

/** Who signed; then what was signed has to be a statement: an unknown payload type is told as that (R10). */
function judged(found: FoundEnvelope, { statement, inToto }: Readable, verified: Parameters<typeof judgeFacts>[0], { at }: CheckContext): Checked {
  if (statement === null) return inToto ? outcome('invalid', 'malformed') : outcome('unsupported', 'form-unsupported')
  return judgeFacts(verified, { read: () => factsOfStatement(statement, found.beside.digest), found, at })
}

/** DSSE allows several signatures; one of them by a key that is known suffices. */
async function keyOfEnvelope({ signatures, signed, bundle }: Readable, context: CheckContext): Promise<{ readonly trusted: TrustedKey; readonly signature: Uint8Array<ArrayBuffer> } | null> {
  const keys = inOrder(context.keys, hintOf(bundle))
  for (const signature of signatures) {
    const trusted = await keyThatVerifies(keys, signature, signed)
    if (trusted !== null) return { trusted, signature }
  }
  return null
}

function materialOf(found: FoundEnvelope, { bundle, signed }: Readable, signature: Uint8Array<ArrayBuffer>): SignedMaterial | null {
  return bundle ?? annotatedEnvelope(found.material, signature, signed)
}

/** Whether a hint names a key, or a certificate an identity, of the policy. */
export function namesSigner(found: FoundEnvelope, keys: readonly TrustedKey[], keyless: readonly KeylessSigner[]): boolean {
  const envelope = openEnvelope(found)
  if (envelope?.state !== 'read') return false
  const hints = hintOf(envelope.bundle)
  if (hints.some((hint) => keys.some(({ key }) => key.keyId === hint))) return true
  return envelope.bundle?.signer.kind === 'certificate' && namesIdentity(envelope.bundle.signer.leaf, keyless)
}

/** base64 of the SHA-256 of the SPKI, as cosign writes it (formats.md 12.7); anything else hints at nothing. */
function hintOf(bundle: Readable['bundle']): readonly string[] {
  if (bundle?.signer.kind !== 'key') return []
  try {
    const hint = base64Decode(bundle.signer.hint)
    return hint.length === 32 ? [hexEncode(hint)] : []
  } catch {
    return []
  }
}
