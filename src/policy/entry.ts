import { parseDuration } from '../base/time.ts'
import { parseRepository } from '../oci/reference.ts'
import { readDemand } from './attestations.ts'
import { fail } from './fail.ts'
import { parseScope, scopeText } from './match.ts'
import type { PolicyEntry, Requirements } from './policy.ts'
import type { PolicyFileEntry } from './schema.ts'
import { canonicalSigner, readSigner, refuseSharedNames } from './signer.ts'

/** Reads one entry of a policy; throws `bad-policy` for what contradicts itself or is not read by this version. */
export async function readEntry(entry: PolicyFileEntry): Promise<PolicyEntry> {
  const scopes = entry.scopes.map(parseScope)
  if (entry.reject === true) {
    if (entry.signers !== undefined || entry.require !== undefined) fail(entry.name, 'has "reject" together with signers or require; it can only do one of both')
    return { name: entry.name, scopes, reject: true, signers: new Map(), require: requirements(entry.name, {}, []) }
  }
  const named = Object.entries(entry.signers ?? {})
  if (named.length === 0) fail(entry.name, 'names no signers; signatures are always required (or say "reject": true)')
  const signers = await Promise.all(named.map(([name, signer]) => readSigner(entry.name, name, signer)))
  refuseSharedNames(entry.name, signers)
  return { name: entry.name, scopes, reject: false, signers: new Map(signers.map((signer) => [signer.name, signer])), require: requirements(entry.name, entry.require ?? {}, signers.map((s) => s.name)) }
}

function requirements(entry: string, given: NonNullable<PolicyFileEntry['require']>, signers: readonly string[]): Requirements {
  const from = given.signatures?.from ?? signers
  const unknown = from.find((name) => !signers.includes(name))
  if (unknown !== undefined) fail(entry, `demands signatures from "${unknown}", which is no signer of it`)
  if (new Set(from).size !== from.length) fail(entry, 'names a signer twice in require.signatures.from')
  const threshold = given.signatures?.threshold ?? 1
  if (signers.length > 0 && threshold > from.length) fail(entry, `demands ${threshold} signers of ${from.length}; that can never be met`)
  return {
    from,
    threshold,
    coverage: given.coverage ?? 'all',
    annotations: new Map(Object.entries(given.annotations ?? {})),
    repository: given.repository === true ? 'same' : (given.repository?.map((name) => repositoryName(entry, name)) ?? null),
    tag: given.tag ?? false,
    maxAgeSeconds: given.maxAge === undefined ? null : maxAge(entry, given.maxAge),
    attestations: (given.attestations ?? []).map((demand) => readDemand(entry, demand, signers)),
    complete: given.complete ?? false,
  }
}

function repositoryName(entry: string, text: string): string {
  try {
    return parseRepository(text).name
  } catch {
    return fail(entry, `has "${text.slice(0, 120)}" in require.repository, which is no repository`)
  }
}

function maxAge(entry: string, text: string): number {
  try {
    return parseDuration(text)
  } catch {
    return fail(entry, `has "${text.slice(0, 40)}" as maxAge; write a number and s, m, h, d or w, for example 30d`)
  }
}

/** The policy as plain JSON with every default filled in and every key in one spelling: what `basis.policy` is the digest of. */
export function canonicalPolicy(policy: { denyDigests: readonly string[]; denyKeyIds: readonly string[]; entries: readonly PolicyEntry[] }): unknown {
  return {
    version: 1,
    deny: { digests: policy.denyDigests, keys: policy.denyKeyIds },
    policies: policy.entries.map((entry) => ({
      name: entry.name,
      scopes: entry.scopes.map(scopeText),
      reject: entry.reject,
      signers: Object.fromEntries([...entry.signers].map(([name, signer]) => [name, canonicalSigner(signer)])),
      require: {
        signatures: { from: entry.require.from, threshold: entry.require.threshold },
        coverage: entry.require.coverage,
        annotations: Object.fromEntries(entry.require.annotations),
        repository: entry.require.repository === 'same' ? true : entry.require.repository,
        tag: entry.require.tag,
        maxAge: entry.require.maxAgeSeconds,
        ...(entry.require.attestations.length > 0 && { attestations: entry.require.attestations }),
        ...(entry.require.complete && { complete: true }),
      },
    })),
  }
}
