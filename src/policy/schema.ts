import * as z from 'zod/mini'
import { SealdexError } from '../base/errors.ts'
import { JsonNumber, type JsonValue } from '../base/json.ts'

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

export interface PolicyFileRequirements {
  readonly signatures?: { readonly from?: readonly string[] | undefined; readonly threshold?: number | undefined } | undefined
  readonly coverage?: 'all' | 'each' | 'index' | undefined
  readonly annotations?: Readonly<Record<string, string>> | undefined
  readonly repository?: true | readonly string[] | undefined
  readonly tag?: true | undefined
  readonly maxAge?: string | undefined
  readonly attestations?: unknown
  readonly complete?: unknown
}

type Shape<T> = z.ZodMiniType<T>

// zod/mini, not classic zod: that one compiles with `new Function`, which a strict content security policy forbids
const text: Shape<string> = z.string().check(z.minLength(1))
const texts: Shape<string[]> = z.array(text).check(z.minLength(1))

const signer: Shape<PolicyFileSigner> = z.strictObject({
  keys: z.optional(z.array(z.strictObject({ key: text, notBefore: z.optional(text), notAfter: z.optional(text) })).check(z.minLength(1))),
  ssh: z.optional(z.strictObject({ key: text, namespaces: texts, principals: z.optional(z.array(text)) })),
  log: z.optional(z.boolean()),
  sct: z.optional(z.boolean()),
  identity: z.optional(text),
  identityPattern: z.optional(text),
  issuer: z.optional(text),
  extensions: z.optional(z.record(z.string(), z.string())),
  x509: z.optional(z.strictObject({
    roots: z.optional(texts),
    signingAuthorities: z.optional(texts),
    subject: z.optional(text),
    anySubject: z.optional(z.literal(true)),
    tsa: z.optional(texts),
    verifyTimestamp: z.optional(z.enum(['always', 'afterCertExpiry'])),
  })),
})

const requirements: Shape<PolicyFileRequirements> = z.strictObject({
  signatures: z.optional(z.strictObject({ from: z.optional(texts), threshold: z.optional(z.int().check(z.minimum(1))) })),
  coverage: z.optional(z.enum(['all', 'each', 'index'])),
  annotations: z.optional(z.record(z.string(), z.string())),
  repository: z.optional(z.union([z.literal(true), texts])),
  tag: z.optional(z.literal(true)),
  maxAge: z.optional(text),
  attestations: z.optional(z.unknown()),
  complete: z.optional(z.unknown()),
})

const entry: Shape<PolicyFileEntry> = z.strictObject({
  name: text,
  scopes: texts,
  reject: z.optional(z.literal(true)),
  signers: z.optional(z.record(z.string().check(z.minLength(1)), signer)),
  require: z.optional(requirements),
})

const file: Shape<PolicyFile> = z.strictObject({
  version: z.literal(1),
  deny: z.optional(z.strictObject({ digests: z.optional(z.array(text)), keys: z.optional(z.array(text)) })),
  policies: z.array(entry).check(z.minLength(1)),
})

/** Checks the shape; throws `bad-policy` that names the place. Unknown fields are errors. */
export function checkPolicyShape(value: JsonValue): PolicyFile {
  const result = file.safeParse(plain(value))
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const where = issue?.path.map(String).join('.') || 'the policy'
  const extra = issue?.code === 'unrecognized_keys' ? `unknown field ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}` : (issue?.message ?? 'not valid')
  throw new SealdexError('bad-policy', `The policy is not valid at ${where}: ${extra}. Its form is in docs/policy.md.`)
}

/** Strict JSON as plain values; objects without a prototype, so that `__proto__` is a name like any other (T8). */
export function plain(value: JsonValue): unknown {
  if (value instanceof JsonNumber) return Number(value.text)
  if (Array.isArray(value)) return value.map(plain)
  if (!(value instanceof Map)) return value
  const object: Record<string, unknown> = Object.create(null)
  for (const [name, member] of value as ReadonlyMap<string, JsonValue>) object[name] = plain(member)
  return object
}
