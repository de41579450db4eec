import { hexEncode } from '../base/bytes.ts'
import { LIMITS } from '../base/limits.ts'
import type { Digest } from '../crypto/digest.ts'
import { writeSimpleSigning } from '../envelope/simple-signing.ts'
import type { FoundEnvelope, FoundSignature } from '../form/found.ts'
import type { Place } from '../oci/place.ts'
import type { Platform } from '../oci/platform.ts'
import type { Reference } from '../oci/reference.ts'
import type { Policy, PolicyEntry } from '../policy/policy.ts'
import { checkSignature, isHinted } from './check.ts'
import { outcome, type CheckContext, type Checked, type TrustedKey } from './checked.ts'
import { platformFits } from './facts.ts'
import type { PlaceReport } from './places.ts'
import type { Trust } from './trust.ts'

/** A signature with the place where it was found first and what checking it gave. */
export interface CheckedSignature extends Checked {
  readonly found: FoundSignature
  readonly place: Place
}

/** An attestation, checked as a signature is and never counted as one (R10). `found.carrier` is what is attached. */
export interface CheckedStatement extends Checked {
  readonly found: FoundEnvelope
  readonly place: Place
  readonly predicateType: string
}

export interface CheckerOptions {
  readonly reference: Reference
  readonly at: number
  readonly policy: Policy | null
  readonly entry: PolicyEntry | null
  /** Payload bytes that the caller knows (R4). */
  readonly payloads: readonly Uint8Array<ArrayBuffer>[]
  /** The platforms that the graph gives an object: a signed one must be each of them, wherever the signature stands (R4). */
  readonly platformsOf: (digest: Digest) => readonly Platform[]
  /** Stops at a subject once this says that its accepted signatures suffice; null checks all. */
  readonly suffices: ((accepted: readonly CheckedSignature[]) => boolean) | null
  /** Check attestations too. */
  readonly statements: boolean
  /** What certificates, logs and timestamps are judged by; null: nothing proves them. */
  readonly trust: Trust
}

/** Checks what the places gave: each signature once, in a fixed order, at most `LIMITS.signaturesTried` for one subject (R11). */
export class Checker {
  readonly #options: CheckerOptions
  readonly #context: CheckContext
  /** By subject: its only signature, or the names of all. */
  readonly #seen = new Map<Digest, FoundSignature | Set<string>>()
  /** All signatures so far, in the order of the places and of what stands there. */
  readonly checked: CheckedSignature[] = []
  /** Attestations, in the order of finding. */
  readonly statements: CheckedStatement[] = []
  /** How many signatures were left untried, by subject. */
  readonly left: Map<Digest, number> = new Map()
  /** How many may still be tried, in all, and by subject where some were found. */
  #allowance: number = LIMITS.signaturesTriedInAll
  readonly #allowed = new Map<Digest, number>()

  constructor(options: CheckerOptions) {
    this.#options = options
    const rebuilt = new Map<Digest, readonly Uint8Array<ArrayBuffer>[]>()
    this.#context = {
      keys: trustedKeys(options.policy, options.entry),
      keyless: [...(options.entry?.signers.values() ?? [])].filter((signer) => signer.kind === 'keyless'),
      x509: [...(options.entry?.signers.values() ?? [])].filter((signer) => signer.kind === 'x509'),
      trustedRoot: options.trust.root,
      rootFailure: options.trust.facts.failure?.code ?? null,
      at: options.at,
      revoked: options.policy?.denyKeyIds ?? new Set(),
      candidates: ({ beside: { digest } }) => {
        const payloads = rebuilt.get(digest) ?? [...options.payloads, ...rebuiltPayloads(digest, options.reference, options.entry)]
        rebuilt.set(digest, payloads)
        return payloads
      },
    }
  }

  async check(reports: readonly PlaceReport[]): Promise<void> {
    const fresh = reports.flatMap((report) => report.signatures.map((found) => ({ found, place: report.place }))).filter(({ found }) => this.#isNew(found))
    const bySubject = Map.groupBy(fresh, ({ found }) => found.beside.digest)
    for (const [subject, items] of bySubject) this.#allot(subject, items)
    const results = new Map<FoundSignature, Checked>()
    await Promise.all([...bySubject].map(([subject, items]) => this.#checkSubject(subject, items, results)))
    for (const { found, place } of fresh) this.checked.push({ ...(results.get(found) ?? outcome('not-checked', 'not-needed')), found, place })
  }

  /** Each statement once, as many for a subject as signatures are tried; one that was left says so. */
  async checkStatements(reports: readonly PlaceReport[]): Promise<void> {
    if (!this.#options.statements) return
    const known = new Set(this.statements.map(({ found }) => statementName(found)))
    const fresh = reports.flatMap(({ statements, place }) => statements.map((statement) => ({ ...statement, place }))).filter(({ found }) => !known.has(statementName(found)) && known.add(statementName(found)))
    const tried = new Map<Digest, number>()
    const checked = await Promise.all(fresh.map(async ({ found, place, predicateType }): Promise<CheckedStatement> => {
      const count = (tried.get(found.beside.digest) ?? this.statements.filter((one) => one.found.beside.digest === found.beside.digest).length) + 1
      tried.set(found.beside.digest, count)
      const result = count > LIMITS.signaturesTried ? outcome('not-checked', 'too-many-signatures') : await checkSignature(found, this.#context)
      return { ...result, found, place, predicateType }
    }))
    this.statements.push(...checked)
  }

  /** Before anything is tried, and in the order of finding: where the limit falls must not depend on what finishes first (E4). */
  #allot(subject: Digest, items: readonly FreshSignature[]): void {
    const free = this.#allowed.get(subject) ?? LIMITS.signaturesTried
    const wanted = items.filter(({ found }) => found.kind !== 'unreadable').length
    const granted = Math.min(wanted, free, this.#allowance)
    this.#allowance -= granted
    // what is granted and not used because fewer sufficed stays the subject's
    this.#allowed.set(subject, granted === wanted ? free : granted)
  }

  async #checkSubject(subject: Digest, items: readonly FreshSignature[], results: Map<FoundSignature, Checked>): Promise<void> {
    const hinted: FreshSignature[] = []
    const others: FreshSignature[] = []
    for (const item of items) {
      if (item.found.kind === 'unreadable') results.set(item.found, outcome(item.found.state, item.found.code))
      else (isHinted(item.found, this.#context) ? hinted : others).push(item)
    }
    const accepted = this.checked.filter(({ found, state }) => found.beside.digest === subject && state === 'accepted')
    for (const batch of [hinted, others]) {
      if (batch.length > 0) accepted.push(...(await this.#tryBatch(subject, batch.sort(byKey), results)))
      if (accepted.length > 0 && this.#options.suffices?.(accepted)) return
    }
  }

  /** Tries what is still allowed for the subject, all at once; the rest is left and told. Returns what was accepted. */
  async #tryBatch(subject: Digest, batch: readonly FreshSignature[], results: Map<FoundSignature, Checked>): Promise<CheckedSignature[]> {
    const allowed = this.#allowed.get(subject) ?? 0
    const taken = batch.slice(0, allowed)
    this.#allowed.set(subject, allowed - taken.length)
    const checked = await Promise.all(taken.map(async ({ found, place }): Promise<CheckedSignature> => ({ ...this.#listedAsSigned(await checkSignature(found, this.#context)), found, place })))
    for (const result of checked) results.set(result.found, result)
    const rest = batch.slice(taken.length)
    for (const { found } of rest) results.set(found, outcome('not-checked', 'too-many-signatures'))
    if (rest.length > 0) this.left.set(subject, (this.left.get(subject) ?? 0) + rest.length)
    return checked.filter(({ state }) => state === 'accepted')
  }

  /** Without this, an image signed for one platform would pass as that of another where the index lists it a second time. */
  #listedAsSigned(checked: Checked): Checked {
    const { state, signed } = checked
    if (state !== 'accepted' || signed === null || signed.platform === null || this.#options.platformsOf(signed.digest).every((platform) => platformFits(signed, platform))) return checked
    return { ...checked, state: 'mismatch', code: 'other-facts' }
  }

  /** The same signature over the same bytes, found in two places or on a repeated descriptor, is one (R2, R3). */
  #isNew(found: FoundSignature): boolean {
    const { digest } = found.beside
    const known = this.#seen.get(digest)
    // most subjects have one signature, which needs no name to be told from others
    if (known === undefined) this.#seen.set(digest, found)
    else {
      const names = known instanceof Set ? known : new Set([identityOf(known)])
      const identity = identityOf(found)
      if (names.has(identity)) return false
      this.#seen.set(digest, names.add(identity))
    }
    return true
  }
}

function statementName({ carrier, beside, at }: FoundEnvelope): string {
  return `${carrier} ${beside.digest} ${at}`
}

/** With what stands beside it: a copy with a wrong payload, or none, must not hide the one that has its own. */
function identityOf(found: FoundSignature): string {
  if (found.kind === 'simple-signing') return [...[found.signature, ...found.payloads].map(hexEncode), ...Object.values(found.material).flat()].join(' ')
  if (found.kind === 'notation') return `notation ${found.container} ${found.blob.digest}`
  if (found.kind === 'envelope') return `${found.blob.digest} ${Object.values(found.material).flat().join(' ')}`
  return found.kind === 'ssh-descriptor' ? `${hexEncode(found.armored)} ${hexEncode(found.descriptor)}` : `${found.form} ${found.at}`
}

interface FreshSignature {
  readonly found: FoundSignature
  readonly place: Place
}

function byKey(a: FreshSignature, b: FreshSignature): number {
  return a.found.at < b.found.at ? -1 : a.found.at > b.found.at ? 1 : 0
}

function trustedKeys(policy: Policy | null, entry: PolicyEntry | null): readonly TrustedKey[] {
  if (policy === null) return []
  const signers = [...(entry?.signers.values() ?? [])]
  const named = signers.flatMap((signer) => signer.keys.map((item): TrustedKey => ({ key: item.key, signer, window: item, revoked: policy.denyKeyIds.has(item.key.keyId) })))
  const names = new Set(named.map(({ key }) => key.keyId))
  const onlyRevoked = policy.denyKeys.filter((key) => !names.has(key.keyId))
  return [...named, ...onlyRevoked.map((key): TrustedKey => ({ key, signer: null, window: { notBefore: null, notAfter: null }, revoked: true }))]
}

/** cosign's canonical payload, rebuilt for the names it may have been signed under (R4), in a fixed order. */
function rebuiltPayloads(digest: Digest, reference: Reference, entry: PolicyEntry | null): Uint8Array<ArrayBuffer>[] {
  const { registry, path, name } = reference.repository
  const own = registry === 'docker.io' ? [name, `index.docker.io/${path}`] : [name]
  const required = Array.isArray(entry?.require.repository) ? (entry.require.repository as readonly string[]) : []
  const names = [...own, ...(reference.tag === null ? [] : own.map((one) => `${one}:${reference.tag}`)), ...required]
  return [...new Set(names)].map((one) => writeSimpleSigning(digest, one))
}
