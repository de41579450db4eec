import { base64Decode, base64UrlDecode, utf8Encode } from '../base/bytes.ts'
import { SealdexError } from '../base/errors.ts'
import { arrayField, fixedObject, optionalString, stringField } from '../base/json-fields.ts'
import { parseJson, type JsonObject, type JsonValue } from '../base/json.ts'
import { parseTime } from '../base/time.ts'
import { checkCertificateCount, checkSize, readAttributes, refuseEnvelope, SIGNING_AGENT, UNSIGNED_TIMESTAMP, type NotationEnvelope, type ProtectedHeader } from './notation-attributes.ts'

const ENVELOPE = ['payload', 'protected', 'header', 'signature'] as const
const PROTECTED = ['alg', 'crit', 'cty'] as const
const HEADER = ['x5c', UNSIGNED_TIMESTAMP, SIGNING_AGENT] as const

/** Headers of JOSE that would name a key, or change what is signed; nobody who writes notation's form writes them, and none is ever followed (T46). */
const REFUSED: readonly string[] = ['jwk', 'jku', 'kid', 'x5u', 'x5t', 'x5t#S256', 'b64', 'typ', 'zip', 'enc']

/**
 * Reads a notation signature as flattened JWS (RFC 7515, section 7.2.2): strict JSON, base64url in its one form without padding, nothing twice.
 * Throws `malformed-signature` for what is broken, and as {@link readAttributes} does for what is not read.
 */
export function parseJws(bytes: Uint8Array): NotationEnvelope {
  checkSize(bytes)
  try {
    return readJws(parseJson(bytes))
  } catch (cause) {
    if (!(cause instanceof SealdexError) || !BROKEN.has(cause.code)) throw cause
    return refuseEnvelope(`it is no JWS that is read (${cause.message})`, { cause })
  }
}

const BROKEN: ReadonlySet<string> = new Set(['malformed', 'malformed-json', 'malformed-base64'])

function readJws(json: JsonValue): NotationEnvelope {
  const envelope = fixedObject(json, ENVELOPE, 'envelope')
  const foreign = [...envelope.keys()].find((name) => !ENVELOPE.some((known) => known === name))
  if (foreign !== undefined) refuseEnvelope('it has a field that no flattened JWS has')
  const [written, payload] = [stringField(envelope, 'protected', 'envelope'), stringField(envelope, 'payload', 'envelope')]
  const signedHeader = fixedObject(parseJson(base64UrlDecode(written)), PROTECTED, 'protected')
  const header = fixedObject(envelope.get('header'), HEADER, 'header')
  if ([...header.keys()].some((name) => signedHeader.has(name))) refuseEnvelope('a header stands both where it is signed and where it is not')
  if (REFUSED.some((name) => signedHeader.has(name) || header.has(name)) || PROTECTED.some((name) => header.has(name))) refuseEnvelope('it has a header that names a key, or changes how it is read')
  const certificates = arrayField(header, 'x5c', 'header')
  checkCertificateCount(certificates.length)
  const timestamp = optionalString(header, UNSIGNED_TIMESTAMP, 'header')
  return {
    ...readAttributes(protectedHeader(signedHeader)),
    payload: base64UrlDecode(payload),
    signed: utf8Encode(`${written}.${payload}`),
    signature: base64UrlDecode(stringField(envelope, 'signature', 'envelope')),
    certificates: certificates.map((item) => base64Decode(typeof item === 'string' ? item : refuseEnvelope('a certificate is no text'))),
    timestamp: timestamp === null ? null : base64Decode(timestamp),
  }
}

function protectedHeader(header: JsonObject): ProtectedHeader {
  return {
    algorithm: header.get('alg'),
    contentType: header.get('cty'),
    critical: arrayField(header, 'crit', 'protected'),
    has: (name) => header.has(name),
    text: (name) => stringField(header, name, 'protected'),
    time: (name) => zonedTime(stringField(header, name, 'protected')),
  }
}

const ZONED = /^(.{19})(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/

/** RFC 3339 with whole seconds, in whatever zone the signer's clock was. */
function zonedTime(text: string): number {
  const [, local = '', sign, hours = '0', minutes = '0'] = ZONED.exec(text) ?? []
  const time = parseTime(`${local}Z`) ?? refuseEnvelope('a time in it is none with whole seconds')
  return time - (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60)
}
