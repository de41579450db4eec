import { base64Encode } from '../base/bytes.ts'
import { SealdexError } from '../base/errors.ts'
import { parseTime } from '../base/time.ts'
import { parsePublicKey } from '../crypto/public-key.ts'
import { EXTENSION_NAMES } from '../sigstore/identity.ts'
import { fail } from './fail.ts'
import type { KeylessSigner, PolicySigner, SignerKey } from './policy.ts'
import type { PolicyFileSigner } from './schema.ts'
import { canonicalX509, x509Marks, x509Signer } from './x509-signer.ts'

/** The kinds of signer, by the field that makes a signer one of them. */
const KINDS = ['keys', 'ssh', 'identity', 'identityPattern', 'x509'] as const

/** Fields that only one kind has; beside another they would be ignored, so they are refused. */
const KEYLESS_ONLY = ['issuer', 'extensions', 'sct'] as const

/** Reads one signer of a policy; throws `bad-policy` for what contradicts itself or is not read by this version. */
export async function readSigner(entry: string, name: string, signer: PolicyFileSigner): Promise<PolicySigner> {
  const kinds = KINDS.filter((kind) => signer[kind] !== undefined)
  const [kind] = kinds
  if (kind === undefined || kinds.length > 1) return fail(entry, `needs exactly one of "keys", "ssh", "identity", "identityPattern" and "x509" in signer "${name}"`)
  if (kind === 'identity' || kind === 'identityPattern') return keylessSigner(entry, name, signer)
  const foreign = KEYLESS_ONLY.find((field) => signer[field] !== undefined)
  if (foreign !== undefined) fail(entry, `has "${foreign}" in signer "${name}", which only an "identity" can have`)
  if (kind === 'x509') return x509Signer(entry, name, signer)
  return kind === 'ssh' ? sshSigner(entry, name, signer) : { kind: 'key', name, keys: await signerKeys(entry, name, signer), log: signer.log ?? false }
}

function keylessSigner(entry: string, name: string, { identity, identityPattern, issuer, extensions, log, sct }: PolicyFileSigner): KeylessSigner {
  if (issuer === undefined) return fail(entry, `names no "issuer" for the identity of signer "${name}"; whoever can log in anywhere could have it`)
  if (identity?.includes('*') === true) fail(entry, `has a * in "identity" of signer "${name}", which is exact; write it as "identityPattern"`)
  if (identityPattern !== undefined && !/[^*/]/.test(identityPattern)) fail(entry, `has an "identityPattern" in signer "${name}" that fits almost everybody`)
  const unknown = Object.keys(extensions ?? {}).find((one) => !EXTENSION_NAMES.has(one))
  if (unknown !== undefined) fail(entry, `has "${unknown.slice(0, 80)}" under extensions of signer "${name}", which is no fact of a certificate; docs/policy.md lists them`)
  return {
    kind: 'keyless',
    name,
    keys: [],
    identity: identity ?? null,
    identityPattern: identityPattern ?? null,
    issuer,
    extensions: new Map(Object.entries(extensions ?? {})),
    log: log ?? true,
    sct: sct ?? true,
  }
}

async function sshSigner(entry: string, name: string, { ssh, log }: PolicyFileSigner): Promise<PolicySigner> {
  if (ssh === undefined) return fail(entry, `has no "ssh" in signer "${name}"`)
  if (log === true) fail(entry, `asks for "log": true in signer "${name}"; no log keeps SSH signatures`)
  const key = await readKey(entry, name, ssh.key)
  for (const namespace of ssh.namespaces) if (/[*?!,]/.test(namespace)) fail(entry, `has the namespace pattern "${namespace}" in signer "${name}"; only exact namespaces are read yet`)
  return { kind: 'ssh', name, keys: [{ key, notBefore: null, notAfter: null }], namespaces: ssh.namespaces, principals: ssh.principals ?? [] }
}

function signerKeys(entry: string, name: string, { keys }: PolicyFileSigner): Promise<SignerKey[]> {
  return Promise.all((keys ?? []).map(async (item): Promise<SignerKey> => ({
    key: await readKey(entry, name, item.key),
    notBefore: readTime(entry, name, item.notBefore),
    notAfter: readTime(entry, name, item.notAfter),
  })))
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

/** One key, one identity with its issuer, or one root with a subject, under two names would count twice for a threshold. */
export function refuseSharedNames(entry: string, signers: readonly PolicySigner[]): void {
  const owner = new Map<string, string>()
  for (const signer of signers) {
    const { what, marks } = marksOf(signer)
    for (const mark of marks) {
      const other = owner.get(mark)
      if (other !== undefined) fail(entry, other === signer.name ? `names one ${what} twice in signer "${other}"` : `names one ${what} twice, for "${other}" and "${signer.name}"`)
      owner.set(mark, signer.name)
    }
  }
}

/** What only one signer of an entry may have. */
function marksOf(signer: PolicySigner): { readonly what: string; readonly marks: readonly string[] } {
  if (signer.kind === 'x509') return { what: 'root with one subject', marks: x509Marks(signer) }
  if (signer.kind === 'keyless') return { what: 'identity', marks: [`${signer.identity ?? `pattern ${signer.identityPattern ?? ''}`}\n${signer.issuer}`] }
  return { what: 'key', marks: signer.keys.map(({ key }) => key.keyId) }
}

/** The signer as plain JSON with its defaults; `log` stands only where it is demanded of a key, so that older digests stay. */
export function canonicalSigner(signer: PolicySigner): unknown {
  if (signer.kind === 'ssh') return { ssh: { key: base64Encode(signer.keys[0].key.spki), namespaces: signer.namespaces, principals: signer.principals } }
  if (signer.kind === 'x509') return canonicalX509(signer)
  if (signer.kind === 'keyless') {
    const { identity, identityPattern, issuer, extensions, log, sct } = signer
    return { identity, identityPattern, issuer, extensions: Object.fromEntries(extensions), log, sct }
  }
  return { keys: signer.keys.map((item) => ({ key: base64Encode(item.key.spki), notBefore: item.notBefore, notAfter: item.notAfter })), ...(signer.log && { log: true }) }
}
