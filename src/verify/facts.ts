import { SealdexError } from '../base/errors.ts'
import { parseJson, JsonNumber, type JsonObject, type JsonValue } from '../base/json.ts'
import { parseTime } from '../base/time.ts'
import { isDigest, type Digest } from '../crypto/digest.ts'
import type { SignedAttributes } from '../envelope/notation-attributes.ts'
import type { NotationPayload } from '../envelope/notation-payload.ts'
import { parseSimpleSigning } from '../envelope/simple-signing.ts'
import type { Statement, StatementSubject } from '../envelope/statement.ts'
import type { Beside } from '../form/found.ts'
import { FACT } from '../oci/signed-facts.ts'
import { parseDescriptor } from '../oci/descriptor.ts'
import { parsePlatformName, platformName, samePlatform, type Platform } from '../oci/platform.ts'
import { parseReference } from '../oci/reference.ts'

/** What a signature's verified bytes say (W5, R4). Nothing else is ever reported as signed (T18). */
export interface SignedFacts {
  readonly digest: Digest
  readonly mediaType: string | null
  readonly size: number | null
  readonly platform: string | null
  /** Canonical; from `dev.sealdex/repository`, else from cosign's docker-reference. */
  readonly repository: string | null
  readonly tag: string | null
  /** Seconds since 1970. */
  readonly signedAt: number | null
  readonly expiresAt: number | null
  readonly role: 'image' | 'list'
  readonly annotations: ReadonlyMap<string, JsonValue>
}

const FACT_KEYS: ReadonlySet<string> = new Set(Object.values(FACT))

/** Reads a verified cosign payload; throws `malformed` where a fact is not what W5 says it is. */
export function factsOfSimpleSigning(bytes: Uint8Array): SignedFacts {
  const { digest, optional, dockerReference } = parseSimpleSigning(bytes)
  return factsFrom(digest, optional, dockerReference)
}

/** The signer's own additions, of which those of W5 are facts. `name`: what else the signed bytes call the repository. */
function factsFrom(digest: Digest, optional: JsonObject, name: string | null): SignedFacts {
  const role = text(optional, FACT.role) ?? 'image'
  if (role !== 'image' && role !== 'list') throw new SealdexError('malformed', 'dev.sealdex/role in the payload is neither image nor list.')
  const repository = text(optional, FACT.repository) ?? name
  return {
    digest,
    mediaType: null,
    size: null,
    platform: text(optional, FACT.platform),
    repository: repository === null ? null : repositoryOf(repository),
    tag: text(optional, FACT.tag),
    signedAt: time(optional, FACT.signedAt),
    expiresAt: time(optional, FACT.expiresAt),
    role,
    annotations: new Map([...optional].filter(([key]) => !FACT_KEYS.has(key))),
  }
}

/**
 * Reads a verified in-toto statement, as far as it speaks about `wanted`: that subject, else the first whose digest is read, so that a statement
 * about something else is told as such. The facts stand in the subject's annotations (W5).
 */
export function factsOfStatement({ subjects }: Statement, wanted: Digest): SignedFacts {
  const named = subjects.flatMap((subject) => digestsOf(subject).map((digest) => ({ digest, subject })))
  const about = named.find(({ digest }) => digest === wanted) ?? named[0]
  if (about === undefined) throw new SealdexError('malformed', 'The statement names no subject by a sha256 or sha512 digest.')
  const { annotations } = about.subject
  if (annotations !== null && !(annotations instanceof Map)) throw new SealdexError('malformed', 'The annotations of the statement\'s subject are no object.')
  return factsFrom(about.digest, (annotations ?? new Map()) as JsonObject, about.subject.name)
}

/** The digests of a subject that are read. */
export function digestsOf({ digest }: StatementSubject): Digest[] {
  return ['sha256', 'sha512'].map((name) => `${name}:${digest.get(name) ?? ''}`).filter(isDigest)
}

/** Of a verified notation payload. What notation itself signs, the times and what the descriptor says, goes before the signer's own additions. */
export function factsOfNotation({ mediaType, digest, size, annotations }: NotationPayload, { signingTime, expiry }: Pick<SignedAttributes, 'signingTime' | 'expiry'>): SignedFacts {
  const facts = factsFrom(digest, annotations, null)
  const expiries = [expiry, facts.expiresAt].filter((time) => time !== null)
  return { ...facts, mediaType, size, signedAt: signingTime, expiresAt: expiries.length === 0 ? null : Math.min(...expiries) }
}

/** Reads a verified descriptor of the SSH form. */
export function factsOfDescriptor(bytes: Uint8Array): SignedFacts {
  const descriptor = parseDescriptor(parseJson(bytes), 'descriptor')
  return {
    digest: descriptor.digest,
    mediaType: descriptor.mediaType,
    size: descriptor.size,
    platform: descriptor.platform === null ? null : platformName(descriptor.platform),
    repository: null,
    tag: null,
    signedAt: null,
    expiresAt: null,
    role: 'image',
    annotations: descriptor.annotations,
  }
}

/** Whether everything that is signed is true of what the signature stands beside; annotations of an SSH descriptor are signed fields too (R4). */
export function factsFit(facts: SignedFacts, beside: Beside, annotationsAreFields: boolean): boolean {
  if (facts.mediaType !== null && beside.mediaType !== null && facts.mediaType !== beside.mediaType) return false
  if (facts.size !== null && beside.size !== null && facts.size !== beside.size) return false
  if (beside.platform !== null && !platformFits(facts, beside.platform)) return false
  if (!annotationsAreFields || beside.annotations === null) return true
  return [...facts.annotations].every(([name, value]) => beside.annotations?.get(name) === value)
}

/** Whether a signed platform, if there is one, is this: os, architecture and variant. */
export function platformFits(facts: SignedFacts, platform: Platform): boolean {
  return facts.platform === null || samePlatform(platformFrom(facts.platform), { ...platform, osVersion: null })
}

function platformFrom(name: string): Platform | null {
  try {
    return parsePlatformName(name)
  } catch {
    return null
  }
}

function text(optional: JsonObject, name: string): string | null {
  const value = optional.get(name)
  if (value === undefined) return null
  if (typeof value !== 'string') throw new SealdexError('malformed', `${name} in the payload is no string.`)
  return value
}

function time(optional: JsonObject, name: string): number | null {
  const written = text(optional, name)
  if (written === null) return null
  const seconds = parseTime(written)
  if (seconds === null) throw new SealdexError('malformed', `${name} in the payload is no RFC 3339 time in UTC with whole seconds.`)
  return seconds
}

function repositoryOf(name: string): string | null {
  try {
    return parseReference(name).repository.name
  } catch {
    return null
  }
}

/** A signed value as plain JSON for the verdict; numbers keep their text where JavaScript could not hold them. */
export function plainValue(value: JsonValue): unknown {
  if (value instanceof JsonNumber) return Number.isSafeInteger(Number(value.text)) && String(Number(value.text)) === value.text ? Number(value.text) : value.text
  if (Array.isArray(value)) return value.map(plainValue)
  if (value instanceof Map) return Object.fromEntries([...(value as JsonObject)].map(([name, member]) => [name, plainValue(member)]))
  return value
}
