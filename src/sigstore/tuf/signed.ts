import { hexDecode } from '../../base/bytes.ts'
import { malformed, SealdexError } from '../../base/errors.ts'
import { arrayField, fixedObject, stringField } from '../../base/json-fields.ts'
import { parseJson, type JsonObject, type JsonValue } from '../../base/json.ts'
import * as LIMITS from '../../base/limits.ts'
import { quoted } from '../../base/quoted.ts'
import { parseTime } from '../../base/time.ts'
import { verifySignature } from '../../crypto/signature.ts'
import { tufCanonicalBytes } from './canonical.ts'
import { versionField } from './fields.ts'
import type { TufKey } from './key.ts'

export type RoleType = 'root' | 'timestamp' | 'snapshot' | 'targets'

/** Metadata of TUF as they were read: nothing is proved before {@link requireThreshold}. */
export interface TufDocument<Content> {
  readonly version: number
  /** Seconds since 1970; from then on they count no more. */
  readonly expires: number
  readonly content: Content
  /** What the signatures cover. */
  readonly message: Uint8Array<ArrayBuffer>
  readonly signatures: readonly TufSignature[]
  /** As they came. */
  readonly bytes: Uint8Array<ArrayBuffer>
}

interface TufSignature {
  readonly keyId: string
  /** Lower-case hex of the signature, or whatever else stood there. */
  readonly hex: string
}

/** Who signs a role. Key ids are opaque names here; what counts as one key is the key itself. */
export interface TufRole {
  readonly keyIds: readonly string[]
  readonly threshold: number
}

export type TufKeys = ReadonlyMap<string, TufKey | null>

const COMMON = ['_type', 'spec_version', 'version', 'expires'] as const

/** What broke a rule of TUF, in a sentence. */
export function invalid(message: string): never {
  throw new SealdexError('trust-root-invalid', message)
}

/**
 * Reads metadata of one type; `fields` are the names that the type has besides those of all, `readContent` reads them. Throws `malformed` or `malformed-json`.
 */
export function readDocument<Content>(bytes: Uint8Array<ArrayBuffer>, type: RoleType, fields: readonly string[], readContent: (signed: JsonObject) => Content): TufDocument<Content> {
  const envelope = fixedObject(parseJson(bytes), ['signatures', 'signed'], 'the metadata')
  const signed = fixedObject(envelope.get('signed'), [...COMMON, ...fields], 'signed')
  const written = stringField(signed, '_type', 'signed')
  if (written !== type) malformed(`signed._type is ${quoted(written)}, not "${type}".`)
  const specVersion = stringField(signed, 'spec_version', 'signed')
  if (!/^1(?:\.\d{1,4}){1,2}$/.test(specVersion)) malformed(`signed.spec_version is ${quoted(specVersion)}; version 1 is read.`)
  // go-tuf writes fractions of a second
  const expires = parseTime(stringField(signed, 'expires', 'signed').replace(/\.\d{1,9}Z$/, 'Z')) ?? malformed('signed.expires is no time such as 2026-01-31T00:00:00Z.')
  const signatures = arrayField(envelope, 'signatures', '')
  if (signatures.length > LIMITS.tuf.signatures) malformed(`The metadata have ${signatures.length} signatures; up to ${LIMITS.tuf.signatures} are tried.`)
  return {
    version: versionField(signed, 'signed'),
    expires,
    content: readContent(signed),
    message: tufCanonicalBytes(signed),
    signatures: signatures.map(readSignature),
    bytes,
  }
}

function readSignature(value: JsonValue, at: number): TufSignature {
  const where = `signatures[${at}]`
  const object = fixedObject(value, ['keyid', 'sig'], where)
  return { keyId: stringField(object, 'keyid', where), hex: stringField(object, 'sig', where) }
}

/**
 * Demands that enough of the role's keys signed. Each key counts once, however often it signed and under however many ids it stands. Throws `trust-root-invalid`;
 * `by` names the role for the message.
 */
export async function requireThreshold(document: TufDocument<unknown>, { keyIds, threshold }: TufRole, keys: TufKeys, by: string): Promise<void> {
  const counted = new Set<string>()
  for (const { keyId, hex } of document.signatures) {
    const key = keyIds.includes(keyId) ? keys.get(keyId) : null
    const signature = signatureBytes(hex)
    if (key === null || key === undefined || signature === null || counted.has(key.publicKey.keyId)) continue
    if (await verifySignature(key.publicKey, key.algorithm, signature, document.message)) counted.add(key.publicKey.keyId)
    if (counted.size >= threshold) return
  }
  invalid(`${counted.size} of the keys of ${by} signed, and ${threshold} have to.`)
}

/** Null for what is no hex: an empty one stands for a signer who has not signed yet. */
function signatureBytes(hex: string): Uint8Array | null {
  try {
    return hexDecode(hex)
  } catch {
    return null
  }
}

/** Throws `trust-root-expired` unless the metadata still count at this time. */
export function requireFresh({ expires }: TufDocument<unknown>, what: string, now: number): void {
  if (expires <= now) throw new SealdexError('trust-root-expired', `${what} expired on ${new Date(expires * 1000).toISOString().slice(0, 10)}.`)
}
