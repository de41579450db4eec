import type { Code } from '../base/codes.ts'
import { formatTime } from '../base/time.ts'
import type { Digest } from '../crypto/digest.ts'
import type { Place } from '../oci/place.ts'
import { platformName } from '../oci/platform.ts'
import type { Policy } from '../policy/policy.ts'
import { entryFor } from '../policy/policy.ts'
import type { SignatureState } from './checked.ts'
import type { CheckedSignature } from './checker.ts'
import type { Coverage } from './coverage.ts'
import { plainValue, type SignedFacts } from './facts.ts'
import type { Role } from './graph.ts'
import { judgedSubjects, type Facts } from './judge.ts'

export interface VerdictSigned {
  readonly digest: Digest
  readonly mediaType: string | null
  readonly size: number | null
  readonly platform: string | null
  readonly repository: string | null
  readonly tag: string | null
  readonly signedAt: string | null
  readonly expiresAt: string | null
  readonly annotations: Readonly<Record<string, unknown>>
}

export interface VerdictSignature {
  readonly state: SignatureState
  readonly form: string
  readonly place: Place
  readonly signer: string | null
  readonly code: Code | null
  readonly signed: VerdictSigned | null
  /** What the trusted root proves of a signature made without a key, or of when one was made; null: nothing. */
  readonly proof: VerdictProof | null
}

/** Who a certificate names, with what Fulcio wrote into it, and what vouches for the time. Every field out of verified bytes. */
export interface VerdictProof {
  readonly identity: string | null
  readonly issuer: string | null
  readonly extensions: Readonly<Record<string, string>>
  /** RFC 3339: a timestamp's time, else the log's. */
  readonly time: string | null
  /** `index` is null where nothing that the log signed says it. */
  readonly log: { readonly name: string; readonly index: number | null } | null
  readonly timestampAuthority: string | null
}

export interface VerdictSubject {
  readonly digest: Digest
  readonly mediaType: string | null
  readonly role: Role
  readonly platform: string | null
  readonly coverage: 'own' | 'listed' | 'none' | 'not-judged'
  readonly coveredBy: readonly Digest[]
  readonly signatures: readonly VerdictSignature[]
}

export interface VerdictSigner {
  readonly name: string
  readonly kind: 'key' | 'keyless' | 'x509' | 'ssh'
  readonly identity: string | null
  readonly issuer: string | null
  readonly keyId: string | null
}

/** The objects of the graph in index order, then what else was found signed, by digest. */
export function subjectsOf(facts: Facts, coverage: Coverage | null): readonly VerdictSubject[] {
  if (facts.graph === null) return []
  const judged = judgedSubjects(facts.graph, facts.platform)
  const bySubject = Map.groupBy(facts.checked, ({ found }) => found.beside.digest)
  const inGraph = [...facts.graph.nodes.values()].map((node): VerdictSubject => {
    const covered = coverage?.of(node)
    const shown = judged.has(node.digest) || covered?.met === true
    return {
      digest: node.digest,
      mediaType: node.mediaType,
      role: node.role,
      platform: platformOf(node.entries[0]?.descriptor.platform ?? (node === facts.graph?.root ? facts.graph.rootPlatform : null)),
      coverage: shown ? (covered?.coverage ?? 'none') : 'not-judged',
      coveredBy: shown ? (covered?.coveredBy ?? []) : [],
      signatures: (bySubject.get(node.digest) ?? []).map(signatureOf),
    }
  })
  const others = [...bySubject].filter(([digest]) => facts.graph?.nodes.has(digest) === false).sort(([a], [b]) => (a < b ? -1 : 1))
  return [...inGraph, ...others.map(([digest, signatures]): VerdictSubject => ({
    digest,
    mediaType: signatures[0]?.found.beside.mediaType ?? null,
    role: 'artifact',
    platform: platformOf(signatures[0]?.found.beside.platform ?? null),
    coverage: 'not-judged',
    coveredBy: [],
    signatures: signatures.map(signatureOf),
  }))]
}

function platformOf(platform: Parameters<typeof platformName>[0] | null): string | null {
  return platform === null ? null : platformName(platform)
}

function signatureOf(checked: CheckedSignature): VerdictSignature {
  const { state, found, place, signer, code, signed } = checked
  return { state, form: found.form, place, signer, code, signed: signed === null ? null : signedOf(signed), proof: proofOf(checked) }
}

export function proofOf({ proof, time }: Pick<CheckedSignature, 'proof' | 'time'>): VerdictProof | null {
  if (proof === null) return null
  const { identity, issuer, extensions, log, timestampAuthority } = proof
  return { identity, issuer, extensions: Object.fromEntries(extensions), time: time === null ? null : formatTime(time), log, timestampAuthority }
}

export function signedOf(signed: SignedFacts): VerdictSigned {
  return {
    digest: signed.digest,
    mediaType: signed.mediaType,
    size: signed.size,
    platform: signed.platform,
    repository: signed.repository,
    tag: signed.tag,
    signedAt: signed.signedAt === null ? null : formatTime(signed.signedAt),
    expiresAt: signed.expiresAt === null ? null : formatTime(signed.expiresAt),
    annotations: Object.fromEntries([...signed.annotations].map(([name, value]) => [name, plainValue(value)])),
  }
}

/** Distinct signers with an accepted signature, by name. */
export function signersOf(facts: Facts, policy: Policy): readonly VerdictSigner[] {
  const entry = entryFor(policy, facts.reference.repository)
  const found = new Map<string, VerdictSigner>()
  for (const { state, signer, keyId, proof } of facts.checked) {
    if (state !== 'accepted' || signer === null || found.has(signer)) continue
    const named = entry?.signers.get(signer)
    const identity = named?.kind === 'ssh' ? named.principals.join(',') || null : (proof?.identity ?? null)
    found.set(signer, { name: signer, kind: named?.kind ?? 'key', identity, issuer: proof?.issuer ?? null, keyId })
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}
