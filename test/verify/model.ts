import { utf8Encode } from '../../src/base/bytes.ts'
import { parseDigest, type Digest } from '../../src/crypto/digest.ts'
import type { Place } from '../../src/oci/place.ts'
import { readDocument, type ImageIndex } from '../../src/oci/document.ts'
import * as MEDIA from '../../src/oci/media.ts'
import { parsePlatformName } from '../../src/oci/platform.ts'
import { parseReference } from '../../src/oci/reference.ts'
import { parsePolicy } from '../../src/policy/parse.ts'
import type { Policy } from '../../src/policy/policy.ts'
import type { SignatureState } from '../../src/verify/checked.ts'
import type { CheckedSignature } from '../../src/verify/checker.ts'
import type { SignedFacts } from '../../src/verify/facts.ts'
import type { Entry, Graph, GraphNode, Role } from '../../src/verify/graph.ts'
import type { Facts } from '../../src/verify/judge.ts'
import type { PlaceReport } from '../../src/verify/places.ts'

/** Facts for `judge` without cryptography or network: an index is a list of lines, a signature a name and what it is about. */

/** A digest that is easy to tell: `d('a')` is sha256 of nothing in particular. */
export function d(name: string): Digest {
  return parseDigest(`sha256:${[...name].map((c) => c.charCodeAt(0).toString(16)).join('').padEnd(64, '0').slice(0, 64)}`)
}

/** `['amd64 linux/amd64', 'sbom artifact', 'inner nested']`: name, then a platform or a role; nested ones are given in `nested`. */
export function graphOf(lines: readonly string[], nested: Readonly<Record<string, readonly string[]>> = {}): Graph {
  const nodes = new Map<Digest, GraphNode>()
  const add = (name: string, role: Role, document: GraphNode['document']): GraphNode => {
    const node: GraphNode = { digest: d(name), mediaType: role === 'index' || role === 'nested' ? MEDIA.ociIndex : MEDIA.ociManifest, size: 400, role, entries: [], document }
    nodes.set(node.digest, node)
    return node
  }
  const root = add('root', 'index', indexOf(lines))
  const walk = (parent: GraphNode, list: readonly string[]): void => {
    const { manifests } = parent.document as ImageIndex
    list.forEach((line, position) => {
      const [name = '', what = ''] = line.split(' ')
      const role: Role = what === 'nested' ? 'nested' : what === 'artifact' ? 'artifact' : 'image'
      const known = nodes.get(d(name))
      const node = known ?? add(name, role, role === 'nested' ? indexOf(nested[name] ?? []) : null)
      node.entries.push({ parent: parent.digest, position, descriptor: manifests[position] as Entry['descriptor'] })
      if (role === 'nested' && known === undefined) walk(node, nested[name] ?? [])
    })
  }
  walk(root, lines)
  return { root, rootPlatform: null, wrongLeaves: new Set(), nodes, problems: [], failures: [] }
}

function indexOf(lines: readonly string[]): ImageIndex {
  const manifests = lines.map((line) => {
    const [name = '', what = ''] = line.split(' ')
    const platform = what.includes('/') ? { platform: jsonPlatform(what) } : {}
    return { mediaType: what === 'nested' ? MEDIA.ociIndex : MEDIA.ociManifest, digest: d(name), size: 400, ...platform }
  })
  return readDocument(utf8Encode(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests })), null) as ImageIndex
}

function jsonPlatform(name: string): object {
  const { os, architecture, variant } = parsePlatformName(name)
  return { os, architecture, ...(variant === null ? {} : { variant }) }
}

export interface SignatureOptions {
  readonly state?: SignatureState
  readonly beside?: string
  readonly place?: Place
  readonly facts?: Partial<SignedFacts>
  readonly revoked?: boolean
}

/** `signed('release', 'amd64')`: an accepted signature by that signer about that object. */
export function signed(signer: string, about: string, options: SignatureOptions = {}): CheckedSignature {
  const facts: SignedFacts = {
    digest: d(about), mediaType: null, size: null, platform: null, repository: 'registry.example/app', tag: null,
    signedAt: null, expiresAt: null, role: 'image', annotations: new Map(), ...options.facts,
  }
  const state = options.state ?? 'accepted'
  return {
    state,
    code: state === 'accepted' ? null : 'no-trusted-key',
    signer: state === 'accepted' || state === 'expired' ? signer : null,
    keyId: 'ab'.repeat(32),
    signed: state === 'accepted' || state === 'expired' ? facts : null,
    revoked: options.revoked ?? false,
    time: null,
    proof: null,
    place: options.place ?? 'graph',
    found: { kind: 'unreadable', state: 'invalid', code: 'malformed', form: 'plain', at: 'x', beside: { digest: d(options.beside ?? about), mediaType: null, size: null, platform: null, annotations: null } },
  }
}

export const AT = 1_795_000_000

export interface FactsOptions {
  readonly graph?: Graph | null
  readonly reference?: string
  readonly platform?: string
  readonly checked?: readonly CheckedSignature[]
  readonly failed?: readonly string[]
  readonly left?: ReadonlyMap<Digest, number>
  readonly late?: ReadonlySet<Digest>
  readonly revokedAs?: ReadonlyMap<Digest, Digest>
  readonly unread?: Facts['unread']
}

export function factsOf(options: FactsOptions): Facts {
  const places: PlaceReport[] = (options.failed ?? []).map((name) => ({ subject: d(name), place: 'referrers', state: 'failed', code: 'registry-error', signatures: [], statements: [], attachments: [] }))
  return {
    reference: parseReference(options.reference ?? 'registry.example/app:1'),
    at: AT,
    platform: options.platform === undefined ? null : parsePlatformName(options.platform),
    graph: options.graph === undefined ? graphOf(['amd64 linux/amd64', 'arm64 linux/arm64']) : options.graph,
    unread: options.unread ?? null,
    checked: options.checked ?? [],
    places,
    left: options.left ?? new Map(),
    late: options.late ?? new Set(),
    revokedAs: options.revokedAs ?? new Map(),
    statements: [],
    trust: { digest: null, failure: null, warning: null },
  }
}

/** Keys that exist for the tests; a policy needs real ones, `judge` never looks at them. */
export const KEYS: readonly string[] = [
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID0nCBstSHgf9hIeznay8+BaiiXGTnj+p5YqPryriMyM',
  'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBCy7RgUVHAcsBCHKWfvu96HRufcWFx/JjqpLGnahBK5qdXIlcdFJetE8KamrcyQws/pPy/z84LpksU1WZ4Y8Rw0=',
]

/** A policy with the signers `a` and `b` and the requirements given. */
export function policyOf(require: object = {}, extra: object = {}): Promise<Policy> {
  const signers = { a: { keys: [{ key: KEYS[0] }] }, b: { keys: [{ key: KEYS[1] }] } }
  return parsePolicy(JSON.stringify({ version: 1, ...extra, policies: [{ name: 'p', scopes: ['*'], signers, require }] }))
}
