import type { JsonValue } from '../base/json.ts'
import { quoted } from '../base/quoted.ts'
import { SealdexError } from '../base/errors.ts'
import { parsePublicKey } from '../crypto/public-key.ts'
import { refuse } from './import-refuse.ts'
import { parseScope, scopeText, type Scope } from './match.ts'
import type { PolicyFileEntry, PolicyFileSigner } from './schema.ts'
import { anything, optional, strictObject, text, type Optional, type Shape } from './shape.ts'

/** Whatever stands there decides nothing about signatures. */
export const unread: Optional<unknown> = optional(anything)

export const metadata: Shape<{ readonly name: string }> = strictObject({ name: text, generateName: unread, namespace: unread, labels: unread, annotations: unread, uid: unread, resourceVersion: unread, generation: unread, creationTimestamp: unread, managedFields: unread, finalizers: unread, ownerReferences: unread })

/** Several policies that match an image have to be met all; here the most specific scope decides alone. */
export function refuseOverlaps(entries: readonly PolicyFileEntry[]): void {
  const scopes = entries.flatMap(({ name, scopes: list }, owner) => list.map((scope) => ({ name, owner, scope: parseScope(scope) })))
  for (const [i, a] of scopes.entries()) {
    const other = scopes.slice(i + 1).find((b) => b.owner !== a.owner && (contains(a.scope, b.scope) || contains(b.scope, a.scope)))
    if (other !== undefined) refuse(`The policies ${quoted(a.name)} and ${quoted(other.name)}`, `both match ${scopeText(contains(a.scope, other.scope) ? other.scope : a.scope)}, and both would have to be met`)
  }
}

function contains(wide: Scope, narrow: Scope): boolean {
  if (wide.kind === 'any' || scopeText(wide) === scopeText(narrow)) return true
  return wide.kind === 'prefix' && narrow.kind !== 'any' && narrow.name.startsWith(`${wide.name}/`)
}

const PEM = /-----BEGIN [A-Z ]*PUBLIC KEY-----[\s\S]*?-----END [A-Z ]*PUBLIC KEY-----/g

/** The keys in a text, each by itself; a reference to a secret or a key service is refused by name. */
export async function keysIn(where: string, given: string): Promise<readonly string[]> {
  const scheme = /^([a-z0-9]+):\/\//.exec(given.trim())?.[1]
  if (scheme !== undefined) refuse(where, `names a key by ${scheme}://, which only the cluster or its key service can read; put the public key itself into the file`)
  const keys = given.match(PEM) ?? []
  if (keys.length === 0 || given.replace(PEM, '').trim() !== '') refuse(where, 'has a key that is no PEM text, or something beside it')
  for (const key of keys) await readable(where, key)
  return keys.map((key) => `${key.split('\n').map((line) => line.trim()).join('\n')}\n`)
}

async function readable(where: string, key: string): Promise<void> {
  try {
    await parsePublicKey(key)
  } catch (error) {
    if (!(error instanceof SealdexError)) throw error
    throw new SealdexError('bad-policy', `${where} has a key that cannot be used: ${error.message}`, { cause: error })
  }
}

/** Hashes other than the key's own are read by nobody here. */
export function checkHash(where: string, algorithm: string | undefined): void {
  if (algorithm !== undefined && algorithm.toLowerCase() !== 'sha256') refuse(where, `demands signatures with the hash ${quoted(algorithm)}`)
}

/** Names of signers that are told apart: `vendor`, or `vendor-2` where one part of a policy has several. */
export function named(name: string, signers: readonly PolicyFileSigner[]): readonly (readonly [string, PolicyFileSigner])[] {
  return signers.map((signer, i) => [i === 0 ? name : `${name}-${i + 1}`, signer])
}

export type Documents = readonly JsonValue[]

/** What cosign's tools call predicates, as it is signed (cosign's documentation, `--type`). */
const PREDICATES: Readonly<Record<string, string>> = {
  custom: 'https://cosign.sigstore.dev/attestation/v1', slsaprovenance: 'https://slsa.dev/provenance/v0.2', slsaprovenance02: 'https://slsa.dev/provenance/v0.2', slsaprovenance1: 'https://slsa.dev/provenance/v1',
  spdx: 'https://spdx.dev/Document', spdxjson: 'https://spdx.dev/Document', cyclonedx: 'https://cyclonedx.org/bom', link: 'https://in-toto.io/Link/v1', vuln: 'https://cosign.sigstore.dev/attestation/vuln/v1', openvex: 'https://openvex.dev/ns',
}

export function predicateTypeOf(where: string, type: string): string {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(type)) return type
  return (Object.hasOwn(PREDICATES, type) ? PREDICATES[type] : undefined) ?? refuse(where, `demands the attestation ${quoted(type)}, a name that is not known`)
}
