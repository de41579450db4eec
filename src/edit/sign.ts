import { SealdexError } from '../base/errors.ts'
import * as LIMITS from '../base/limits.ts'
import { quoted } from '../base/quoted.ts'
import type { Digest } from '../crypto/digest.ts'
import type { Signer } from '../crypto/private-key.ts'
import { FACT } from '../oci/signed-facts.ts'
import { parsePlatformName, platformName, type Platform } from '../oci/platform.ts'
import { parseReference, type Reference } from '../oci/reference.ts'
import type { KeylessSigner } from '../sigstore/signing/keyless.ts'
import { Guard } from '../source/guarded.ts'
import type { RegistryWriter } from '../source/registry-writer.ts'
import type { Source } from '../source/source.ts'
import { judgedLeaves, walkGraph } from '../verify/graph.ts'
import { Objects, type LoadedDocument } from '../verify/objects.ts'
import { loadedOrThrow, type Note, type Progress, type Signing, type WrittenObject } from './context.ts'
import { signDetached } from './detached.ts'
import { entrySigner } from './entry-signer.ts'
import { signInTag } from './in-tag.ts'
import { bundleAbout } from './statement.ts'
import { listedSubject, rootSubject, type Subject, type SubjectState } from './subject.ts'
import { realTiming, type Timing } from './clock.ts'
import { untilRead } from './write.ts'

export type Layout = 'detached' | 'flat' | 'nested'

export interface SignOptions {
  readonly source: Source & RegistryWriter
  /** A key, or {@link keylessSigner}. */
  readonly signer: Signer | KeylessSigner
  /** Where the signature is written (W3). Default `detached`: no tag of the image is touched. */
  readonly layout?: Layout
  /** `detached`: every platform manifest too, each for itself. */
  readonly each?: boolean
  /** `os/arch[/variant]`: the platform manifest instead of the index (`detached`), or only this one of them (`flat`). */
  readonly platform?: string
  /** Signed along, in the payload's `optional`. The prefix `dev.sealdex/` is refused. */
  readonly annotations?: Readonly<Record<string, string>>
  /** The time that is signed, as a Date or in seconds since 1970. Default: now. */
  readonly at?: Date | number
  /** After this the signature is expired. Default: never. */
  readonly expiresAt?: Date | number
  /** Makes a Sigstore bundle about the same subjects too, which other verifiers read. */
  readonly bundle?: boolean
  /** Moves a tag although something is bound to the digest that it names. */
  readonly force?: boolean
  /** Puts a new signature in the place of one by the same key over the same facts. */
  readonly renew?: boolean
  /** Milliseconds for everything. Default `LIMITS.signDeadlineMs`. */
  readonly timeoutMs?: number
  /** Default `LIMITS.signRequests`. */
  readonly maxRequests?: number
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: Progress) => void
  /** The clock of waits, for tests. Default: the real one. */
  readonly timing?: Timing
}

export interface SignResult {
  readonly version: 1
  /** Canonical. */
  readonly reference: string
  readonly subjects: readonly { readonly digest: Digest; readonly platform: string | null; readonly state: SubjectState }[]
  readonly written: readonly WrittenObject[]
  /** What the reference named, and what it names now. */
  readonly before: Digest
  readonly after: Digest
  /** What the writer saw and its user should know. */
  readonly notes: readonly Note[]
  /** The bundle that was asked for, in JSON. */
  readonly bundle?: string
}

/**
 * Signs what a reference names and writes the signature into a signed index (W1 to W5), without losing what others write at the same time.
 * Throws a SealdexError: `bad-reference`, `bad-option`, `reference-not-found`, `unauthorized`, `tag-immutable`, `tag-changed`, `bound-elsewhere`,
 * `nothing-runnable`, `no-such-platform`, `too-large`, `write-contended`, `malformed` for an image that is, and the codes of a registry that fails.
 */
export async function sign(reference: string, options: SignOptions): Promise<SignResult> {
  const layout = options.layout ?? 'detached'
  const platform = checkedPlatform(options, layout)
  const notes: Note[] = []
  const signing = openSigning(parseReference(reference), options, notes)
  const common = { version: 1, reference: signing.reference.canonical, notes } as const
  if (layout !== 'detached') {
    const { works, written, before, after } = await signInTag(signing, layout, platform)
    return { ...common, subjects: works.map((work) => work.result), written, before, after, ...(await bundled(options, signing, works.map(({ subject }) => subject))) }
  }
  const root = await untilRead(async () => loadedOrThrow(await signing.objects.resolve(signing.reference), signing.reference.canonical), signing.timing)
  const subjects = await detachedSubjects(root, signing, platform, options.each ?? false)
  const signed = await Promise.all(subjects.map((subject) => signDetached(signing, subject)))
  return {
    ...common, subjects: signed.map(({ signing: work }) => work.result), written: signed.flatMap(({ written }) => written), before: root.digest, after: root.digest,
    ...(await bundled(options, signing, subjects)),
  }
}

async function bundled({ bundle = false }: SignOptions, signing: Signing, subjects: readonly Subject[]): Promise<Pick<SignResult, 'bundle'>> {
  if (!bundle) return {}
  try {
    return { bundle: await bundleAbout(signing, subjects) }
  } catch (cause) {
    if (!(cause instanceof SealdexError)) throw cause
    throw new SealdexError(cause.code, `The image is signed, and the bundle could not be made. ${cause.message}`, { cause })
  }
}

/** A writer that signs, ready to begin. Throws `bad-option`. */
export function openSigning(reference: Reference, options: SignOptions, notes: Note[]): Signing {
  const signedAt = options.at === undefined ? Math.floor(Date.now() / 1000) : seconds(options.at, 'at')
  const expiresAt = options.expiresAt === undefined ? null : seconds(options.expiresAt, 'expiresAt')
  if (expiresAt !== null && expiresAt <= signedAt) throw new SealdexError('bad-option', 'expiresAt is not after the time of signing.')
  const { timeoutMs = LIMITS.signDeadlineMs, maxRequests = LIMITS.signRequests, signal } = options
  const guard = new Guard({ timeoutMs, maxRequests, maxBytes: LIMITS.signBytes, ...(signal === undefined ? {} : { signal }) })
  return {
    reference,
    source: options.source,
    objects: new Objects(options.source, reference.repository, guard),
    signer: entrySigner(options.signer),
    facts: { reference, annotations: checkedAnnotations(options.annotations ?? {}), signedAt, expiresAt },
    renew: options.renew ?? false,
    force: options.force ?? false,
    timing: options.timing ?? realTiming,
    progress: options.onProgress ?? (() => undefined),
    // several subjects see the same: said once
    note: (code, message) => void (notes.some((known) => known.message === message) || notes.push({ code, message })),
  }
}

/** What is meant by a reference and a platform; the reference's own object stands first where it is among them. */
export async function detachedSubjects(root: LoadedDocument, { objects }: Pick<Signing, 'objects'>, platform: Platform | null, each: boolean): Promise<readonly Subject[]> {
  if (platform === null && (!each || root.document.kind !== 'index')) return [rootSubject(root)]
  if (root.document.kind !== 'index') throw new SealdexError('bad-option', `${root.digest} is a single manifest: sign it without a platform.`)
  const graph = await walkGraph(root, objects)
  const trouble = graph.problems[0] ?? graph.failures[0]
  if (trouble !== undefined) throw new SealdexError(trouble.code, trouble.message)
  const leaves = judgedLeaves(graph, platform).flatMap((leaf) => leaf.entries[0]?.descriptor ?? []).map(listedSubject)
  if (leaves.length === 0 && platform !== null) throw new SealdexError('no-such-platform', `The image has nothing for ${platformName(platform)}.`)
  return platform === null ? [rootSubject(root), ...leaves] : leaves
}

function checkedPlatform(options: SignOptions, layout: Layout): Platform | null {
  if (!['detached', 'flat', 'nested'].includes(layout)) throw new SealdexError('bad-option', `${quoted(layout)} is no layout: detached, flat or nested.`)
  if (options.each === true && layout !== 'detached') throw new SealdexError('bad-option', `"each" belongs to the layout detached; flat signs every platform anyway, nested the set of them.`)
  if (options.platform === undefined) return null
  if (layout === 'nested') throw new SealdexError('bad-option', 'The layout nested signs the set of all platforms; a single one is signed with detached or flat.')
  return parsePlatformName(options.platform)
}

function checkedAnnotations(annotations: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  for (const [name, value] of Object.entries(annotations)) {
    if (name === '') throw new SealdexError('bad-option', 'An annotation has no name.')
    if (name.startsWith(FACT.prefix)) throw new SealdexError('bad-option', `The annotation ${quoted(name)} begins with ${FACT.prefix}, which is kept for the facts that sealdex writes itself.`)
    if (typeof value !== 'string' || !value.isWellFormed() || !name.isWellFormed()) throw new SealdexError('bad-option', `The annotation ${quoted(name)} is no text.`)
  }
  return new Map(Object.entries(annotations))
}

/** The last second that RFC 3339 can write. */
const LAST_SECOND = 253_402_300_799

function seconds(time: Date | number, name: string): number {
  const value = Math.floor(time instanceof Date ? time.getTime() / 1000 : time)
  if (!Number.isFinite(value) || value < 0 || value > LAST_SECOND) throw new SealdexError('bad-option', `${name} is no time between 1970 and 9999.`)
  return value
}
