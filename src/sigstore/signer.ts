import { equalBytes } from '../base/bytes.ts'
import { SealdexError } from '../base/errors.ts'
import type { Certificate } from '../x509/certificate.ts'
import { foreseeSignatures, verifyChain, type Chain } from '../x509/chain.ts'
import { isWithin } from '../x509/time.ts'
import { matchesIdentity, readIdentity, type IdentityFacts, type IdentityRequirement } from './identity.ts'
import { verifyScts, type VerifiedSct } from './sct.ts'
import type { NamedSigner } from './material.ts'
import type { Authority, TransparencyLog, TrustedRoot } from './trust.ts'

type CertificateSigner = Extract<NamedSigner, { readonly kind: 'certificate' }>

/** A certificate that a trusted authority issued, valid at every time that counts. */
export interface VerifiedCertificate {
  readonly certificate: Certificate
  readonly chain: Chain
  readonly authority: Authority
  readonly identity: IdentityFacts
  /** By the CT logs that vouch for it, one for each. */
  readonly scts: readonly VerifiedSct<TransparencyLog>[]
}

/** The SCTs that verify with each issuer that the certificate may have, under way. */
export type ForeseenScts = ReadonlyMap<Certificate, Promise<readonly VerifiedSct<TransparencyLog>[]>>

/**
 * Begins what needs no time: the signatures on the way from the certificate to a root of the caller's, which cost the most, and its SCTs, where
 * it is one that is accepted. Decides nothing, and no failure of it is told before its turn.
 */
export async function foreseeCertificate({ leaf }: CertificateSigner, { certificateAuthorities, ctLogs }: TrustedRoot, scts: number, identities: readonly IdentityRequirement[] | null): Promise<ForeseenScts> {
  const issuers: Certificate[] = []
  for (const { chain } of certificateAuthorities) {
    const at = chain.findIndex(({ subject }) => equalBytes(subject, leaf.issuer))
    if (at < 0) continue
    await foreseeSignatures([leaf, ...chain.slice(at)])
    issuers.push(...chain.slice(at, at + 1))
  }
  if (scts === 0 || !isAccepted(leaf, identities)) return new Map()
  return new Map(issuers.map((issuer) => {
    const verified = verifyScts(leaf, issuer, ctLogs)
    verified.catch(() => [])
    return [issuer, verified]
  }))
}

function isAccepted(leaf: Certificate, identities: readonly IdentityRequirement[] | null): boolean {
  try {
    if (identities === null) return true
    const identity = readIdentity(leaf)
    return identities.some((wanted) => matchesIdentity(identity, wanted))
  } catch {
    return false
  }
}

/** Checks the certificate's path at all these times, its SCTs, and whose it is. Throws what the path check throws, `no-sct` or `no-trusted-identity`. */
export async function verifyCertificate(
  signer: CertificateSigner, trust: TrustedRoot, times: readonly number[], scts: number, identities: readonly IdentityRequirement[] | null, foreseen: ForeseenScts = new Map(),
): Promise<VerifiedCertificate> {
  const { authority, chain } = await findAuthority(signer, trust, times)
  const identity = readIdentity(signer.leaf)
  if (identities !== null && !identities.some((wanted) => matchesIdentity(identity, wanted))) {
    throw new SealdexError('no-trusted-identity', 'The certificate is of another identity, or by another issuer of identities, than those that are accepted.')
  }
  const vouched = scts === 0 ? [] : await (foreseen.get(chain.issuer) ?? verifyScts(signer.leaf, chain.issuer, trust.ctLogs))
  if (vouched.length < scts) throw new SealdexError('no-sct', `The certificate needs the promise of ${scts} trusted CT log, and has ${vouched.length} that count.`)
  return { certificate: signer.leaf, chain, authority, identity, scts: vouched }
}

/** The path ends at the root that the trusted root has; what came along may only stand between (T36). */
async function findAuthority({ leaf, intermediates }: CertificateSigner, { certificateAuthorities }: TrustedRoot, times: readonly number[]): Promise<{ authority: Authority; chain: Chain }> {
  let problem: SealdexError | null = null
  for (const authority of certificateAuthorities) {
    if (!times.every((time) => isWithin(authority.validFor, time))) continue
    const own = authority.chain.slice(0, -1)
    try {
      return { authority, chain: await verifyChain({ leaf, intermediates: [...own, ...intermediates], anchors: authority.chain.slice(-1), times, purpose: 'code-signing' }) }
    } catch (error) {
      if (!(error instanceof SealdexError)) throw error
      // what is wrong with a path tells more than that there is none
      if (problem === null || problem.code === 'untrusted-certificate') problem = error
    }
  }
  throw problem ?? new SealdexError('untrusted-certificate', 'The certificate does not lead to a certificate authority that the trusted root has for that time.')
}
