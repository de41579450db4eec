import type { Digest } from '../crypto/digest.ts'
import type { PublicKey } from '../crypto/public-key.ts'
import type { Repository } from '../oci/reference.ts'
import type { Certificate } from '../x509/certificate.ts'
import type { Subject } from '../x509/name.ts'
import { scopeRank, type Scope } from './match.ts'

/** A key of a signer, with the window in which its signatures count (seconds since 1970; null is open). */
export interface SignerKey {
  readonly key: PublicKey
  readonly notBefore: number | null
  readonly notAfter: number | null
}

/** Who may sign without a key: exactly one of `identity` and `identityPattern` is given. */
export interface KeylessSigner {
  readonly kind: 'keyless'
  readonly name: string
  readonly keys: readonly []
  /** The certificate's only SAN, exact. */
  readonly identity: string | null
  /** `*` stands for anything inside one path segment (T37). */
  readonly identityPattern: string | null
  readonly issuer: string
  /** Facts that Fulcio wrote into the certificate, exact, by their names (sigstore/identity.ts). */
  readonly extensions: ReadonlyMap<string, string>
  /** Whether a transparency log, and a certificate log, must vouch; both unless the policy says otherwise. */
  readonly log: boolean
  readonly sct: boolean
}

/** Who may sign with a certificate of notation. */
export interface X509Signer {
  readonly kind: 'x509'
  readonly name: string
  readonly keys: readonly []
  /** Authorities whose certificates count, where the time is the signer's word. */
  readonly roots: readonly Certificate[]
  /** Authorities of services that vouch for the time (`notary.x509.signingAuthority`). */
  readonly signingAuthorities: readonly Certificate[]
  /** Attributes that the leaf's name must have, each exactly; null: whoever the authorities certify. */
  readonly subject: Subject | null
  /** Authorities of timestamps; where there are some, `verifyTimestamp` says when one is needed. */
  readonly tsa: readonly Certificate[]
  readonly verifyTimestamp: 'always' | 'afterCertExpiry'
}

/** Who may sign: by keys (one signer, keys in rotation), by an SSH key in named namespaces, or without a key. */
export type PolicySigner =
  | { readonly kind: 'key'; readonly name: string; readonly keys: readonly SignerKey[]; /** A log must vouch for each signature. */ readonly log: boolean }
  | { readonly kind: 'ssh'; readonly name: string; readonly keys: readonly [SignerKey]; readonly namespaces: readonly string[] | null; readonly principals: readonly string[] }
  | KeylessSigner
  | X509Signer

export type CoverageMode = 'all' | 'each' | 'index'

/** A value that a signed statement can be asked to have. */
export type Scalar = string | number | boolean

/** A demand on a statement's predicate: what stands at a JSON Pointer (RFC 6901) is one of these. */
export interface PredicateCondition {
  readonly path: string
  readonly in: readonly Scalar[]
}

/** A statement that somebody must have signed about each manifest that would run, or about an index that lists it. */
export interface AttestationDemand {
  /** Exactly as it is signed; the short names of tools are not read. */
  readonly predicateType: string
  readonly from: readonly string[]
  /** All of them, by one statement. */
  readonly where: readonly PredicateCondition[]
}

export interface Requirements {
  readonly from: readonly string[]
  readonly threshold: number
  readonly coverage: CoverageMode
  readonly annotations: ReadonlyMap<string, string>
  /** Canonical repository names of which one must be signed; `same` is the reference's own; null demands nothing. */
  readonly repository: 'same' | readonly string[] | null
  readonly tag: boolean
  readonly maxAgeSeconds: number | null
  readonly attestations: readonly AttestationDemand[]
  /** What is attached must be what the newest accepted list says (R8). */
  readonly complete: boolean
}

export interface PolicyEntry {
  readonly name: string
  readonly scopes: readonly Scope[]
  readonly reject: boolean
  readonly signers: ReadonlyMap<string, PolicySigner>
  readonly require: Requirements
}

/** A policy that was read and found valid. Made only in this folder, so that `basis.policy` always fits what is judged. */
export interface Policy {
  readonly denyDigests: ReadonlySet<Digest>
  readonly denyKeys: readonly PublicKey[]
  /** 64 hex of SHA-256(SPKI) each: those of `denyKeys`, and those given as bare identifiers. */
  readonly denyKeyIds: ReadonlySet<string>
  readonly entries: readonly PolicyEntry[]
  /** SHA-256 of the canonical JSON with the defaults filled in. */
  readonly digest: Digest
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
