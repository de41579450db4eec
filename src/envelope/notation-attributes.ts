import { SealdexError } from '../base/errors.ts'
import * as LIMITS from '../base/limits.ts'
import { quoted } from '../base/quoted.ts'
import type { AlgorithmName, KeyType } from '../crypto/algorithms.ts'
import type { PublicKey } from '../crypto/public-key.ts'
import { NOTATION_PAYLOAD_TYPE } from './notation-payload.ts'

/** How notation names the ways to sign: JOSE's names, COSE's numbers (RFC 9053), and the one key that each goes with. */
export interface NotationAlgorithm {
  readonly jose: string
  readonly cose: number
  readonly name: AlgorithmName
  readonly keyType: KeyType
  /** Bytes of the signature, r‖s for ECDSA. */
  readonly signatureBytes: number
}

const ALGORITHMS: readonly NotationAlgorithm[] = [
  { jose: 'PS256', cose: -37, name: 'rsa-pss-sha256', keyType: 'rsa', signatureBytes: 256 },
  { jose: 'PS384', cose: -38, name: 'rsa-pss-sha384', keyType: 'rsa', signatureBytes: 384 },
  { jose: 'PS512', cose: -39, name: 'rsa-pss-sha512', keyType: 'rsa', signatureBytes: 512 },
  { jose: 'ES256', cose: -7, name: 'ecdsa-p256-sha256', keyType: 'ec-p256', signatureBytes: 64 },
  { jose: 'ES384', cose: -35, name: 'ecdsa-p384-sha384', keyType: 'ec-p384', signatureBytes: 96 },
  { jose: 'ES512', cose: -36, name: 'ecdsa-p521-sha512', keyType: 'ec-p521', signatureBytes: 132 },
]

/** The one algorithm that a leaf's key may sign with; null for a key that notation does not use. What an envelope says must be this (T46). */
export function notationAlgorithm(key: PublicKey): NotationAlgorithm | null {
  return ALGORITHMS.find(({ keyType, signatureBytes }) => keyType === key.type && signatureBytes === key.signatureBytes) ?? null
}

/** By the name or number in a header; `none`, HS256 and all others are refused (T46). Throws `malformed-signature`. */
export function namedAlgorithm(header: unknown): NotationAlgorithm {
  return ALGORITHMS.find(({ jose, cose }) => header === jose || header === cose) ?? refuseEnvelope('its algorithm is none of PS256, PS384, PS512, ES256, ES384 and ES512')
}

/** What the signer signed besides the payload. */
export interface SignedAttributes {
  readonly algorithm: NotationAlgorithm
  /** `notary.x509.signingAuthority`: a service vouches for the time; else it is the signer's word. */
  readonly signingAuthority: boolean
  /** Seconds since 1970. */
  readonly signingTime: number
  readonly expiry: number | null
}

/** An envelope as it was read; nothing of it is proved. */
export interface NotationEnvelope extends SignedAttributes {
  readonly payload: Uint8Array<ArrayBuffer>
  /** The bytes that the signature covers. */
  readonly signed: Uint8Array<ArrayBuffer>
  readonly signature: Uint8Array<ArrayBuffer>
  /** DER, the leaf first. */
  readonly certificates: readonly Uint8Array<ArrayBuffer>[]
  /** RFC 3161 token over the signature's bytes. */
  readonly timestamp: Uint8Array<ArrayBuffer> | null
}

/** Throws `malformed-signature`. */
export function refuseEnvelope(why: string, options?: ErrorOptions): never {
  throw new SealdexError('malformed-signature', `The notation signature is not accepted: ${why}.`, options)
}

/** A protected header, in the one form of both envelopes. */
export interface ProtectedHeader {
  readonly algorithm: unknown
  readonly contentType: unknown
  readonly critical: readonly unknown[]
  readonly has: (name: string) => boolean
  readonly text: (name: string) => string
  /** Seconds since 1970. */
  readonly time: (name: string) => number
}

/** Names of signed attributes. */
export const ATTRIBUTE = {
  scheme: 'io.cncf.notary.signingScheme', signingTime: 'io.cncf.notary.signingTime', authenticTime: 'io.cncf.notary.authenticSigningTime', expiry: 'io.cncf.notary.expiry',
  plugin: 'io.cncf.notary.verificationPlugin', pluginVersion: 'io.cncf.notary.verificationPluginMinVersion',
} as const

/** Beside what is signed: a timestamp, and which program made it. */
export const UNSIGNED_TIMESTAMP = 'io.cncf.notary.timestampSignature'
export const SIGNING_AGENT = 'io.cncf.notary.signingAgent'

/** The scheme in which a certificate's own holder signs. */
export const X509_SCHEME = 'notary.x509'

const UNDERSTOOD: ReadonlySet<unknown> = new Set([ATTRIBUTE.scheme, ATTRIBUTE.signingTime, ATTRIBUTE.authenticTime, ATTRIBUTE.expiry])

/**
 * Reads what is signed (the Notary Project's signature specification, signed attributes). Throws `malformed-signature`, `critical-unknown`,
 * `plugin-needed` or, for a scheme or payload of another kind, `form-unsupported`.
 */
export function readAttributes(header: ProtectedHeader): SignedAttributes {
  checkCritical(header)
  if (header.contentType !== NOTATION_PAYLOAD_TYPE) throw new SealdexError('form-unsupported', 'The notation signature is about a payload of another type.')
  const algorithm = namedAlgorithm(header.algorithm)
  const signingAuthority = isSigningAuthority(header.text(ATTRIBUTE.scheme))
  const [own, other] = signingAuthority ? [ATTRIBUTE.authenticTime, ATTRIBUTE.signingTime] : [ATTRIBUTE.signingTime, ATTRIBUTE.authenticTime]
  if (!header.has(own) || header.has(other)) refuseEnvelope('it does not say exactly when it was made')
  const demanded = [ATTRIBUTE.scheme, ...(signingAuthority ? [ATTRIBUTE.authenticTime] : []), ...(header.has(ATTRIBUTE.expiry) ? [ATTRIBUTE.expiry] : [])]
  const lax = demanded.find((name) => !header.critical.includes(name))
  if (lax !== undefined) refuseEnvelope(`${lax} is not marked as critical`)
  const signingTime = header.time(own)
  const expiry = header.has(ATTRIBUTE.expiry) ? header.time(ATTRIBUTE.expiry) : null
  if (expiry !== null && expiry <= signingTime) refuseEnvelope('it expires before it was made')
  return { algorithm, signingAuthority, signingTime, expiry }
}

function isSigningAuthority(scheme: string): boolean {
  if (scheme === 'notary.x509.signingAuthority') return true
  if (scheme !== X509_SCHEME) throw new SealdexError('form-unsupported', `The notation signature is of the scheme ${quoted(scheme)}, which is not read.`)
  return false
}

/** Each critical attribute once, there, and understood; whoever does not know one must not accept the signature (T46). */
function checkCritical({ critical, has }: ProtectedHeader): void {
  if (critical.length === 0 || new Set(critical).size !== critical.length) refuseEnvelope('its list of critical attributes is empty or names one twice')
  if (has(ATTRIBUTE.plugin) || has(ATTRIBUTE.pluginVersion)) throw new SealdexError('plugin-needed', 'The notation signature demands a verification plugin, and none is run here.')
  for (const name of critical) {
    if (typeof name === 'string' && !has(name)) refuseEnvelope(`${quoted(name)} is marked as critical and not there`)
    if (!UNDERSTOOD.has(name)) throw new SealdexError('critical-unknown', `The notation signature marks ${quoted(String(name))} as critical, which is not read.`)
  }
}

/** Certificates come along with each envelope, the leaf first. */
export function checkCertificateCount(count: number): void {
  if (count === 0 || count > LIMITS.pathCertificates) refuseEnvelope(`${count} certificates come along; from 1 to ${LIMITS.pathCertificates} are read`)
}

/** Registries and layouts may hand over any size. */
export function checkSize(bytes: Uint8Array): void {
  if (bytes.length > LIMITS.blobBytes) refuseEnvelope(`it is larger than ${LIMITS.blobBytes} bytes`)
}
