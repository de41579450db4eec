import { SealdexError } from '../base/errors.ts'
import { isJsonObject, type JsonValue } from '../base/json.ts'
import type { Digest } from '../crypto/digest.ts'
import { parseReference, type Reference } from '../oci/reference.ts'

/** A verification summary (formats.md 8): somebody else's verdict. */
export const VSA_PREDICATE = 'https://slsa.dev/verification_summary/v1'

/** What a summary has to be about. */
export interface SummarySubject {
  readonly reference: Reference
  /** Names of which the resource must have one. */
  readonly repositories: readonly string[]
  /** The object, and the indexes that list it. */
  readonly digests: readonly Digest[]
}

/** Null where the summary says PASSED of what is asked about; else what it says, with `its` as its subject. */
export function whyNotPassed(predicate: JsonValue, subject: SummarySubject): string | null {
  if (!isJsonObject(predicate)) return 'its predicate is no object'
  if (predicate.get('verificationResult') !== 'PASSED') return 'its verificationResult is not PASSED'
  const resource = predicate.get('resourceUri')
  return typeof resource === 'string' && resourceFits(resource, subject) ? null : 'its resourceUri does not name the repository, tag and digest that are asked about'
}

/** How verifiers write where an image is. */
const SCHEME = /^(?:https|oci|docker):\/\//

/** A repository, with or without scheme, tag and digest; what of these it names has to be true. Package URLs are not read. */
function resourceFits(uri: string, { reference, repositories, digests }: SummarySubject): boolean {
  try {
    const written = uri.replace(SCHEME, '')
    const { repository, tag, digest } = parseReference(written)
    // a name without a tag gets "latest" by default, which nobody wrote
    const says = tag !== null && written.split('@', 1)[0]?.endsWith(`:${tag}`) === true ? tag : null
    return repositories.includes(repository.name) && (says === null || reference.tag === null || says === reference.tag) && (digest === null || digests.includes(digest))
  } catch (error) {
    if (!(error instanceof SealdexError)) throw error
    return false
  }
}
