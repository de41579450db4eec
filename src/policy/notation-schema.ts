import * as z from 'zod/mini'
import { SealdexError } from '../base/errors.ts'
import type { JsonValue } from '../base/json.ts'
import { plain } from './schema.ts'

/** What notation's trust policy calls a kind of check. */
export type NotationCheck = 'authenticity' | 'authenticTimestamp' | 'expiry' | 'revocation'

/** Notation's trust policy as it is written (formats.md 9). */
export interface TrustPolicyFile {
  readonly version: '1.0'
  readonly trustPolicies: readonly TrustPolicyStatement[]
}

export interface TrustPolicyStatement {
  readonly name: string
  readonly registryScopes: readonly string[]
  readonly signatureVerification: {
    readonly level: 'strict' | 'permissive' | 'audit' | 'skip'
    readonly override?: { readonly [Check in NotationCheck]?: 'enforce' | 'log' | 'skip' | undefined } | undefined
    readonly verifyTimestamp?: 'always' | 'afterCertExpiry' | undefined
  }
  readonly trustStores?: readonly string[] | undefined
  readonly trustedIdentities?: readonly string[] | undefined
}

const text = z.string().check(z.minLength(1))
const texts = z.array(text).check(z.minLength(1))
const action = z.optional(z.enum(['enforce', 'log', 'skip']))

const file: z.ZodMiniType<TrustPolicyFile> = z.strictObject({
  version: z.literal('1.0'),
  trustPolicies: z.array(z.strictObject({
    name: text,
    registryScopes: texts,
    signatureVerification: z.strictObject({
      level: z.enum(['strict', 'permissive', 'audit', 'skip']),
      override: z.optional(z.strictObject({ authenticity: action, authenticTimestamp: action, expiry: action, revocation: action })),
      verifyTimestamp: z.optional(z.enum(['always', 'afterCertExpiry'])),
    }),
    trustStores: z.optional(z.array(text)),
    trustedIdentities: z.optional(z.array(text)),
  })).check(z.minLength(1)),
})

/** Checks the shape; throws `bad-policy` that names the place. Unknown fields are errors: what is not read could be a restriction. */
export function checkTrustPolicyShape(value: JsonValue): TrustPolicyFile {
  const result = file.safeParse(plain(value))
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const where = issue?.path.map(String).join('.') || 'its top'
  const extra = issue?.code === 'unrecognized_keys' ? `unknown field ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}` : (issue?.message ?? 'not valid')
  throw new SealdexError('bad-policy', `Notation's trust policy is not one that is read, at ${where}: ${extra}.`)
}
