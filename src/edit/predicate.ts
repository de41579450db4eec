import { utf8Decode } from '../base/bytes.ts'
import { SealdexError } from '../base/errors.ts'
import { parseJson, type JsonValue } from '../base/json.ts'
import { quoted } from '../base/quoted.ts'
import { formatTime } from '../base/time.ts'
import { SIGN_PREDICATE } from '../policy/attestations.ts'

/** How the file of a predicate is read. */
type Reading = 'json' | 'text' | 'dated-text'

/** The short names of cosign's `--type` (cosign 3.1.3, pkg/cosign/attestation), with the predicate types that they stand for. */
const SHORT_NAMES: Readonly<Record<string, readonly [predicateType: string, reading: Reading]>> = {
  slsaprovenance: ['https://slsa.dev/provenance/v0.2', 'json'],
  slsaprovenance02: ['https://slsa.dev/provenance/v0.2', 'json'],
  slsaprovenance1: ['https://slsa.dev/provenance/v1', 'json'],
  spdx: ['https://spdx.dev/Document', 'text'],
  spdxjson: ['https://spdx.dev/Document', 'json'],
  cyclonedx: ['https://cyclonedx.org/bom', 'json'],
  vuln: ['https://cosign.sigstore.dev/attestation/vuln/v1', 'json'],
  openvex: ['https://openvex.dev/ns', 'json'],
  link: ['https://in-toto.io/Link/v1', 'json'],
  custom: ['https://cosign.sigstore.dev/attestation/v1', 'dated-text'],
}

/** What `--type` takes besides URIs. */
export const PREDICATE_NAMES: readonly string[] = Object.keys(SHORT_NAMES)

export interface Predicate {
  readonly predicateType: string
  readonly predicate: JsonValue
}

/** The predicate in a file, by its type: a short name of cosign's, or a URI. `at`: seconds since 1970. Throws `bad-option`. */
export function readPredicate(type: string, file: Uint8Array, at: number): Predicate {
  const known = Object.hasOwn(SHORT_NAMES, type) ? SHORT_NAMES[type] : undefined
  const [predicateType, reading] = known ?? [type, 'json' as const]
  if (known === undefined && !isUri(type)) throw new SealdexError('bad-option', `${quoted(type)} is no type of a predicate: a URI, or one of ${PREDICATE_NAMES.join(', ')}.`)
  // an attestation must not pass for a signature (R10)
  if (predicateType === SIGN_PREDICATE) throw new SealdexError('bad-option', 'That type is the one of image signatures, which "sealdex sign" makes; an attestation is none.')
  if (reading === 'json') return { predicateType, predicate: jsonOf(file) }
  const text = textOf(file)
  // a predicate is an object: cosign 3.1.3 does not verify the bare text that it writes for "spdx" itself
  return { predicateType, predicate: new Map([['Data', text], ...(reading === 'dated-text' ? [['Timestamp', formatTime(at)] as const] : [])]) }
}

function isUri(text: string): boolean {
  return text.length <= 2_048 && /^[A-Za-z][A-Za-z0-9+.-]*:[!-~]+$/.test(text)
}

function jsonOf(file: Uint8Array): JsonValue {
  try {
    return parseJson(file)
  } catch (cause) {
    if (!(cause instanceof SealdexError)) throw cause
    throw new SealdexError('bad-option', `The predicate is not strict JSON. ${cause.message}`, { cause })
  }
}

function textOf(file: Uint8Array): string {
  try {
    return utf8Decode(file)
  } catch (cause) {
    throw new SealdexError('bad-option', 'The predicate is no text in UTF-8.', { cause })
  }
}
