import { base64UrlDecode } from '../../base/bytes.ts'
import { SealdexError } from '../../base/errors.ts'
import { fixedObject, optionalString } from '../../base/json-fields.ts'
import { isJsonObject, JsonNumber, parseJson, type JsonObject } from '../../base/json.ts'
import * as LIMITS from '../../base/limits.ts'
import { formatTime } from '../../base/time.ts'
import type { IdentityFacts } from '../identity.ts'

/** An OIDC token, whose claims its issuer's word and Fulcio's check make true. The token itself is a secret, and stands in no field that would be printed along. */
export interface IdentityToken {
  /** The token, for Fulcio alone. */
  secret(): string
  /** What the proof of possession is over: the e-mail address, else the subject. */
  readonly principal: string
  /** Whether a certificate with these facts is of the identity that the token is about. */
  isAbout(facts: IdentityFacts): boolean
}

interface Claims {
  readonly issuers: readonly string[]
  readonly subject: string
  readonly email: string | null
  /** What the certificates of GitHub and GitLab are named after. */
  readonly workflow: string | null
  readonly pipeline: string | null
}

const NAMES = ['iss', 'sub', 'exp', 'email', 'email_verified', 'job_workflow_ref', 'ci_config_ref_uri', 'federated_claims'] as const

/** No message says anything of what stands in the text. */
function bad(why: string): never {
  throw new SealdexError('bad-token', `The identity token ${why}.`)
}

/** Reads a JWT (RFC 7519), white space around it apart. Its signature is Fulcio's to check. Throws `bad-token`; `at`: seconds since 1970. */
export function readIdentityToken(text: string, at: number): IdentityToken {
  const token = text.trim()
  if (token.length > LIMITS.identityTokenLength) bad(`has more than ${LIMITS.identityTokenLength} characters`)
  const [header = '', payload = '', signature = '', ...more] = token.split('.')
  if (more.length > 0 || ![header, payload, signature].every((part) => /^[A-Za-z0-9_-]+$/.test(part))) bad('is no JWT: three parts in base64url with dots between them')
  const object = objectIn(payload)
  const claims = readClaims(object)
  const expiry = object.get('exp')
  const expires = expiry instanceof JsonNumber ? Math.floor(Number(expiry.text)) : Number.NaN
  if (!Number.isSafeInteger(expires) || expires < 0) bad('does not say until when it counts (exp)')
  if (expires <= at) bad(`expired at ${formatTime(Math.min(expires, at))}; tokens live for minutes, get a new one`)
  return { secret: () => token, principal: claims.email ?? claims.subject, isAbout: (facts) => isAbout(facts, claims) }
}

function objectIn(payload: string): JsonObject {
  try {
    return fixedObject(parseJson(base64UrlDecode(payload)), NAMES, 'token')
  } catch {
    return bad('has no claims that could be read')
  }
}

function readClaims(object: JsonObject): Claims {
  const text = (from: JsonObject, name: string): string | null => {
    try {
      return optionalString(from, name, 'token') || null
    } catch {
      return bad(`has a claim ${name} that is no text`)
    }
  }
  const needed = (name: string): string => text(object, name) ?? bad(`has no claim ${name}`)
  const email = text(object, 'email')
  const verified = object.get('email_verified')
  if (email !== null && verified !== true && verified !== 'true') bad('names an e-mail address that its issuer did not verify')
  const federated = object.get('federated_claims')
  // an issuer that asks others (dex) says whom: Fulcio writes that one's name
  const connector = isJsonObject(federated) ? text(federated, 'connector_id') : null
  return {
    issuers: [needed('iss'), ...(connector === null ? [] : [connector])], subject: needed('sub'), email,
    workflow: text(object, 'job_workflow_ref'), pipeline: text(object, 'ci_config_ref_uri'),
  }
}

/** Fulcio's certificates are named after the e-mail address, the subject itself, `subject!domain`, or what a CI system runs; of other CI systems they repeat the subject. */
function isAbout({ identity, kind, issuer, extensions }: IdentityFacts, { issuers, subject, email, workflow, pipeline }: Claims): boolean {
  const repeated = extensions.get('tokenSubject')
  if (!issuers.includes(issuer) || (repeated !== undefined && repeated !== subject)) return false
  if (email !== null) return kind === 'email' && identity === email
  if (kind === 'username') return identity.startsWith(`${subject}!`)
  if (kind === 'email') return false
  if (workflow !== null) return identity === `${/^https:\/\/[^/]+\//.exec(identity)?.[0] ?? ''}${workflow}`
  if (pipeline !== null) return identity === `https://${pipeline}`
  return identity === subject || repeated === subject
}
