import { utf8Encode } from '../base/bytes.ts'
import { malformed } from '../base/errors.ts'
import { fixedObject, stringField } from '../base/json-fields.ts'
import { parseJson, stringifyJson, type JsonObject, type JsonValue } from '../base/json.ts'
import { parseDigest, type Digest } from '../crypto/digest.ts'

/** What cosign's older payload says (formats.md 5): the digest, the name it was signed under, and the signer's own additions. */
export interface SimpleSigningPayload {
  readonly digest: Digest
  readonly dockerReference: string
  /** `optional`, or an empty map where it is null or absent. */
  readonly optional: JsonObject
}

const TYPE = 'cosign container image signature'

/** Reads the exact bytes that were signed; throws `malformed`, `malformed-json` or `unsupported-digest`. The type decides the role (R10, T28). */
export function parseSimpleSigning(bytes: Uint8Array): SimpleSigningPayload {
  const root = fixedObject(parseJson(bytes), ['critical', 'optional'], 'payload')
  const critical = fixedObject(root.get('critical'), ['identity', 'image', 'type'], 'payload.critical')
  const type = stringField(critical, 'type', 'payload.critical')
  if (type !== TYPE) malformed('payload.critical.type is not "cosign container image signature".')
  const identity = fixedObject(critical.get('identity'), ['docker-reference'], 'payload.critical.identity')
  const image = fixedObject(critical.get('image'), ['docker-manifest-digest'], 'payload.critical.image')
  const optional = root.get('optional')
  return {
    digest: parseDigest(stringField(image, 'docker-manifest-digest', 'payload.critical.image')),
    dockerReference: stringField(identity, 'docker-reference', 'payload.critical.identity'),
    // an open map: its names are the signer's own, so upper and lower case may stand side by side (T6)
    optional: optional === undefined || optional === null ? new Map() : asMap(optional),
  }
}

function asMap(value: JsonValue): JsonObject {
  if (!(value instanceof Map)) malformed('payload.optional is neither null nor an object.')
  return value as JsonObject
}

/** The payload as cosign writes it, compact and in its order; `optional` null when there is nothing to say. */
export function writeSimpleSigning(digest: Digest, dockerReference: string, optional: JsonObject | null = null): Uint8Array<ArrayBuffer> {
  const critical: JsonObject = new Map<string, JsonValue>([
    ['identity', new Map([['docker-reference', dockerReference]])],
    ['image', new Map([['docker-manifest-digest', digest]])],
    ['type', TYPE],
  ])
  return utf8Encode(stringifyJson(new Map<string, JsonValue>([['critical', critical], ['optional', optional === null || optional.size === 0 ? null : optional]])))
}
