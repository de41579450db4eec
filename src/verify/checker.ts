import { hexEncode } from '../base/bytes.ts'
import type { JsonValue } from '../base/json.ts'
import * as LIMITS from '../base/limits.ts'
import type { Digest } from '../crypto/digest.ts'
import { writeSimpleSigning } from '../envelope/simple-signing.ts'
import type { FoundEnvelope, FoundSignature } from '../form/found.ts'
import type { Place } from '../oci/place.ts'
import type { Platform } from '../oci/platform.ts'
import type { Reference } from '../oci/reference.ts'
import type { Policy, PolicyEntry } from '../policy/policy.ts'
import { attemptsAtMost } from './attempts-at-most.ts'
import { Attempts, type Left, type Spend } from './attempts.ts'
import { checkSignature, isHinted } from './check.ts'
import { outcome, type CheckContext, type Checked, type TrustedKey } from './checked.ts'
import { platformFits, type SignedFacts } from './facts.ts'
import type { PlaceReport } from './places.ts'
import { besideItsSubject, contentOf, vouchedFor } from './statements.ts'
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
  /** By object of the graph, what it says; empty unless it is accepted. */
  readonly about: ReadonlyMap<Digest, SignedFacts>
  readonly predicate: JsonValue
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
  readonly inGraph: (digest: Digest) => boolean
  /** What certificates, logs and timestamps are judged by; null: nothing proves them. */
  readonly trust: Trust
  /** Whether the deadline has passed: nothing is tried any more. */
  readonly expired: () => boolean
}

/** Checks what the places gave: each signature once, in a fixed order, at most `LIMITS.signaturesTried` for one subject (R11). */
export class Checker {
  readonly #options: CheckerOptions
  readonly #context: Omit<CheckContext, 'spend'>
  readonly #attempts: Attempts
  /** By subject: its only signature, or the names of all. */
  readonly #seen = new Map<Digest, FoundSignature | Set<string>>()
  /** All signatures so far, in the order of the places and of what stands there. */
  readonly checked: CheckedSignature[] = []
  /** Attestations, in the order of finding. */
  readonly statements: CheckedStatement[] = []
  /** How many signatures were left untried, by subject. */
  readonly left: Map<Digest, number> = new Map()
  /** Subjects where the deadline left some. */
  readonly late: Set<Digest> = new Set()
  /** How many may still be tried, in all, and by subject where some were found. */
  #allowance: number = LIMITS.signaturesTriedInAll
  readonly #allowed = new Map<Digest, number>()

  constructor(options: CheckerOptions) {
    this.#options = options
    this.#attempts = new Attempts(options.expired)
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
      mostCandidates: options.payloads.length + signedNames(options.reference, options.entry).length,
    }
  }

  async check(reports: readonly PlaceReport[]): Promise<void> {
    const fresh = reports.flatMap((report) => report.signatures.map((found) => ({ found, place: report.place }))).filter(({ found }) => this.#isNew(found))
    const bySubject = Map.groupBy(fresh, ({ found }) => found.beside.digest)
    for (const [subject, items] of bySubject) this.#allot(subject, items)
    const results = new Map<FoundSignature, Checked>()
    for (const { found } of fresh) if (found.kind === 'unreadable') results.set(found, outcome(found.state, found.code))
    const hinted = new Set(fresh.filter(({ found }) => isHinted(found, this.#context)))
    const readable = [...bySubject].map(([subject, items]) => [subject, items.filter(({ found }) => found.kind !== 'unreadable')] as const)
    await this.#tryAll(readable.flatMap(([subject, items]) => this.#allowedOf(subject, items.filter((item) => hinted.has(item)), results)), results)
    const open = readable.filter(([subject]) => !this.#isSufficed(subject, bySubject.get(subject) ?? [], results))
    await this.#tryAll(open.flatMap(([subject, items]) => this.#allowedOf(subject, items.filter((item) => !hinted.has(item)), results)), results)
    for (const { found, place } of fresh) this.checked.push({ ...(results.get(found) ?? outcome('not-checked', 'not-needed')), found, place })
  }

  /** Each statement once, as many for a subject as signatures are tried; one that was left says so. */
  async checkStatements(reports: readonly PlaceReport[]): Promise<void> {
    if (!this.#options.statements) return
    const known = new Set(this.statements.map(({ found }) => statementName(found)))
    const fresh = reports.flatMap(({ statements, place }) => statements.map((statement) => ({ ...statement, place }))).filter(({ found }) => !known.has(statementName(found)) && known.add(statementName(found)))
    const tried = new Map<Digest, number>()
    const counted = fresh.map((item): readonly [FreshStatement, number] => {
      const { digest } = item.found.beside
      const count = (tried.get(digest) ?? this.statements.filter(({ found }) => found.beside.digest === digest).length) + 1
      tried.set(digest, count)
      return [item, count]
    })
    const most = ([{ found }, count]: readonly [FreshStatement, number]): number => (count > LIMITS.signaturesTried ? 0 : attemptsAtMost(found, this.#context))
    const results = await this.#attempts.run(counted, most, ([item, count], spend) => (count > LIMITS.signaturesTried ? Promise.resolve(untriedStatement(item, 'too-many-signatures')) : this.#checkStatement(item, spend)))
    const checked = results.map((result, i): CheckedStatement => (typeof result === 'object' ? result : untriedStatement(fresh[i] as FreshStatement, result)))
    for (const [i, { found }] of fresh.entries()) if (results[i] === 'timeout') this.late.add(found.beside.digest)
    this.statements.push(...checked)
  }

  async #checkStatement(item: FreshStatement, spend: Spend): Promise<CheckedStatement> {
    const content = contentOf(item.found, this.#options.inGraph)
    const result = await checkSignature(besideItsSubject(item.found, content), { ...this.#context, spend })
    return { ...item, ...result, ...vouchedFor(content, result) }
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

  #isSufficed(subject: Digest, items: readonly FreshSignature[], results: ReadonlyMap<FoundSignature, Checked>): boolean {
    const before = this.checked.filter(({ found, state }) => found.beside.digest === subject && state === 'accepted')
    const accepted = items.flatMap((item): CheckedSignature[] => {
      const result = results.get(item.found)
      return result?.state === 'accepted' ? [{ ...result, ...item }] : []
    })
    return before.length + accepted.length > 0 && this.#options.suffices?.([...before, ...accepted]) === true
  }

  /** What may still be tried of the subject's; the rest is left and told. */
  #allowedOf(subject: Digest, items: readonly FreshSignature[], results: Map<FoundSignature, Checked>): readonly FreshSignature[] {
    const allowed = this.#allowed.get(subject) ?? 0
    const ordered = [...items].sort(byKey)
    const taken = ordered.slice(0, allowed)
    this.#allowed.set(subject, allowed - taken.length)
    for (const { found } of ordered.slice(taken.length)) this.#leave(found, 'too-many-signatures', results)
    return taken
  }

  /** Tries all, as far as there are attempts and time. */
  async #tryAll(items: readonly FreshSignature[], results: Map<FoundSignature, Checked>): Promise<void> {
    const tried = await this.#attempts.run(items, ({ found }) => attemptsAtMost(found, this.#context), async ({ found }, spend) => this.#listedAsSigned(await checkSignature(found, { ...this.#context, spend })))
    for (const [i, { found }] of items.entries()) {
      const result = tried[i]
      if (typeof result === 'object') results.set(found, result)
      else this.#leave(found, result ?? 'too-many-signatures', results)
    }
  }

  #leave(found: FoundSignature, code: Left, results: Map<FoundSignature, Checked>): void {
    const { digest } = found.beside
    results.set(found, outcome('not-checked', code))
    if (code === 'timeout') this.late.add(digest)
    else this.left.set(digest, (this.left.get(digest) ?? 0) + 1)
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

function untriedStatement(item: FreshStatement, code: Left): CheckedStatement {
  return { ...outcome('not-checked', code), ...item, about: new Map(), predicate: null }
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

type FreshStatement = Pick<CheckedStatement, 'found' | 'place' | 'predicateType'>

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
export function rebuiltPayloads(digest: Digest, reference: Reference, entry: PolicyEntry | null): Uint8Array<ArrayBuffer>[] {
  return signedNames(reference, entry).map((name) => writeSimpleSigning(digest, name))
}

function signedNames(reference: Reference, entry: PolicyEntry | null): readonly string[] {
  const { registry, path, name } = reference.repository
  const own = registry === 'docker.io' ? [name, `index.docker.io/${path}`] : [name]
  const required = Array.isArray(entry?.require.repository) ? (entry.require.repository as readonly string[]) : []
  const names = [...own, ...(reference.tag === null ? [] : own.map((one) => `${one}:${reference.tag}`)), ...required]
  return [...new Set(names)]
}
