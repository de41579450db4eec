import { SealdexError } from '../base/errors.ts'
import type { JsonValue } from '../base/json.ts'
import { list, Mismatch, oneOf, optional, strictObject, text, type Shape } from './shape.ts'

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

const action = optional(oneOf('enforce', 'log', 'skip'))

const file: Shape<TrustPolicyFile> = strictObject({
  version: oneOf('1.0'),
  trustPolicies: list(strictObject({
    name: text,
    registryScopes: list(text, 1),
    signatureVerification: strictObject({
      level: oneOf('strict', 'permissive', 'audit', 'skip'),
      override: optional(strictObject({ authenticity: action, authenticTimestamp: action, expiry: action, revocation: action })),
      verifyTimestamp: optional(oneOf('always', 'afterCertExpiry')),
    }),
    trustStores: optional(list(text)),
    trustedIdentities: optional(list(text)),
  }), 1),
})

/** Checks the shape; throws `bad-policy` that names the place. Unknown fields are errors: what is not read could be a restriction. */
export function checkTrustPolicyShape(json: JsonValue): TrustPolicyFile {
  try {
    return file(json, '')
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error
    throw new SealdexError('bad-policy', `Notation's trust policy is not one that is read, at ${error.at || 'its top'}: ${error.why}.`, { cause: error })
  }
}
