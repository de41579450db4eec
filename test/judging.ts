import { loadTrustedRoot, parsePolicy, policyFromNotation, policyFromOptions, type Policy, type VerifyOptions } from '../src/index.ts'

/** One judgement of a fixture as JSON, the same in every runtime: texts, no files. */
export interface Asked {
  readonly keys: readonly string[]
  readonly allowedSigners: string | null
  readonly identities: readonly { readonly san: string; readonly issuer: string }[]
  /** Whether a keyless signature needs an entry in a log. */
  readonly log: boolean
  /** trusted_root.json; null: the built-in one where one is needed. */
  readonly trustedRoot: string | null
  /** Notation's trust policy and stores, instead of all signers above. */
  readonly notation: { readonly trustPolicy: string; readonly stores: Readonly<Record<string, readonly string[]>> } | null
  readonly platform: string | null
  /** RFC 3339. */
  readonly at: string
}

/** As a user would say it. `signedRepository`: the name under which signatures in annotations were made. */
export function optionsOf(asked: Asked, signedRepository: string | null = null): Omit<VerifyOptions, 'source'> {
  return {
    policy: policyOf(asked, signedRepository),
    at: new Date(asked.at),
    ...(asked.platform === null ? {} : { platform: asked.platform }),
    ...(asked.trustedRoot === null ? {} : { trustedRoot: loadTrustedRoot(asked.trustedRoot) }),
  }
}

async function policyOf({ keys, allowedSigners, identities, log, notation }: Asked, signedRepository: string | null): Promise<Policy> {
  if (notation !== null) return (await policyFromNotation(notation)).policy
  if (identities.length === 0) {
    return policyFromOptions({ keys, ...(allowedSigners === null ? {} : { allowedSigners }), ...(signedRepository === null ? {} : { signedRepository }) })
  }
  const signers = {
    ...Object.fromEntries(keys.map((key, i) => [`key-${i}`, { keys: [{ key }] }])),
    ...Object.fromEntries(identities.map(({ san, issuer }, i) => [`identity-${i}`, { identity: san, issuer, log }])),
  }
  const require = signedRepository === null ? {} : { repository: [signedRepository] }
  return parsePolicy(JSON.stringify({ version: 1, policies: [{ name: 'case', scopes: ['*'], signers, require }] }))
}

/** The same for a copy of the image in another repository: notation's scopes are exact. */
export function movedTo(asked: Asked, repository: string): Asked {
  if (asked.notation === null) return asked
  const policy = JSON.parse(asked.notation.trustPolicy) as { trustPolicies: { registryScopes: string[] }[] }
  for (const statement of policy.trustPolicies) statement.registryScopes = [repository]
  return { ...asked, notation: { ...asked.notation, trustPolicy: JSON.stringify(policy) } }
}
