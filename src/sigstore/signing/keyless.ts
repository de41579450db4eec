import { SealdexError } from '../../base/errors.ts'
import { sha256Now } from '../../crypto/digest.ts'
import { ephemeralSigner, type Signer } from '../../crypto/private-key.ts'
import type { PublicKey } from '../../crypto/public-key.ts'
import { preAuthEncoding } from '../../envelope/dsse.ts'
import type { Certificate } from '../../x509/certificate.ts'
import type { IdentityFacts } from '../identity.ts'
import type { LogEntry, SignedContent, SignedMaterial } from '../material.ts'
import type { Thresholds } from '../requirements.ts'
import type { TrustedRoot } from '../trust.ts'
import { verifyMaterial } from '../verify-material.ts'
import { requestCertificate } from './fulcio.ts'
import { readIdentityToken } from './identity-token.ts'
import { logInV1 } from './rekor-v1.ts'
import { logInV2 } from './rekor-v2.ts'
import type { AskService } from './service.ts'
import { chooseServices, type ChosenServices, type SigningConfig } from './signing-config.ts'
import { requestTimestamp } from './timestamp.ts'
import type { ToLog } from './to-log.ts'

export interface KeylessOptions {
  /** An OIDC token (JWT). It goes to Fulcio and nowhere else. */
  readonly identityToken: string
  readonly signingConfig: SigningConfig
  /** What the services' answers are checked by before anybody sees them. */
  readonly trustedRoot: TrustedRoot
  /** Carries the questions: {@link signingServices}. */
  readonly services: AskService
  /** When the signing begins: seconds since 1970. */
  readonly at: number
}

/** A signature with its certificate, log entries and timestamps, all verified. */
export interface KeylessSignature {
  readonly material: SignedMaterial
  readonly publicKey: PublicKey
}

/** Signs without a key of one's own: with one that lives as long as this object, in memory, and a certificate that says whose it is. For one run: the certificate lives for minutes. */
export interface KeylessSigner {
  readonly kind: 'keyless'
  readonly trustedRoot: TrustedRoot
  /** What every signature of it meets. */
  readonly thresholds: Thresholds
  /** Whether a verified certificate is of the identity that this signs as. */
  isOwn(identity: IdentityFacts): boolean
  signMessage(message: Uint8Array<ArrayBuffer>): Promise<KeylessSignature>
  signEnvelope(payloadType: string, payload: Uint8Array<ArrayBuffer>): Promise<KeylessSignature>
}

interface Holder {
  readonly signer: Signer
  readonly certificate: Certificate
}

/**
 * A signer for the identity of a token. Nothing is asked of anybody before the first signature. Throws `bad-token`, `bad-signing-config`; signing throws `service-error`, why a service could not be asked, or what is wrong
 * with its answer: whatever a service says is verified by the trusted root before the signature is handed out.
 */
export function keylessSigner({ identityToken, signingConfig, trustedRoot, services: ask, at }: KeylessOptions): KeylessSigner {
  const token = readIdentityToken(identityToken, at)
  const services = chooseServices(signingConfig, at)
  const { logs, timestampAuthorities } = services
  // a deployment without a CT log has none in its root
  const thresholds: Thresholds = { logs: logs.length, times: 1, authorities: timestampAuthorities.length, scts: Math.min(1, trustedRoot.ctLogs.length) }
  let holder: Promise<Holder> | null = null
  const hold = async (): Promise<Holder> => {
    const signer = await ephemeralSigner()
    return { signer, certificate: await checked(() => requestCertificate(ask, services.fulcio.url, token, signer, trustedRoot, thresholds.scts)) }
  }
  const sign = async (content: SignedContent, message: Uint8Array<ArrayBuffer>): Promise<KeylessSignature> => {
    const { signer, certificate } = await (holder ??= hold())
    const signature = await signer.sign(message)
    const envelope = content.kind === 'dsse' ? content : null
    const witnesses = await collect(ask, services, { signature, certificate, digest: sha256Now(message), envelope })
    const material: SignedMaterial = { signature, content, signer: { kind: 'certificate', leaf: certificate, intermediates: [] }, ...witnesses }
    await checked(() => verifyMaterial(material, envelope === null ? message : null, trustedRoot, { at, thresholds, strict: true }))
    return { material, publicKey: signer.publicKey }
  }
  return {
    kind: 'keyless', trustedRoot, thresholds,
    isOwn: (identity) => token.isAbout(identity),
    signMessage: (message) => sign({ kind: 'message', claimed: { hash: 'SHA-256', value: sha256Now(message) } }, message),
    signEnvelope: (payloadType, payload) => {
      const signed = preAuthEncoding(payloadType, payload)
      return sign({ kind: 'dsse', payloadType, payload, signed }, signed)
    },
  }
}

/** All services that were chosen, at once. */
async function collect(ask: AskService, { logs, timestampAuthorities }: ChosenServices, entry: ToLog): Promise<Pick<SignedMaterial, 'entries' | 'timestamps'>> {
  const [entries, timestamps] = await Promise.all([
    Promise.all(logs.map(({ url, version }): Promise<LogEntry> => version === 1 ? logInV1(ask, url, entry) : logInV2(ask, url, entry))),
    Promise.all(timestampAuthorities.map(({ url }) => requestTimestamp(ask, url, entry.signature))),
  ])
  return { entries, timestamps }
}

/** Says of what does not hold whose word it was. */
async function checked<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (!(cause instanceof SealdexError) || cause.code === 'service-error' || REACH.has(cause.code)) throw cause
    throw new SealdexError(cause.code, `What the signing services answered does not hold by the trusted root, so it is not used. ${cause.message}`, { cause })
  }
}

const REACH: ReadonlySet<string> = new Set(['unreachable', 'timeout', 'request-budget', 'rate-limited', 'forbidden-address', 'too-large', 'evidence-too-large'])
