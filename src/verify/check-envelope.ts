import { base64Decode, hexEncode } from '../base/bytes.ts'
import type { FoundEnvelope } from '../form/found.ts'
import type { KeylessSigner } from '../policy/policy.ts'
import type { SignedMaterial } from '../sigstore/material.ts'
import { annotatedMaterial } from './annotated-material.ts'
import { certifiedSigner, namesIdentity, witnessOf, type Certified } from './check-certified.ts'
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
    const material = envelope.bundle ?? annotatedMaterial(found.material, byKey.signature, envelope.content).keyed
    const witness = await witnessOf(material, null, byKey.trusted.key, context)
    return judged(found, envelope, { ...byKey.trusted, keyId: byKey.trusted.key.keyId, ...witness }, context)
  }
  const materials = certifiedMaterials(found, envelope)
  if (materials.length === 0) return outcome('untrusted', 'no-trusted-key')
  const { verified, checked } = await firstCertified(materials, context)
  return verified === null ? checked : judged(found, envelope, verified, context)
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
    const trusted = await keyThatVerifies(keys, signature, signed, context)
    if (trusted !== null) return { trusted, signature }
  }
  return null
}

/** The bundle as it is; beside a bare envelope each certificate may have made each signature. */
function certifiedMaterials(found: FoundEnvelope, { bundle, signatures, content }: Readable): readonly SignedMaterial[] {
  if (bundle !== null) return bundle.signer.kind === 'certificate' ? [bundle] : []
  return signatures.flatMap((signature) => annotatedMaterial(found.material, signature, content).certified)
}

/** The first that holds, else what is wrong with the first. */
async function firstCertified(materials: readonly SignedMaterial[], context: CheckContext): Promise<Certified> {
  let problem: Certified | null = null
  for (const material of materials) {
    const certified = await certifiedSigner(material, null, context)
    if (certified.verified !== null) return certified
    problem ??= certified
  }
  return problem ?? { verified: null, checked: outcome('untrusted', 'no-trusted-key') }
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
