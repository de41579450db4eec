import { utf8Encode } from '../base/bytes.ts'
import { malformed } from '../base/errors.ts'
import { fixedObject, sizeField, stringField, stringMap } from '../base/json-fields.ts'
import { JsonNumber, parseJson, stringifyJson, type JsonObject, type JsonValue } from '../base/json.ts'
import { quoted } from '../base/quoted.ts'
import { parseDigest, type Digest } from '../crypto/digest.ts'

/** The only payload that notation signs (formats.md 9). */
export const NOTATION_PAYLOAD_TYPE = 'application/vnd.cncf.notary.payload.v1+json'

/** What a notation signature is about. All of it is signed. */
export interface NotationPayload {
  readonly mediaType: string
  readonly digest: Digest
  readonly size: number
  /** The signer's own additions (`--user-metadata`). */
  readonly annotations: ReadonlyMap<string, string>
}

const TARGET = ['mediaType', 'digest', 'size', 'annotations'] as const

/** Reads the exact bytes that were signed; throws `malformed`, `malformed-json` or `unsupported-digest`. A field that is not read could restrict what is meant, so it is refused. */
export function parseNotationPayload(bytes: Uint8Array): NotationPayload {
  const root = onlyFields(fixedObject(parseJson(bytes), ['targetArtifact'], 'payload'), ['targetArtifact'], 'payload')
  const where = 'payload.targetArtifact'
  const target = onlyFields(fixedObject(root.get('targetArtifact'), TARGET, where), TARGET, where)
  return {
    mediaType: stringField(target, 'mediaType', where),
    digest: parseDigest(stringField(target, 'digest', where)),
    size: sizeField(target, 'size', where),
    annotations: stringMap(target.get('annotations'), `${where}.annotations`),
  }
}

function onlyFields(object: JsonObject, known: readonly string[], where: string): JsonObject {
  const unknown = [...object.keys()].find((name) => !known.includes(name))
  return unknown === undefined ? object : malformed(`${where} has a field ${quoted(unknown)}, which is not read.`)
}

/** The payload as notation writes it: its members in alphabetical order, and nothing of the signer's own. */
export function writeNotationPayload({ digest, mediaType, size }: Pick<NotationPayload, 'digest' | 'mediaType' | 'size'>): Uint8Array<ArrayBuffer> {
  const target = new Map<string, JsonValue>([['digest', digest], ['mediaType', mediaType], ['size', new JsonNumber(String(size))]])
  return utf8Encode(stringifyJson(new Map([['targetArtifact', target]])))
}
