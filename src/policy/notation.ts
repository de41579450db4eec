import { base64Encode, utf8Decode, utf8Encode } from '../base/bytes.ts'
import { SealdexError } from '../base/errors.ts'
import { parseJson } from '../base/json.ts'
import { parseSubject } from '../x509/name.ts'
import { fail } from './fail.ts'
import type { NotationCheck, TrustPolicyFile, TrustPolicyStatement } from './notation-schema.ts'
import { readPolicy } from './parse.ts'
import type { Policy } from './policy.ts'
import type { PolicyFile, PolicyFileEntry, PolicyFileSigner } from './schema.ts'

/** Notation's configuration as texts and bytes, wherever it was read from. */
export interface NotationConfig {
  /** trustpolicy.oci.json, or trustpolicy.json. */
  readonly trustPolicy: string | Uint8Array
  /** The files of each store by `TYPE:NAME`, such as `ca:acme`: PEM or DER. */
  readonly stores: Readonly<Record<string, readonly (string | Uint8Array)[]>>
}

/** A policy of ours that says what a trust policy of notation says, at least as strictly. */
export interface NotationPolicy {
  readonly policy: Policy
  /** The same as a policy file (schema/policy.v1.json). */
  readonly file: PolicyFile
  /** Where notation would decide otherwise, one sentence each, for people. */
  readonly notes: readonly string[]
}

/**
 * Reads notation's trust policy and the stores that it names: exact scopes, then `*`, else none; one accepted signature of a trusted identity suffices. All levels
 * are judged as strict, and `notes` says what notation would only log; `skip`, plugins and unknown fields are refused by name. Throws `bad-policy`.
 */
export async function policyFromNotation({ trustPolicy, stores }: NotationConfig): Promise<NotationPolicy> {
  const json = strictJson(trustPolicy)
  const { checkTrustPolicyShape } = await import('./notation-schema.ts')
  const { trustPolicies }: TrustPolicyFile = checkTrustPolicyShape(json)
  const names = trustPolicies.map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) fail(twice, 'stands twice in notation\'s trust policy')
  const file: PolicyFile = { version: 1, policies: trustPolicies.map((statement) => entryOf(statement, stores)) }
  return { policy: await readPolicy(file), file, notes: [REVOCATION, ...trustPolicies.flatMap(notesOf)] }
}

const REVOCATION = 'Revocation of certificates is not checked: notation would ask the servers that the certificates name.'

function strictJson(source: string | Uint8Array): ReturnType<typeof parseJson> {
  try {
    return parseJson(typeof source === 'string' ? utf8Encode(source) : source)
  } catch (error) {
    if (!(error instanceof SealdexError)) throw error
    throw new SealdexError('bad-policy', `Notation's trust policy is not strict JSON: ${error.message}`, { cause: error })
  }
}

function entryOf(statement: TrustPolicyStatement, stores: NotationConfig['stores']): PolicyFileEntry {
  const { name, registryScopes, signatureVerification: { level, override, verifyTimestamp }, trustStores = [], trustedIdentities = [] } = statement
  if (level === 'skip') fail(name, 'has the level "skip", with which notation verifies nothing; here signatures are always required')
  const skipped = Object.entries(override ?? {}).find(([check, action]) => action === 'skip' && check !== 'revocation')
  if (skipped !== undefined) fail(name, `skips "${skipped[0]}", which notation refuses too`)
  if (trustStores.length === 0 || trustedIdentities.length === 0) fail(name, 'names no trustStores or no trustedIdentities')
  if (registryScopes.length > 1 && registryScopes.includes('*')) fail(name, 'has other registryScopes beside *')
  if (trustedIdentities.length > 1 && trustedIdentities.includes('*')) fail(name, 'has other trustedIdentities beside *')
  const of = (type: string): readonly string[] => trustStores.filter((store) => store.startsWith(`${type}:`)).flatMap((store) => storeOf(name, store, stores))
  const unknown = trustStores.find((store) => !/^(?:ca|signingAuthority|tsa):[a-zA-Z0-9_.-]+$/.test(store))
  if (unknown !== undefined) fail(name, `names the trust store "${unknown.slice(0, 80)}", which is none of ca:NAME, signingAuthority:NAME and tsa:NAME`)
  const [roots, signingAuthorities, tsa] = [of('ca'), of('signingAuthority'), of('tsa')]
  if (tsa.length > 0 && roots.length === 0) fail(name, 'has a trust store of timestamp authorities without one of type ca')
  if (verifyTimestamp !== undefined && tsa.length === 0) fail(name, 'has "verifyTimestamp" without a trust store of type tsa, so that it would mean nothing')
  const trust = {
    ...(roots.length > 0 && { roots }),
    ...(signingAuthorities.length > 0 && { signingAuthorities }),
    ...(tsa.length > 0 && { tsa, ...(verifyTimestamp !== undefined && { verifyTimestamp }) }),
  }
  return { name, scopes: registryScopes.map((scope) => checkedScope(name, scope)), signers: Object.fromEntries(trustedIdentities.map((identity) => signerOf(name, identity, trust))) }
}

/** Notation has no prefixes, and no short names. */
function checkedScope(name: string, scope: string): string {
  if (scope !== '*' && !/^(?:localhost|[^/*]*[.:][^/*]*)\/[^*]+$/.test(scope)) fail(name, `has the registry scope "${scope.slice(0, 120)}"; notation takes a whole repository such as registry.example/app, or * alone`)
  return scope
}

function storeOf(policy: string, store: string, stores: NotationConfig['stores']): readonly string[] {
  const files = stores[store] ?? []
  return files.length === 0 ? fail(policy, `names the trust store "${store}", in which no certificate stands`) : files.map(pemOf)
}

function pemOf(content: string | Uint8Array): string {
  if (typeof content === 'string') return content
  const isDer = content[0] === 0x30
  if (!isDer) return utf8Decode(content)
  return `-----BEGIN CERTIFICATE-----\n${base64Encode(content).replace(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`
}

const SUBJECT = 'x509.subject:'
/** Without these three notation takes no subject. */
const MANDATORY = ['C', 'ST', 'O'] as const

function signerOf(policy: string, identity: string, trust: NonNullable<PolicyFileSigner['x509']>): readonly [string, PolicyFileSigner] {
  if (identity === '*') return ['*', { x509: { ...trust, anySubject: true } }]
  if (!identity.startsWith(SUBJECT)) return fail(policy, `trusts the identity "${identity.slice(0, 80)}"; only x509.subject and * are read`)
  try {
    const { attributes, text } = parseSubject(identity.slice(SUBJECT.length))
    const missing = MANDATORY.find((type) => !attributes.has(type))
    if (missing !== undefined) fail(policy, `trusts a subject without ${missing}, which notation refuses too`)
    return [text, { x509: { ...trust, subject: text } }]
  } catch (error) {
    if (!(error instanceof SealdexError) || error.code === 'bad-policy') throw error
    return fail(policy, `trusts an identity that is not read. ${error.message.replace(/\.$/, '')}`)
  }
}

const LOGGED: Readonly<Record<'strict' | 'permissive' | 'audit', readonly NotationCheck[]>> = {
  strict: [], permissive: ['authenticTimestamp', 'expiry'], audit: ['authenticity', 'authenticTimestamp', 'expiry'],
}
const CHECKS: readonly NotationCheck[] = ['authenticity', 'authenticTimestamp', 'expiry']

/** What notation would tolerate; revocation has a note of its own. */
function notesOf({ name, signatureVerification: { level, override } }: TrustPolicyStatement): readonly string[] {
  if (level === 'skip') return []
  const tolerated = CHECKS.filter((check) => (override?.[check] === undefined ? LOGGED[level].includes(check) : override[check] === 'log'))
  if (tolerated.length === 0) return []
  return [`The trust policy "${name}" (level ${level}) would only log a failed check of ${tolerated.join(', ')} and go on; here it is enforced, as at the level strict.`]
}
