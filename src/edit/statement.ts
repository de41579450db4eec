import { utf8Encode } from '../base/bytes.ts'
import { stringifyJson, type JsonObject, type JsonValue } from '../base/json.ts'
import { algorithmOf, hexOf } from '../crypto/digest.ts'
import { IN_TOTO_PAYLOAD_TYPE } from '../envelope/statement.ts'
import { writeBundle } from '../sigstore/signing/write-material.ts'
import type { Signing } from './context.ts'
import { optionalFacts } from './signature-entry.ts'
import type { Subject } from './subject.ts'

/** What cosign signs of an image (formats.md 6): the statement says nothing but which image. */
export const SIGN_PREDICATE = 'https://sigstore.dev/cosign/sign/v1'

/** A Sigstore bundle about these subjects, as cosign writes it: a statement in a DSSE envelope, with the signed facts as each subject's annotations (W5). */
export async function bundleAbout(signing: Signing, subjects: readonly Subject[]): Promise<string> {
  const statement: JsonObject = new Map<string, JsonValue>([
    ['_type', 'https://in-toto.io/Statement/v1'],
    ['subject', subjects.map((subject) => subjectJson(signing, subject))],
    ['predicateType', SIGN_PREDICATE],
    ['predicate', new Map()],
  ])
  return writeBundle(await signing.signer.signEnvelope(IN_TOTO_PAYLOAD_TYPE, utf8Encode(stringifyJson(statement))))
}

function subjectJson({ facts }: Signing, { digest, platform }: Subject): JsonObject {
  return new Map<string, JsonValue>([['digest', new Map([[algorithmOf(digest), hexOf(digest)]])], ['annotations', optionalFacts(platform, facts)]])
}
