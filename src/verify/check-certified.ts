import type { Code } from '../base/codes.ts'
import { SealdexError } from '../base/errors.ts'
import type { PublicKey } from '../crypto/public-key.ts'
import type { KeylessSigner } from '../policy/policy.ts'
import { checkWitnesses, type Witnesses } from '../sigstore/evidence.ts'
import { matchesIdentity, readIdentity, type IdentityFacts, type IdentityRequirement } from '../sigstore/identity.ts'
import type { SignedMaterial } from '../sigstore/material.ts'
import { wholeBytes, type SignedBytes } from '../sigstore/signed-bytes.ts'
import { verifyMaterial, type MaterialResult } from '../sigstore/verify-material.ts'
import type { Certificate } from '../x509/certificate.ts'
import { NO_WITNESS, outcome, type CheckContext, type Checked, type KeylessProof, type SignatureState, type Verified, type Witness } from './checked.ts'

type Message = Uint8Array<ArrayBuffer> | null

/** Who signed without a key, or what is wrong with it. */
export type Certified = { readonly verified: Verified; readonly checked: null } | { readonly verified: null; readonly checked: Checked }

/** A signature that its certificate verifies is somebody's, whoever that is; these say that it is nobody's, or that what came along is broken. */
const STATES: ReadonlyMap<Code, SignatureState> = new Map<Code, SignatureState>([
  ['signature-invalid', 'invalid'], ['bad-certificate', 'invalid'], ['malformed', 'invalid'], ['malformed-json', 'invalid'], ['malformed-base64', 'invalid'],
  ['log-entry-invalid', 'invalid'], ['log-entry-mismatch', 'invalid'], ['bad-timestamp', 'invalid'], ['other-digest', 'invalid'],
  ['bundle-unsupported', 'unsupported'], ['artifact-needed', 'unsupported'],
])

/**
 * Checks a signature with its certificate by the trusted root, for the signers of the policy: those that want a log and a certificate log first,
 * then, where that is not met, those that do without. `message`: what was signed; null for an envelope. Never throws for a stranger's data.
 */
export async function certifiedSigner(material: SignedMaterial, message: Message, context: CheckContext): Promise<Certified> {
  const { trustedRoot, at, spend } = context
  if (trustedRoot === null) return failed(context.rootFailure === null ? outcome('untrusted', 'no-trusted-identity') : outcome('not-checked', context.rootFailure))
  let problem: Checked | null = null
  for (const { signers, log, sct } of byDemand(context.keyless)) {
    spend(costOf(material))
    try {
      const result = await verifyMaterial(material, message, trustedRoot, { at, thresholds: { logs: log ? 1 : 0, scts: sct ? 1 : 0 } })
      return { verified: verifiedBy(result, signers, context), checked: null }
    } catch (error) {
      if (!(error instanceof SealdexError)) throw error
      problem ??= outcome(STATES.get(error.code) ?? 'untrusted', error.code)
    }
  }
  return failed(problem ?? outcome('untrusted', 'no-trusted-identity'))
}

function failed(checked: Checked): Certified {
  return { verified: null, checked }
}

/** The signature, the certificate's own, and each that others made beside them. */
export function costOf({ entries, timestamps }: Readonly<Record<'entries' | 'timestamps', readonly unknown[]>>): number {
  return 2 + entries.length + timestamps.length
}

/** How often material is judged at most: once for each kind of demand. */
export const DEMANDS = 4

interface Demand {
  readonly log: boolean
  readonly sct: boolean
  readonly signers: readonly KeylessSigner[]
}

/** The ordinary demand always, so that who signed is told also where nobody is named. */
function byDemand(signers: readonly KeylessSigner[]): readonly Demand[] {
  const of = (log: boolean, sct: boolean): Demand => ({ log, sct, signers: signers.filter((signer) => (!signer.log || log) && (!signer.sct || sct) ) })
  const demanded = (log: boolean, sct: boolean): boolean => signers.some((signer) => signer.log === log && signer.sct === sct)
  return [of(true, true), ...([[true, false], [false, true], [false, false]] as const).filter(([log, sct]) => demanded(log, sct)).map(([log, sct]) => of(log, sct))]
}

function verifiedBy(result: MaterialResult, signers: readonly KeylessSigner[], { revoked }: CheckContext): Verified {
  if (result.signer.kind !== 'certificate') throw new TypeError('a certificate was verified')
  const { identity, certificate, scts } = result.signer
  const signer = signers.find((one) => matchesIdentity(identity, requirementOf(one))) ?? null
  const { keyId } = certificate.publicKey
  const missing: Code | null = result.entries.length === 0 ? 'no-log-entry' : scts.length === 0 ? 'no-sct' : null
  const witness = witnessFrom(result, identity)
  return { ...witness, flaw: missing ?? witness.flaw, signer, keyId: null, window: { notBefore: null, notAfter: null }, revoked: revoked.has(keyId) }
}

function requirementOf({ identity, identityPattern, issuer, extensions }: KeylessSigner): IdentityRequirement {
  return { ...(identity !== null && { identity }), ...(identityPattern !== null && { identityPattern }), issuer, extensions: extensions as IdentityRequirement['extensions'] & object }
}

function witnessFrom({ entries, timestamps, times, notes }: Witnesses, identity: IdentityFacts | null): Witness {
  const [entry] = entries
  const earliest = [...timestamps].sort((a, b) => a.time - b.time)[0]
  const time = earliest?.time ?? times[0]?.time ?? null
  const proof: KeylessProof = {
    identity: identity?.identity ?? null,
    issuer: identity?.issuer ?? null,
    extensions: identity?.extensions ?? new Map(),
    log: entry === undefined ? null : { name: entry.log.baseUrl, index: entry.logIndex },
    timestampAuthority: earliest?.authority.uri ?? null,
  }
  return { time: time === null ? null : Math.floor(time), proof, flaw: notes[0]?.code ?? null }
}

/** What others vouch for beside a signature by a key. It needs none of it; what does not hold is told and gives no time (interface.md). */
export async function witnessOf(material: SignedMaterial, message: Message, key: PublicKey, { trustedRoot, at, spend }: CheckContext): Promise<Witness> {
  if (trustedRoot === null || (material.entries.length === 0 && material.timestamps.length === 0)) return NO_WITNESS
  spend(costOf(material))
  try {
    const result = await checkWitnesses(material, { signature: material.signature, verifier: { kind: 'key', der: key.spki }, ...signedBy(material, message) }, trustedRoot, at, false)
    return { ...witnessFrom(result, null), ...(result.times.length === 0 && result.entries.length === 0 && { proof: null }) }
  } catch (error) {
    if (!(error instanceof SealdexError)) throw error
    return { ...NO_WITNESS, flaw: error.code }
  }
}

function signedBy({ content }: SignedMaterial, message: Message): { readonly signed: SignedBytes; readonly payload: SignedBytes | null } {
  if (content.kind === 'dsse') return { signed: wholeBytes(content.signed), payload: wholeBytes(content.payload) }
  return { signed: wholeBytes(message ?? new Uint8Array(0)), payload: null }
}

/** Whether a certificate names an identity that the policy does, nothing being proved: for the order of trying. */
export function namesIdentity(certificate: Certificate, keyless: readonly KeylessSigner[]): boolean {
  if (keyless.length === 0) return false
  try {
    const facts = readIdentity(certificate)
    return keyless.some((signer) => matchesIdentity(facts, requirementOf(signer)))
  } catch (error) {
    if (!(error instanceof SealdexError)) throw error
    return false
  }
}
