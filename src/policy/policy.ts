import { utf8Encode } from '../base/bytes.ts'
import { canonicalJson } from '../base/canonical-json.ts'
import { SealdexError } from '../base/errors.ts'
import { parseJson } from '../base/json.ts'
import { digestOfText, isDigest, type Digest } from '../crypto/digest.ts'
import { parsePublicKey, type PublicKey } from '../crypto/public-key.ts'
import type { Repository } from '../oci/reference.ts'
import { canonicalPolicy, readEntry } from './entry.ts'
import { scopeRank, scopeText, type Scope } from './match.ts'
import type { PolicyFile } from './schema.ts'

/** A key of a signer, with the window in which its signatures count (seconds since 1970; null is open). */
export interface SignerKey {
  readonly key: PublicKey
  readonly notBefore: number | null
  readonly notAfter: number | null
}

/** Who may sign: by keys (one signer, keys in rotation), or by an SSH key in named namespaces. */
export type PolicySigner =
  | { readonly kind: 'key'; readonly name: string; readonly keys: readonly SignerKey[] }
  | { readonly kind: 'ssh'; readonly name: string; readonly keys: readonly [SignerKey]; readonly namespaces: readonly string[] | null; readonly principals: readonly string[] }

export type CoverageMode = 'all' | 'each' | 'index'

export interface Requirements {
  readonly from: readonly string[]
  readonly threshold: number
  readonly coverage: CoverageMode
  readonly annotations: ReadonlyMap<string, string>
  /** Canonical repository names of which one must be signed; `same` is the reference's own; null demands nothing. */
  readonly repository: 'same' | readonly string[] | null
  readonly tag: boolean
  readonly maxAgeSeconds: number | null
}

export interface PolicyEntry {
  readonly name: string
  readonly scopes: readonly Scope[]
  readonly reject: boolean
  readonly signers: ReadonlyMap<string, PolicySigner>
  readonly require: Requirements
}

/** A policy that was read and found valid. Made only here, so that `basis.policy` always fits what is judged. */
export interface Policy {
  readonly denyDigests: ReadonlySet<Digest>
  readonly denyKeys: readonly PublicKey[]
  /** 64 hex of SHA-256(SPKI) each: those of `denyKeys`, and those given as bare identifiers. */
  readonly denyKeyIds: ReadonlySet<string>
  readonly entries: readonly PolicyEntry[]
  /** SHA-256 of the canonical JSON with the defaults filled in. */
  readonly digest: Digest
}

/** Reads a policy file (interface.md, Policy); throws `bad-policy` that names the place, also for what this version does not read. */
export async function parsePolicy(source: string | Uint8Array): Promise<Policy> {
  const json = parsePolicyJson(source)
  // whoever names keys only does not wait for zod (a quarter of the start of the command)
  const { checkPolicyShape } = await import('./schema.ts')
  return readPolicy(checkPolicyShape(json))
}

function parsePolicyJson(source: string | Uint8Array): ReturnType<typeof parseJson> {
  try {
    return parseJson(typeof source === 'string' ? utf8Encode(source) : source)
  } catch (error) {
    if (!(error instanceof SealdexError)) throw error
    throw new SealdexError('bad-policy', `The policy is not strict JSON: ${error.message}`, { cause: error })
  }
}

export async function readPolicy(file: PolicyFile): Promise<Policy> {
  const entries = await Promise.all(file.policies.map(readEntry))
  refuseEqualScopes(entries)
  const denyDigests = (file.deny?.digests ?? []).map(denyDigest)
  const named = file.deny?.keys ?? []
  const denyKeys = await Promise.all(named.filter((key) => !isKeyId(key)).map(parsePublicKey))
  const denyKeyIds = new Set([...named.filter(isKeyId), ...denyKeys.map((key) => key.keyId)])
  const canonical = canonicalPolicy({ denyDigests, denyKeyIds: [...denyKeyIds], entries })
  return { denyDigests: new Set(denyDigests), denyKeys, denyKeyIds, entries, digest: digestOfText(canonicalJson(canonical)) }
}

/** The entry whose scope is the most specific for the repository; null where none matches ("no scope, no allow"). */
export function entryFor(policy: Policy, repository: Repository): PolicyEntry | null {
  let best: PolicyEntry | null = null
  let bestRank = -1
  for (const entry of policy.entries) {
    for (const scope of entry.scopes) {
      const rank = scopeRank(scope, repository)
      if (rank > bestRank) [best, bestRank] = [entry, rank]
    }
  }
  return best
}

function refuseEqualScopes(entries: readonly PolicyEntry[]): void {
  const seen = new Map<string, string>()
  for (const entry of entries) {
    for (const scope of entry.scopes) {
      const text = scopeText(scope)
      const other = seen.get(text)
      if (other !== undefined) throw new SealdexError('bad-policy', `The scope "${text}" stands twice, in "${other}" and "${entry.name}": which one decides would be chance.`)
      seen.set(text, entry.name)
    }
  }
}

function denyDigest(text: string): Digest {
  if (!isDigest(text)) throw new SealdexError('bad-policy', `deny.digests holds "${text.slice(0, 80)}", which is no sha256 or sha512 digest.`)
  return text
}

function isKeyId(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text)
}
