import { SealdexError } from '../base/errors.ts'
import { JsonNumber, type JsonValue } from '../base/json.ts'
import type { Scalar } from './policy.ts'
import { bool, count, either, exactly, list, Mismatch, oneOf, optional, record, strictObject, text, type Shape } from './shape.ts'

/** The policy file as it is written (interface.md, Policy). */
export interface PolicyFile {
  readonly version: 1
  readonly deny?: { readonly digests?: readonly string[] | undefined; readonly keys?: readonly string[] | undefined } | undefined
  readonly policies: readonly PolicyFileEntry[]
}

export interface PolicyFileEntry {
  readonly name: string
  readonly scopes: readonly string[]
  readonly reject?: true | undefined
  readonly signers?: Readonly<Record<string, PolicyFileSigner>> | undefined
  readonly require?: PolicyFileRequirements | undefined
}

/** Who signs with certificates of notation: exactly one of `subject` and `anySubject` is given. Certificates are PEM. */
export interface PolicyFileX509 {
  readonly roots?: readonly string[] | undefined
  readonly signingAuthorities?: readonly string[] | undefined
  readonly subject?: string | undefined
  readonly anySubject?: true | undefined
  readonly tsa?: readonly string[] | undefined
  readonly verifyTimestamp?: 'always' | 'afterCertExpiry' | undefined
}

/** The fields of type `unknown` are named so that they are refused by name where this version does not read them, never ignored. */
export interface PolicyFileSigner {
  readonly keys?: readonly { readonly key: string; readonly notBefore?: string | undefined; readonly notAfter?: string | undefined }[] | undefined
  readonly ssh?: { readonly key: string; readonly namespaces: readonly string[]; readonly principals?: readonly string[] | undefined } | undefined
  readonly log?: boolean | undefined
  readonly sct?: boolean | undefined
  readonly identity?: string | undefined
  readonly identityPattern?: string | undefined
  readonly issuer?: string | undefined
  readonly extensions?: Readonly<Record<string, string>> | undefined
  readonly x509?: PolicyFileX509 | undefined
}

/** A statement that must be signed as well. */
export interface PolicyFileAttestation {
  readonly predicateType: string
  readonly from?: readonly string[] | undefined
  readonly where?: readonly { readonly path: string; readonly in: readonly Scalar[] }[] | undefined
}

export interface PolicyFileRequirements {
  readonly signatures?: { readonly from?: readonly string[] | undefined; readonly threshold?: number | undefined } | undefined
  readonly coverage?: 'all' | 'each' | 'index' | undefined
  readonly annotations?: Readonly<Record<string, string>> | undefined
  readonly repository?: true | readonly string[] | undefined
  readonly tag?: true | undefined
  readonly maxAge?: string | undefined
  readonly attestations?: readonly PolicyFileAttestation[] | undefined
  readonly complete?: true | undefined
}

const texts = list(text, 1)
/** Any text, the empty one too. */
const value: Shape<string> = (given, at) => (given === '' ? '' : text(given, at))
/** Fractions are left out: not all readers round them alike. */
const scalar: Shape<Scalar> = (given, at) => {
  if (typeof given === 'string' || typeof given === 'boolean') return given
  const number = given instanceof JsonNumber && /^(?:0|-?[1-9][0-9]{0,15})$/.test(given.text) ? Number(given.text) : Number.NaN
  if (Number.isSafeInteger(number)) return number
  throw new Mismatch(at, 'expected a text, a whole number, true or false')
}

/** One signer, as a lock file keeps it too. */
export const signerShape: Shape<PolicyFileSigner> = strictObject({
  keys: optional(list(strictObject({ key: text, notBefore: optional(text), notAfter: optional(text) }), 1)),
  ssh: optional(strictObject({ key: text, namespaces: texts, principals: optional(list(text)) })),
  log: optional(bool),
  sct: optional(bool),
  identity: optional(text),
  identityPattern: optional(text),
  issuer: optional(text),
  extensions: optional(record(value)),
  x509: optional(strictObject({
    roots: optional(texts),
    signingAuthorities: optional(texts),
    subject: optional(text),
    anySubject: optional(oneOf(true)),
    tsa: optional(texts),
    verifyTimestamp: optional(oneOf('always', 'afterCertExpiry')),
  })),
})

const requirements: Shape<PolicyFileRequirements> = strictObject({
  signatures: optional(strictObject({ from: optional(texts), threshold: optional(count) })),
  coverage: optional(oneOf('all', 'each', 'index')),
  annotations: optional(record(value)),
  repository: optional(either(oneOf(true), texts)),
  tag: optional(oneOf(true)),
  maxAge: optional(text),
  attestations: optional(list(strictObject({
    predicateType: text,
    from: optional(texts),
    where: optional(list(strictObject({ path: text, in: list(scalar, 1) }), 1)),
  }), 1)),
  complete: optional(oneOf(true)),
})

const entry: Shape<PolicyFileEntry> = strictObject({
  name: text,
  scopes: texts,
  reject: optional(oneOf(true)),
  signers: optional(record(signerShape)),
  require: optional(requirements),
})

const file: Shape<PolicyFile> = strictObject({
  version: exactly(1),
  deny: optional(strictObject({ digests: optional(list(text)), keys: optional(list(text)) })),
  policies: list(entry, 1),
})

/** Checks the shape; throws `bad-policy` that names the place. Unknown fields are errors. */
export function checkPolicyShape(json: JsonValue): PolicyFile {
  try {
    return file(json, '')
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error
    throw new SealdexError('bad-policy', `The policy is not valid at ${error.at || 'its top'}: ${error.why}. Its form is in docs/policy.md.`, { cause: error })
  }
}
