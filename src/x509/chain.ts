import { equalBytes } from '../base/bytes.ts'
import type { Code } from '../base/codes.ts'
import { oidHex } from '../base/der.ts'
import { SealdexError } from '../base/errors.ts'
import * as LIMITS from '../base/limits.ts'
import { formatTime } from '../base/time.ts'
import { foreseeSignature, isSignedBy, type Certificate } from './certificate.ts'
import { EXTENSION } from './extensions.ts'

/** What the first certificate is to be good for. `notation-signing` is code signing by the narrower rules of the Notary Project (formats.md 9). */
export type Purpose = 'code-signing' | 'time-stamping' | 'notation-signing'

export interface ChainRequest {
  readonly leaf: Certificate
  /** Certificates that may stand between; nothing is trusted because it is here. */
  readonly intermediates: readonly Certificate[]
  /** What the caller trusts, and the only thing that is trusted (T36). Need not be self-signed. */
  readonly anchors: readonly Certificate[]
  /** Seconds since 1970 at which every certificate of the path has to be valid (T30); at least one. */
  readonly times: readonly number[]
  readonly purpose: Purpose
}

declare const checkedBrand: unique symbol

/** A path that was checked. Made only in this file. */
export interface Chain {
  /** Leaf first, anchor last; only one where the leaf itself is an anchor. */
  readonly certificates: readonly [Certificate, ...Certificate[]]
  readonly anchor: Certificate
  /** Whose key verified the leaf; the leaf itself where it is the anchor. */
  readonly issuer: Certificate
  readonly [checkedBrand]: true
}

type Path = Chain['certificates']

const CODE_SIGNING = oidHex('1.3.6.1.5.5.7.3.3')
const USAGES: { readonly [Name in Purpose]: string } = { 'code-signing': CODE_SIGNING, 'time-stamping': oidHex('1.3.6.1.5.5.7.3.8'), 'notation-signing': CODE_SIGNING }
/** What a certificate that signs for notation must not be good for as well: any use, servers, clients, mail, timestamps, OCSP. */
const NOT_BESIDE_SIGNING: ReadonlySet<string> = new Set(['2.5.29.37.0', ...[1, 2, 4, 8, 9].map((use) => `1.3.6.1.5.5.7.3.${use}`)].map(oidHex))
const ANY_USAGE = oidHex('2.5.29.37.0')
/** Extensions whose meaning is checked here, or (the names) by whoever asks for the chain. */
const UNDERSTOOD: ReadonlySet<string> = new Set([EXTENSION.basicConstraints, EXTENSION.keyUsage, EXTENSION.extendedKeyUsage, EXTENSION.subjectAltName])

/** Why a certificate cannot stand where it would in a path. */
type Problem = readonly [Code, string]

/**
 * Finds a path from the leaf to an anchor, as Sigstore's clients do: each issuer by its name and its key, an authority by its basic constraints and
 * key usage, within its path length, its extended key usage (where it has one) the purpose; every certificate valid at every time; no critical extension
 * that is not understood, and no name constraints. Throws `untrusted-certificate`, `certificate-expired` or `certificate-misused`.
 */
export async function verifyChain(request: ChainRequest): Promise<Chain> {
  const { leaf, intermediates, times } = request
  if (times.length === 0) refuse(['certificate-expired', 'No time is proven at which the certificate would have to be valid.'])
  if (intermediates.length > LIMITS.pathCertificates) refuse(['untrusted-certificate', `More than ${LIMITS.pathCertificates} certificates came along.`])
  const problem = anyProblem(leaf, times) ?? leafProblem(request)
  if (problem !== null) refuse(problem)
  return new Search(request).run()
}

function refuse([code, why]: Problem): never {
  throw new SealdexError(code, why)
}

class Search {
  readonly #request: ChainRequest
  /** The first thing that spoke against a path whose names fit; the most telling one to report. */
  #problem: Problem | null = null
  #steps = 0

  constructor(request: ChainRequest) {
    this.#request = request
  }

  async run(): Promise<Chain> {
    const certificates = await this.#extend([this.#request.leaf])
    if (certificates === null) refuse(this.#problem ?? ['untrusted-certificate', 'The certificate does not lead to an authority that is trusted.'])
    const [leaf, issuer = leaf] = certificates
    return { certificates, issuer, anchor: certificates.at(-1) ?? leaf } as Chain
  }

  async #extend(path: Path): Promise<Path | null> {
    const last = path.at(-1) ?? path[0]
    const { anchors, intermediates } = this.#request
    if (anchors.some((anchor) => equalBytes(anchor.der, last.der))) return path
    if (path.length >= LIMITS.pathCertificates) return null
    for (const issuer of [...anchors, ...intermediates]) {
      if (!equalBytes(issuer.subject, last.issuer) || path.some(({ der }) => equalBytes(der, issuer.der))) continue
      const whole = await this.#isIssuer(issuer, last, path.length - 1) ? await this.#extend([...path, issuer]) : null
      if (whole !== null) return whole
    }
    return null
  }

  /** `below` counts the authorities between it and the leaf. */
  async #isIssuer(issuer: Certificate, certificate: Certificate, below: number): Promise<boolean> {
    if (++this.#steps > LIMITS.pathSteps) refuse(['untrusted-certificate', `More than ${LIMITS.pathSteps} certificates have the name of an issuer.`])
    const problem = anyProblem(issuer, this.#request.times) ?? authorityProblem(issuer, below, this.#request.purpose)
    if (problem !== null) {
      this.#problem ??= problem
      return false
    }
    return isSignedBy(certificate, issuer)
  }
}

/**
 * Begins the signatures of certificates of which each was issued by the next, and resolves once all are under way; `isSignedBy` remembers, so that the path
 * check finds them done or begun. Decides nothing.
 */
export async function foreseeSignatures(certificates: readonly Certificate[]): Promise<void> {
  for (const [at, certificate] of certificates.entries()) {
    const issuer = certificates[at + 1]
    if (issuer !== undefined && equalBytes(issuer.subject, certificate.issuer)) await foreseeSignature(certificate, issuer)
  }
}

/**
 * Refuses a list that is not a whole chain in its order: each certificate issued by the next one, by name and key, the last by itself and no other
 * by itself, as the Notary Project demands. Nothing is trusted by it. Throws `untrusted-certificate`.
 */
export async function checkWholeChain(certificates: readonly Certificate[]): Promise<void> {
  for (const [i, certificate] of certificates.entries()) {
    const isLast = i === certificates.length - 1
    const issuer = isLast ? certificate : certificates[i + 1]
    const issued = issuer !== undefined && equalBytes(issuer.subject, certificate.issuer) && await isSignedBy(certificate, issuer)
    const isRoot = isLast || (equalBytes(certificate.subject, certificate.issuer) && await isSignedBy(certificate, certificate))
    if (!issued || isRoot !== isLast) refuse(['untrusted-certificate', 'The certificates are no whole chain, each issued by the next and the last by itself.'])
  }
}

/** What every certificate of a path has to fulfil, the anchor included. */
function anyProblem(certificate: Certificate, times: readonly number[]): Problem | null {
  const { notBefore, notAfter, extensions } = certificate
  const outside = times.find((time) => !(time >= notBefore && time <= notAfter))
  if (outside !== undefined) {
    return ['certificate-expired', `A certificate of the path is valid from ${formatTime(notBefore)} to ${formatTime(notAfter)}, and a time that counts is ${timeText(outside)}.`]
  }
  const unread = [...extensions].find(([oid, { critical }]) => critical && !UNDERSTOOD.has(oid))
  if (unread !== undefined) return ['certificate-misused', `A certificate of the path has a critical extension that is not read (${unread[0]}).`]
  return null
}

/** A signed time can still be past what a date can say. */
function timeText(seconds: number): string {
  return Math.abs(seconds) < 1e11 ? formatTime(seconds) : 'far from any'
}

function leafProblem({ leaf, purpose }: ChainRequest): Problem | null {
  const { basicConstraints, keyUsage, extendedKeyUsage, extensions } = leaf
  if (basicConstraints?.isAuthority === true) return ['certificate-misused', 'The certificate that signed is one of an authority.']
  if (keyUsage !== null && !keyUsage.has('digitalSignature')) return ['certificate-misused', 'The key usage of the certificate does not allow signatures.']
  if (purpose === 'notation-signing') return notationLeafProblem(leaf)
  if (extendedKeyUsage?.includes(USAGES[purpose]) !== true) return ['certificate-misused', `The extended key usage of the certificate is not ${purpose}.`]
  // RFC 3161, section 2.3: this usage alone, and critical
  const alone = extendedKeyUsage.length === 1 && extensions.get(EXTENSION.extendedKeyUsage)?.critical === true
  if (purpose === 'time-stamping' && !alone) return ['certificate-misused', 'The extended key usage of the timestamp authority is not critical, or not time-stamping alone.']
  return null
}

/** The Notary Project's signature specification, certificate requirements: key usage there, critical and for signatures alone; code signing where an extended one is there. */
function notationLeafProblem({ keyUsage, extendedKeyUsage, extensions }: Certificate): Problem | null {
  if (!hasCriticalKeyUsage(extensions)) return ['certificate-misused', 'The certificate that signed has no critical key usage.']
  if ([...(keyUsage ?? [])].some((usage) => usage !== 'digitalSignature' && usage !== 'contentCommitment')) return ['certificate-misused', 'The key usage of the certificate allows more than signatures.']
  const fits = extendedKeyUsage === null || (extendedKeyUsage.includes(CODE_SIGNING) && !extendedKeyUsage.some((usage) => NOT_BESIDE_SIGNING.has(usage)))
  return fits ? null : ['certificate-misused', 'The extended key usage of the certificate is not code signing alone.']
}

function hasCriticalKeyUsage(extensions: Certificate['extensions']): boolean {
  return extensions.get(EXTENSION.keyUsage)?.critical === true
}

function authorityProblem({ basicConstraints, keyUsage, extendedKeyUsage, extensions }: Certificate, below: number, purpose: Purpose): Problem | null {
  const usage = USAGES[purpose]
  if (basicConstraints?.isAuthority !== true) return ['certificate-misused', 'A certificate was issued by one that is no authority.']
  if (keyUsage !== null && !keyUsage.has('keyCertSign')) return ['certificate-misused', 'The key usage of an issuer does not allow it to issue certificates.']
  if (purpose === 'notation-signing' && !hasCriticalKeyUsage(extensions)) return ['certificate-misused', 'An issuer has no critical key usage.']
  if (basicConstraints.pathLength !== null && below > basicConstraints.pathLength) return ['certificate-misused', 'The path is longer than one of its authorities allows.']
  if (extendedKeyUsage !== null && !extendedKeyUsage.includes(usage) && !extendedKeyUsage.includes(ANY_USAGE)) return ['certificate-misused', 'An issuer may not issue certificates for this purpose.']
  // also where it is not critical: to pass over it would allow names that the issuer of the authority did not
  if (extensions.has(EXTENSION.nameConstraints)) return ['certificate-misused', 'An issuer restricts names, which is not read.']
  return null
}
