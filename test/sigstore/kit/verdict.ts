import { hexEncode, utf8Encode } from '../../../src/base/bytes.ts'
import { SealdexError } from '../../../src/base/errors.ts'
import { publicKeyFromSpki } from '../../../src/crypto/public-key.ts'
import type { IdentityRequirement } from '../../../src/sigstore/identity.ts'
import type { Thresholds } from '../../../src/sigstore/requirements.ts'
import { loadTrustedRoot } from '../../../src/sigstore/trusted-root.ts'
import type { TrustedRoot } from '../../../src/sigstore/trust.ts'
import { verifyBundle, type BundleResult } from '../../../src/sigstore/verify-bundle.ts'
import type { Bytes } from './der.ts'
import type { JsonFields } from './json.ts'
import { hashOf, type SigningKey } from './keys.ts'
import { DAY, NOW } from './window.ts'

/** Asks the verifier under test about a bundle of the kit's. */
export interface Question {
  /** The bundle as it is given, parsed or not. */
  readonly bundle: string | JsonFields
  readonly artifact: Bytes
  readonly trust: JsonFields
  /** The caller's key; else a certificate by these identities. */
  readonly key?: SigningKey | null
  readonly identities?: readonly IdentityRequirement[]
  readonly thresholds?: Partial<Thresholds>
  readonly at?: number
  readonly strict?: boolean
}

export interface Verdict {
  /** Null for a bundle that is accepted. */
  readonly code: string | null
  readonly message: string
  /** All that the verifier says of an accepted one: what is not there, it does not say. */
  readonly says: ReadonlySet<string>
  /** Codes of what came along and counted for nothing. */
  readonly notes: readonly string[]
}

const roots = new WeakMap<JsonFields, Promise<TrustedRoot>>()

function trustedRoot(json: JsonFields): Promise<TrustedRoot> {
  const root = roots.get(json) ?? loadTrustedRoot(JSON.stringify(json))
  roots.set(json, root)
  return root
}

/** Anything but a SealdexError is a fault of the verifier, and is thrown. */
export async function verdictOn({ bundle, artifact, trust, key, identities, thresholds, at = NOW + DAY, strict }: Question): Promise<Verdict> {
  const root = await trustedRoot(trust)
  try {
    const result = await verifyBundle(utf8Encode(typeof bundle === 'string' ? bundle : JSON.stringify(bundle)), artifact, root, {
      at: new Date(at * 1000),
      ...(key === null || key === undefined ? {} : { key: publicKeyFromSpki(key.spki) }),
      ...(identities === undefined ? {} : { identities }), ...(thresholds === undefined ? {} : { thresholds }), ...(strict === undefined ? {} : { strict }),
    })
    return { code: null, message: '', says: new Set(sayings(result)), notes: result.notes.map(({ code }) => code) }
  } catch (error) {
    if (error instanceof SealdexError) return { code: error.code, message: error.message, says: new Set(), notes: [] }
    throw error
  }
}

function sayings({ signer, statement, entries, timestamps, times }: BundleResult): readonly string[] {
  return [
    ...(signer.kind === 'key' ? [`key ${signer.key.keyId}`] : [
      `certificate ${digest(signer.certificate.tbs)}`, `issued by ${signer.chain.certificates.map(({ tbs }) => digest(tbs)).join(' ')}`, `authority ${signer.authority.uri}`,
      `${signer.identity.kind} ${signer.identity.identity}`, `issuer ${signer.identity.issuer}`, ...[...signer.identity.extensions].map((pair) => pair.join(' ')),
      ...signer.scts.map(({ log, time }) => `SCT ${log.key.keyId} ${time}`),
    ]),
    // the empty predicate and an absent one are told apart, too
    ...(statement === null ? ['a message'] : [`statement ${JSON.stringify(statement, plain)}`]),
    ...entries.flatMap(({ log, logIndex, time }) => [
      `entry in ${log.baseUrl}`, ...(logIndex === null ? [] : [`entry ${log.baseUrl} ${logIndex}`]), ...(time === null ? [] : [`entry ${log.baseUrl} ${logIndex} at ${time}`]),
    ]),
    ...timestamps.map(({ authority, time, accuracy, certificate }) => `timestamp ${authority.uri} ${time} ${accuracy} ${digest(certificate.tbs)}`),
    ...times.map(({ by, source, time }) => `time ${by} ${source} ${time}`),
  ]
}

function digest(bytes: Uint8Array): string {
  return hexEncode(hashOf('SHA-256', bytes)).slice(0, 16)
}

function plain(_: string, value: unknown): unknown {
  return value instanceof Map ? [...value] : value
}
