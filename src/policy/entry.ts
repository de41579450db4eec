import { base64Encode } from '../base/bytes.ts'
import { SealdexError } from '../base/errors.ts'
import { parseDuration, parseTime } from '../base/time.ts'
import { parsePublicKey } from '../crypto/public-key.ts'
import { parseRepository } from '../oci/reference.ts'
import { parseScope, scopeText } from './match.ts'
import type { PolicyEntry, PolicySigner, Requirements, SignerKey } from './policy.ts'
import type { PolicyFileEntry, PolicyFileSigner } from './schema.ts'

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
  refuseSharedKeys(entry.name, signers)
  return { name: entry.name, scopes, reject: false, signers: new Map(signers.map((signer) => [signer.name, signer])), require: requirements(entry.name, entry.require ?? {}, signers.map((s) => s.name)) }
}

const NOT_READ_YET: readonly (keyof PolicyFileSigner)[] = ['identity', 'identityPattern', 'issuer', 'extensions', 'sct', 'x509']

async function readSigner(entry: string, name: string, signer: PolicyFileSigner): Promise<PolicySigner> {
  for (const field of NOT_READ_YET) {
    if (signer[field] !== undefined) fail(entry, `asks for "${field}" in signer "${name}", which this version does not read yet`)
  }
  if (signer.log === true) fail(entry, `asks for "log": true in signer "${name}", which this version does not read yet`)
  if ((signer.keys === undefined) === (signer.ssh === undefined)) fail(entry, `needs either "keys" or "ssh" in signer "${name}"`)
  if (signer.ssh !== undefined) {
    const key = await readKey(entry, name, signer.ssh.key)
    for (const namespace of signer.ssh.namespaces) if (/[*?!,]/.test(namespace)) fail(entry, `has the namespace pattern "${namespace}" in signer "${name}"; only exact namespaces are read yet`)
    return { kind: 'ssh', name, keys: [{ key, notBefore: null, notAfter: null }], namespaces: signer.ssh.namespaces, principals: signer.ssh.principals ?? [] }
  }
  const keys = await Promise.all((signer.keys ?? []).map(async (item): Promise<SignerKey> => ({
    key: await readKey(entry, name, item.key),
    notBefore: readTime(entry, name, item.notBefore),
    notAfter: readTime(entry, name, item.notAfter),
  })))
  return { kind: 'key', name, keys }
}

async function readKey(entry: string, signer: string, text: string): Promise<SignerKey['key']> {
  try {
    return await parsePublicKey(text)
  } catch (error) {
    if (!(error instanceof SealdexError)) throw error
    throw new SealdexError('bad-policy', `The key of signer "${signer}" in policy "${entry}" cannot be used: ${error.message}`, { cause: error })
  }
}

function readTime(entry: string, signer: string, text: string | undefined): number | null {
  if (text === undefined) return null
  return parseTime(text) ?? fail(entry, `has "${text.slice(0, 40)}" as a time in signer "${signer}"; write it as 2026-01-31T00:00:00Z`)
}

/** One key under two names would count twice for a threshold. */
function refuseSharedKeys(entry: string, signers: readonly PolicySigner[]): void {
  const owner = new Map<string, string>()
  for (const signer of signers) {
    for (const { key } of signer.keys) {
      const other = owner.get(key.keyId)
      if (other !== undefined) fail(entry, other === signer.name ? `names one key twice in signer "${other}"` : `names one key twice, for "${other}" and "${signer.name}"`)
      owner.set(key.keyId, signer.name)
    }
  }
}

function requirements(entry: string, given: NonNullable<PolicyFileEntry['require']>, signers: readonly string[]): Requirements {
  for (const field of ['attestations', 'complete'] as const) {
    if (given[field] !== undefined) fail(entry, `asks for "${field}", which this version does not read yet`)
  }
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
      },
    })),
  }
}

function canonicalSigner(signer: PolicySigner): unknown {
  if (signer.kind === 'ssh') return { ssh: { key: base64Encode(signer.keys[0].key.spki), namespaces: signer.namespaces, principals: signer.principals } }
  return { keys: signer.keys.map((item) => ({ key: base64Encode(item.key.spki), notBefore: item.notBefore, notAfter: item.notAfter })) }
}

function fail(entry: string, why: string): never {
  throw new SealdexError('bad-policy', `The policy "${entry}" ${why}.`)
}
