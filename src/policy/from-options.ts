import { canonicalJson } from '../base/canonical-json.ts'
import { SealdexError } from '../base/errors.ts'
import { digestOfText } from '../crypto/digest.ts'
import { parsePublicKey } from '../crypto/public-key.ts'
import { parseRepository } from '../oci/reference.ts'
import { parseAllowedSigners } from './allowed-signers.ts'
import { canonicalPolicy } from './entry.ts'
import type { Policy, PolicyEntry, PolicySigner } from './policy.ts'
import { readSigner } from './signer.ts'

export interface PolicyOptions {
  /** Public keys as text: PEM (SPKI or certificate), JWK or SSH. Any of them suffices. */
  readonly keys?: readonly string[]
  /** Text of an OpenSSH `allowed_signers` file. */
  readonly allowedSigners?: string
  /** Who signs without a key: the certificate's only SAN, exact or with `*` inside one path segment, and who vouched for it. */
  readonly identity?: { readonly identity?: string; readonly identityPattern?: string; readonly issuer: string }
  /** Signed values that are demanded. */
  readonly annotations?: Readonly<Record<string, string>>
  /** The repository it was signed under: tried for the payload, and required. */
  readonly signedRepository?: string
}

/** The policy that options stand for: one entry with scope `*`. Signers are named `key:<64 hex>`, so that no file name enters the verdict. */
export async function policyFromOptions(options: PolicyOptions): Promise<Policy> {
  const keys = await Promise.all((options.keys ?? []).map(parsePublicKey))
  const ssh = options.allowedSigners === undefined ? [] : await parseAllowedSigners(options.allowedSigners)
  const signers = new Map<string, PolicySigner>()
  // one key given twice, or in two spellings, is one signer
  for (const key of keys) signers.set(`key:${key.keyId}`, { kind: 'key', name: `key:${key.keyId}`, keys: [{ key, notBefore: null, notAfter: null }], log: false })
  for (const { key, namespaces, principals } of ssh) {
    const name = `key:${key.keyId}`
    const before = signers.get(name)
    const merged = before?.kind === 'ssh' ? { namespaces: union(before.namespaces, namespaces), principals: [...new Set([...before.principals, ...principals])] } : { namespaces, principals }
    if (before?.kind !== 'key') signers.set(name, { kind: 'ssh', name, keys: [{ key, notBefore: null, notAfter: null }], ...merged })
  }
  if (options.identity !== undefined) {
    const keyless = await readSigner('options', `keyless:${options.identity.identity ?? options.identity.identityPattern ?? ''}`, options.identity)
    signers.set(keyless.name, keyless)
  }
  if (signers.size === 0) throw new SealdexError('bad-option', 'Nobody is named whose signature would count: give --key FILE, --certificate-identity with --certificate-oidc-issuer, --allowed-signers FILE or --policy FILE.')
  const entry: PolicyEntry = {
    name: 'options',
    scopes: [{ kind: 'any', name: '*' }],
    reject: false,
    signers,
    require: {
      from: [...signers.keys()],
      threshold: 1,
      coverage: 'all',
      annotations: new Map(Object.entries(options.annotations ?? {})),
      repository: options.signedRepository === undefined ? null : [parseRepository(options.signedRepository).name],
      tag: false,
      maxAgeSeconds: null,
      attestations: [],
      complete: false,
    },
  }
  const canonical = canonicalPolicy({ denyDigests: [], denyKeyIds: [], entries: [entry] })
  return { denyDigests: new Set(), denyKeys: [], denyKeyIds: new Set(), entries: [entry], digest: digestOfText(canonicalJson(canonical)) }
}

/** A policy that is met by a signature of any of these keys (PEM, JWK or SSH text). */
export function policyFromKeys(keys: readonly string[]): Promise<Policy> {
  return policyFromOptions({ keys })
}

function union(a: readonly string[] | null, b: readonly string[] | null): readonly string[] | null {
  return a === null || b === null ? null : [...new Set([...a, ...b])]
}
