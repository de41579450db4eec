import { equalBytes } from '../base/bytes.ts'
import { SealdexError } from '../base/errors.ts'
import type { PublicKey } from '../crypto/public-key.ts'
import { checkWitnesses, requireWitnesses, type Witnesses } from './evidence.ts'
import { inOrder } from './in-order.ts'
import type { NamedSigner, SignedContent, SignedMaterial } from './material.ts'
import { wholeBytes, type SignedBytes } from './signed-bytes.ts'
import { BY_KEY, KEYLESS, type MaterialOptions } from './requirements.ts'
import { foreseeCertificate, verifyCertificate, type VerifiedCertificate } from './signer.ts'
import type { TrustedRoot } from './trust.ts'

/** Who signed, proved. */
export type VerifiedSigner =
  | ({ readonly kind: 'certificate' } & VerifiedCertificate)
  | { readonly kind: 'key'; readonly key: PublicKey }

/** A signature that holds, and all that it rests on. */
export interface MaterialResult extends Witnesses {
  readonly signer: VerifiedSigner
}

/**
 * Verifies a signature with what came along, by what the caller trusts and nothing else (T36). `artifact` is the message that is to have been signed; null for a DSSE
 * envelope, which has its own. Throws a {@link SealdexError} that says the first thing that is wrong, the same in every runtime.
 */
export async function verifyMaterial(material: SignedMaterial, artifact: Uint8Array<ArrayBuffer> | SignedBytes | null, trust: TrustedRoot, options: MaterialOptions): Promise<MaterialResult> {
  const { at, strict = false, identities = null } = options
  const thresholds = { ...(options.key === undefined ? KEYLESS : BY_KEY), ...options.thresholds }
  if (options.key !== undefined && identities !== null) throw new SealdexError('bad-option', 'A key was given and identities as well, which a key has not; give one of them.')
  const key = keyOf(material.signer, options.key)
  const { signed, payload } = contentOf(material.content, artifact)
  const foreseen = material.signer.kind === 'certificate' ? await foreseeCertificate(material.signer, trust, thresholds.scts, identities) : undefined
  const subject = { signature: material.signature, verifier: verifierOf(material.signer, key), signed, payload }
  const [, , witnesses] = await inOrder(requireClaim(material.content, signed), requireSignature(signed, key, material.signature), checkWitnesses(material, subject, trust, at, strict))
  requireWitnesses(witnesses, thresholds)
  if (material.signer.kind === 'key') return { ...witnesses, signer: { kind: 'key', key } }
  const certificate = await verifyCertificate(material.signer, trust, witnesses.times.map(({ time }) => time), thresholds.scts, identities, foreseen)
  return { ...witnesses, signer: { kind: 'certificate', ...certificate } }
}

/** The key that has to have signed: the caller's, or the certificate's where the caller names none. */
function keyOf(signer: NamedSigner, key: PublicKey | undefined): PublicKey {
  if (key === undefined) return signer.kind === 'certificate' ? signer.leaf.publicKey : other('It is signed by a key, and none was given to check it with.')
  return signer.kind === 'key' ? key : other('It is signed by a certificate, and a key was given to check it with.')
}

function other(why: string): never {
  throw new SealdexError('other-signer', why)
}

function verifierOf(signer: NamedSigner, key: PublicKey): { kind: 'certificate' | 'key'; der: Uint8Array } {
  return signer.kind === 'certificate' ? { kind: 'certificate', der: signer.leaf.der } : { kind: 'key', der: key.spki }
}

function contentOf(content: SignedContent, artifact: Uint8Array<ArrayBuffer> | SignedBytes | null): { signed: SignedBytes; payload: SignedBytes | null } {
  if (content.kind === 'dsse') return { signed: wholeBytes(content.signed), payload: wholeBytes(content.payload) }
  if (artifact === null) throw new SealdexError('artifact-needed', 'A message was signed, which does not come along with its signature; give it.')
  return { signed: artifact instanceof Uint8Array ? wholeBytes(artifact) : artifact, payload: null }
}

/** The digest that stands beside a message's signature is nobody's word, but one that is wrong says that something was mixed up. */
async function requireClaim(content: SignedContent, signed: SignedBytes): Promise<void> {
  if (content.kind === 'dsse' || content.claimed === null) return
  const { hash, value } = content.claimed
  const own = await signed.hash(hash)
  if (own !== null && !equalBytes(own, value)) throw new SealdexError('other-digest', 'The signature is about other bytes than the artifact.')
}

async function requireSignature(signed: SignedBytes, key: PublicKey, signature: Uint8Array): Promise<void> {
  if (!await signed.isSignedBy(key, signature)) throw new SealdexError('signature-invalid', 'The key does not verify the signature over the artifact.')
}
