import { equalBytes } from '../base/bytes.ts'
import type { Code } from '../base/codes.ts'
import { SealdexError } from '../base/errors.ts'
import { verifySignature } from '../crypto/signature.ts'
import { parseCose } from '../envelope/cose.ts'
import { parseJws } from '../envelope/jws.ts'
import { notationAlgorithm, type NotationEnvelope } from '../envelope/notation-attributes.ts'
import { parseNotationPayload } from '../envelope/notation-payload.ts'
import type { FoundNotation } from '../form/found.ts'
import type { X509Signer } from '../policy/policy.ts'
import { parseCertificate, type Certificate } from '../x509/certificate.ts'
import { checkWholeChain, verifyChain } from '../x509/chain.ts'
import { fitsSubject, nameText } from '../x509/name.ts'
import { verifyTimestamp } from '../x509/timestamp.ts'
import { judgeFacts, outcome, type CheckContext, type Checked, type SignatureState, type Witness } from './checked.ts'
import { factsOfNotation } from './facts.ts'

type Certificates = readonly [Certificate, ...Certificate[]]

/** An envelope whose signature its own leaf's key verifies: whose that is, is still open. */
interface SelfConsistent extends NotationEnvelope {
  readonly chain: Certificates
}

/** What makes a signature nobody's, whoever is trusted; everything else leaves it untrusted. */
const STATES: ReadonlyMap<Code, SignatureState> = new Map<Code, SignatureState>([
  ['malformed-signature', 'invalid'], ['bad-certificate', 'invalid'], ['malformed-der', 'invalid'], ['signature-invalid', 'invalid'], ['bad-timestamp', 'invalid'],
  ['critical-unknown', 'unsupported'], ['plugin-needed', 'unsupported'], ['form-unsupported', 'unsupported'], ['no-signing-authority', 'unsupported'],
])

/** A notation signature: by the certificates that come along, for the signers of the policy (formats.md 9). Never throws for a stranger's data. */
export async function checkNotation(found: FoundNotation, context: CheckContext): Promise<Checked> {
  if (found.bytes === null) return outcome('not-checked', 'too-many-signatures')
  let revoked = false
  context.spend(1)
  try {
    const envelope = await selfConsistent(found.container === 'jws' ? parseJws(found.bytes) : parseCose(found.bytes))
    revoked = context.revoked.has(envelope.chain[0].publicKey.keyId)
    const { signer, witness } = await signerOf(envelope, context)
    const read = (): ReturnType<typeof factsOfNotation> => factsOfNotation(parseNotationPayload(envelope.payload), envelope)
    return judgeFacts({ ...witness, signer, keyId: null, window: { notBefore: null, notAfter: null }, revoked }, { read, found, at: context.at })
  } catch (error) {
    if (!(error instanceof SealdexError)) throw error
    return { ...outcome(STATES.get(error.code) ?? 'untrusted', error.code), revoked }
  }
}

/** The leaf's key, and nothing in a header, fixes the algorithm and verifies (T46). Throws. */
async function selfConsistent(envelope: NotationEnvelope): Promise<SelfConsistent> {
  const [leaf, ...others] = envelope.certificates.map(parseCertificate)
  if (leaf === undefined) throw new SealdexError('malformed-signature', 'No certificate comes along with the signature.')
  const algorithm = notationAlgorithm(leaf.publicKey)
  if (algorithm === null || algorithm !== envelope.algorithm) throw new SealdexError('malformed-signature', 'The signature names another algorithm than the one that goes with the key of its certificate.')
  if (!await verifySignature(leaf.publicKey, algorithm.name, envelope.signature, envelope.signed, 'raw')) throw new SealdexError('signature-invalid', 'The key of its certificate does not verify the signature.')
  return { ...envelope, chain: [leaf, ...others] }
}

interface Signed {
  /** Null where an authority of the policy vouches for somebody else. */
  readonly signer: X509Signer | null
  readonly witness: Witness
}

/** The first signer of the policy that it is; else who it is for an authority of the policy; else what speaks against it. */
async function signerOf(envelope: SelfConsistent, { x509, at, spend }: CheckContext): Promise<Signed> {
  const able = x509.filter((signer) => rootsFor(signer, envelope).length > 0)
  if (envelope.signingAuthority && able.length === 0) throw new SealdexError('no-signing-authority', 'The signature is of a signing authority, and the policy trusts none.')
  let problem: SealdexError | null = null
  let stranger: Signed | null = null
  for (const signer of able) {
    // its path, and a timestamp
    spend(2)
    try {
      const witness = await witnessFor(signer, envelope, at)
      if (signer.subject === null || fitsSubject(envelope.chain[0].subject, signer.subject)) return { signer, witness }
      stranger ??= { signer: null, witness }
    } catch (error) {
      if (!(error instanceof SealdexError)) throw error
      // that a root is another's tells less than what is wrong below one that is the policy's
      if (problem === null || problem.code === 'untrusted-certificate') problem = error
    }
  }
  if (stranger !== null) return stranger
  throw problem ?? new SealdexError('no-trusted-identity', 'The policy names nobody who signs with such a certificate.')
}

function rootsFor(signer: X509Signer, { signingAuthority }: NotationEnvelope): readonly Certificate[] {
  return signingAuthority ? signer.signingAuthorities : signer.roots
}

/** Who signed, and when, by the authorities of one signer. Throws where they do not vouch for it. */
async function witnessFor(signer: X509Signer, envelope: SelfConsistent, at: number): Promise<Witness> {
  const { chain } = envelope
  await checkWholeChain(chain)
  // the authority itself has to be among them, as with notation: another certificate of its name and key is not what was trusted
  const anchors = rootsFor(signer, envelope).filter((root) => chain.some(({ der }) => equalBytes(der, root.der)))
  if (anchors.length === 0) throw new SealdexError('untrusted-certificate', 'The certificate does not lead to an authority that the policy names.')
  const { times, time, timestampAuthority } = await timeOf(signer, envelope, at)
  const request = { leaf: chain[0], intermediates: chain.slice(1), times, purpose: 'notation-signing' } as const
  // what stands above the authority has to be in order as well
  await verifyChain({ ...request, anchors: chain.slice(-1) })
  const { anchor } = await verifyChain({ ...request, anchors })
  const proof = { identity: nameText(chain[0].subject), issuer: nameText(anchor.subject), extensions: new Map<string, string>(), log: null, timestampAuthority }
  return { time, proof, flaw: null }
}

interface ProvenTime {
  /** When every certificate has to be valid. */
  readonly times: readonly number[]
  /** When it was signed, by the word of others. */
  readonly time: number | null
  readonly timestampAuthority: string | null
}

/** A signing authority's time, a timestamp's where the policy wants one, else now: what the signer says of the time proves nothing. */
async function timeOf({ tsa, verifyTimestamp: when }: X509Signer, { signingAuthority, signingTime, signature, timestamp, chain }: SelfConsistent, at: number): Promise<ProvenTime> {
  if (signingAuthority) return { times: [signingTime], time: signingTime, timestampAuthority: null }
  const needed = tsa.length > 0 && (when === 'always' || chain.some(({ notAfter }) => at > notAfter))
  if (!needed) return { times: [at], time: null, timestampAuthority: null }
  if (timestamp === null) throw new SealdexError('no-trusted-time', 'The policy wants a timestamp, and none stands beside the signature.')
  const { time, accuracy, certificate } = await verifyTimestamp(timestamp, signature, tsa.map((root) => ({ chain: [root], validFor: { start: null, end: null } })))
  const spread = accuracy ?? 0
  return { times: [time - spread, time + spread], time: Math.floor(time), timestampAuthority: nameText(certificate.subject) }
}
