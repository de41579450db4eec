import { utf8Encode } from '../base/bytes.ts'
import { SealdexError } from '../base/errors.ts'
import { isJsonObject, parseJson, type JsonValue } from '../base/json.ts'
import type { TrustedRoot } from '../sigstore/trust.ts'
import type { Imported } from './import-refuse.ts'
import type { NotationConfig } from './notation.ts'
import { readPolicy } from './parse.ts'
import type { Policy } from './policy.ts'

/** Whose policy it is: podman's and skopeo's, notation's, Sigstore's policy-controller's, Kyverno's two. */
export const IMPORT_KINDS = ['containers-policy', 'notation', 'cluster-image-policy', 'image-validating-policy', 'verify-images'] as const
export type ImportKind = typeof IMPORT_KINDS[number]

export interface ImportOptions {
  /** Found out from the document unless given. */
  readonly kind?: ImportKind
  /** The text of a file that a containers policy names; throws where there is none. */
  readonly readFile?: (path: string) => string
  /** The files of notation's trust stores by `TYPE:NAME`. */
  readonly stores?: NotationConfig['stores']
  /** In which logs and authorities must stand that the policy names. Default: the root that is built in. */
  readonly trustedRoot?: TrustedRoot
}

/** A policy of ours that allows nothing that the imported one does not. */
export interface ImportedPolicy extends Imported {
  readonly kind: ImportKind
  readonly policy: Policy
}

/**
 * Makes a policy of ours (schema/policy.v1.json) of another tool's, in JSON or YAML. What cannot be said is an error that names it, and `notes` say where ours
 * is stricter: nothing ever becomes weaker. Throws `bad-policy`.
 */
export async function importPolicy(source: string | Uint8Array, options: ImportOptions = {}): Promise<ImportedPolicy> {
  const bytes = typeof source === 'string' ? utf8Encode(source) : source
  const documents = await documentsIn(bytes)
  const kinds = new Set(documents.map((document) => options.kind ?? kindOf(document)))
  const [kind = null, ...others] = kinds
  if (kind === null || others.length > 0) throw new SealdexError('bad-policy', kind === null ? 'Nothing is known that has such a policy: sealdex imports containers-policy.json, notation\'s trustpolicy.json, ClusterImagePolicy, and Kyverno\'s ImageValidatingPolicy and verifyImages.' : 'The file holds policies of several kinds; import them one by one.')
  const { file, notes } = await imported(kind, bytes, documents, options)
  return { kind, file, policy: await readPolicy(file), notes }
}

async function imported(kind: ImportKind, bytes: Uint8Array, documents: readonly JsonValue[], options: ImportOptions): Promise<Imported> {
  // who imports one does not wait for the others
  if (kind === 'notation') {
    const { policyFromNotation } = await import('./notation.ts')
    return policyFromNotation({ trustPolicy: bytes, stores: options.stores ?? {} })
  }
  if (kind === 'containers-policy') {
    const { importContainersPolicy } = await import('./import-containers-policy.ts')
    return importContainersPolicy(onlyOne(documents), { ...options, readFile: options.readFile ?? noFile })
  }
  if (kind === 'cluster-image-policy') return (await import('./import-cluster-image-policy.ts')).importClusterImagePolicies(documents, options)
  if (kind === 'verify-images') return (await import('./import-kyverno.ts')).importVerifyImages(documents, options)
  return (await import('./import-image-validating.ts')).importImageValidatingPolicies(documents, options)
}

function onlyOne(documents: readonly JsonValue[]): JsonValue {
  const [first = null, ...more] = documents
  return more.length === 0 ? first : null
}

function noFile(path: string): never {
  throw new SealdexError('bad-policy', `The policy names the file "${path.slice(0, 120)}", which cannot be read here; put the key itself into the policy (keyData).`)
}

/** JSON is read as that, strictly; the rest as YAML. */
async function documentsIn(bytes: Uint8Array): Promise<readonly JsonValue[]> {
  const first = bytes.find((byte) => byte > 0x20)
  try {
    if (first === 0x7b) return [parseJson(bytes)]
    const { parseYaml } = await import('../base/yaml.ts')
    return parseYaml(bytes)
  } catch (error) {
    if (!(error instanceof SealdexError)) throw error
    throw new SealdexError('bad-policy', `The policy is not read: ${error.message}`, { cause: error })
  }
}

function kindOf(document: JsonValue): ImportKind | null {
  if (!isJsonObject(document)) return null
  const [version, kind] = [document.get('apiVersion'), document.get('kind')]
  if (typeof version === 'string') {
    if (version.startsWith('policy.sigstore.dev/') && kind === 'ClusterImagePolicy') return 'cluster-image-policy'
    if (version.startsWith('policies.kyverno.io/') && kind === 'ImageValidatingPolicy') return 'image-validating-policy'
    return version.startsWith('kyverno.io/') && (kind === 'ClusterPolicy' || kind === 'Policy') ? 'verify-images' : null
  }
  return document.has('trustPolicies') ? 'notation' : document.has('default') ? 'containers-policy' : null
}
