import { utf8Encode } from '../base/bytes.ts'
import { canonicalJson } from '../base/canonical-json.ts'
import { SealdexError } from '../base/errors.ts'
import { parseJson } from '../base/json.ts'
import { digestOfText, isDigest, type Digest } from '../crypto/digest.ts'
import { parsePublicKey, type PublicKey } from '../crypto/public-key.ts'
import { canonicalPolicy, readEntry } from './entry.ts'
import { scopeText } from './match.ts'
import type { Policy, PolicyEntry } from './policy.ts'
import { checkPolicyShape, type PolicyFile } from './schema.ts'

/** Reads a policy file (interface.md, Policy); throws `bad-policy` that names the place, also for what this version does not read. */
export async function parsePolicy(source: string | Uint8Array): Promise<Policy> {
  const json = parsePolicyJson(source)
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

/** What a file of the right shape says; throws `bad-policy`. */
export async function readPolicy(file: PolicyFile): Promise<Policy> {
  const entries = await Promise.all(file.policies.map(readEntry))
  refuseEqualScopes(entries)
  const denyDigests = (file.deny?.digests ?? []).map(denyDigest)
  const named = file.deny?.keys ?? []
  const denyKeys = await Promise.all(named.filter((key) => !isKeyId(key)).map(denyKey))
  const denyKeyIds = new Set([...named.filter(isKeyId), ...denyKeys.map((key) => key.keyId)])
  const canonical = canonicalPolicy({ denyDigests, denyKeyIds: [...denyKeyIds], entries })
  return { denyDigests: new Set(denyDigests), denyKeys, denyKeyIds, entries, digest: digestOfText(canonicalJson(canonical)) }
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

async function denyKey(text: string): Promise<PublicKey> {
  try {
    return await parsePublicKey(text)
  } catch (error) {
    if (!(error instanceof SealdexError)) throw error
    throw new SealdexError('bad-policy', `deny.keys holds what is neither a key nor its identifier: ${error.message}`, { cause: error })
  }
}

function isKeyId(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text)
}
