import { base64Encode, hexDecode, utf8Encode } from '../base/bytes.ts'
import { stringifyJson, type JsonObject, type JsonValue } from '../base/json.ts'
import { formatTime } from '../base/time.ts'
import { digestOf, hexOf, type Digest } from '../crypto/digest.ts'
import { parseSimpleSigning, writeSimpleSigning } from '../envelope/simple-signing.ts'
import * as ANNOTATION from '../oci/annotations.ts'
import { FACT } from '../oci/signed-facts.ts'
import { parsePlatformName, platformName, samePlatform, type Platform } from '../oci/platform.ts'
import type { Reference } from '../oci/reference.ts'
import { annotationTexts } from '../sigstore/signing/write-material.ts'
import type { EntrySigner } from './entry-signer.ts'

/** What a signature is to say (W5), the digest apart. */
export interface Facts {
  readonly reference: Reference
  /** Into the payload's `optional`, beside ours. */
  readonly annotations: ReadonlyMap<string, string>
  /** Seconds since 1970. */
  readonly signedAt: number
  readonly expiresAt: number | null
  /** What it vouches for: an object by itself where it says nothing, or that an index lists all that is attached (R8). */
  readonly role?: 'list'
}

/** A signature as it stands in an index (W1): annotations of its subject's descriptor, named after its content. */
export interface SignatureEntry {
  /** `.` and 16 hex. */
  readonly suffix: string
  readonly annotations: ReadonlyMap<string, string>
}

/** The bytes to be signed: cosign's payload, with the facts of W5 in `optional`. */
export function payloadFor(digest: Digest, platform: Platform | null, facts: Facts): Uint8Array<ArrayBuffer> {
  const { repository } = facts.reference
  // cosign's library writes Docker Hub's old name, and compares it
  const dockerReference = repository.registry === 'docker.io' ? `index.docker.io/${repository.path}` : repository.name
  return writeSimpleSigning(digest, dockerReference, optionalFacts(platform, facts))
}

/** The facts of W5 and the caller's annotations, beside the digest. */
export function optionalFacts(platform: Platform | null, facts: Facts): ReadonlyMap<string, JsonValue> {
  const { repository, tag } = facts.reference
  const optional: Map<string, JsonValue> = new Map(facts.annotations)
  optional.set(FACT.repository, repository.name)
  if (tag !== null) optional.set(FACT.tag, tag)
  if (platform !== null && isPlainPlatform(platform)) optional.set(FACT.platform, platformName(platform))
  optional.set(FACT.signedAt, formatTime(facts.signedAt))
  if (facts.role !== undefined) optional.set(FACT.role, facts.role)
  if (facts.expiresAt !== null) optional.set(FACT.expiresAt, formatTime(facts.expiresAt))
  return optional
}

/** Whether readers take the platform's name back for the same platform; one in odd spelling is not signed as a fact. */
function isPlainPlatform(platform: Platform): boolean {
  try {
    return samePlatform(parsePlatformName(platformName(platform)), { ...platform, osVersion: null })
  } catch {
    return false
  }
}

/** Signed once, with certificate, log entries and timestamps beside it where the signer has them. */
export async function signEntry(signer: EntrySigner, payload: Uint8Array<ArrayBuffer>): Promise<SignatureEntry> {
  const { material, publicKey } = await signer.sign(payload)
  const text = base64Encode(material.signature)
  const { certificate, bundle, timestamp } = annotationTexts(material)
  const suffix = `.${hexOf(await digestOf(utf8Encode(text))).slice(0, 16)}`
  return {
    suffix,
    annotations: new Map([
      [`${ANNOTATION.signature}${suffix}`, text],
      [`${ANNOTATION.payload}${suffix}`, base64Encode(payload)],
      [`${ANNOTATION.key}${suffix}`, base64Encode(hexDecode(publicKey.keyId))],
      ...([[ANNOTATION.certificate, certificate], [ANNOTATION.bundle, bundle], [ANNOTATION.timestamp, timestamp]] as const)
        .flatMap(([name, value]) => value === null ? [] : [[`${name}${suffix}`, value] as const]),
    ]),
  }
}

/** A payload without its times: equal for two that state the same facts, whatever the order of the annotations. Null for what is no payload. */
export function factsText(payload: Uint8Array): string | null {
  try {
    const { digest, dockerReference, optional } = parseSimpleSigning(payload)
    const lasting: JsonObject = new Map([...optional].filter(([name]) => name !== FACT.signedAt && name !== FACT.expiresAt).sort(([a], [b]) => (a < b ? -1 : 1)))
    return stringifyJson([digest, dockerReference, lasting])
  } catch {
    return null
  }
}

/** `expiresAt` of a payload that was read before, as text. */
export function expiryOf(payload: Uint8Array): string | null {
  const expiry = parseSimpleSigning(payload).optional.get(FACT.expiresAt)
  return typeof expiry === 'string' ? expiry : null
}
