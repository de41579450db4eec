import { SealdexError } from '../base/errors.ts'
import * as LIMITS from '../base/limits.ts'
import { parsePlatformName } from '../oci/platform.ts'
import { parseReference } from '../oci/reference.ts'
import { Guard } from '../source/guarded.ts'
import type { RegistryWriter } from '../source/registry-writer.ts'
import type { Source } from '../source/source.ts'
import { Objects } from '../verify/objects.ts'
import { realTiming, type Timing } from './clock.ts'
import { loadedOrThrow, type Note, type Writing } from './context.ts'
import { detachedSubjects } from './sign.ts'
import type { Subject } from './subject.ts'
import { untilRead } from './write.ts'

/** What every writer takes. */
export interface WriteOptions {
  readonly source: Source & RegistryWriter
  /** `os/arch[/variant]`: that platform's manifest instead of what the reference names. */
  readonly platform?: string
  /** Milliseconds for everything. Default `LIMITS.signDeadlineMs`, and the time that an upload may take. */
  readonly timeoutMs?: number
  /** Default `LIMITS.signRequests`. */
  readonly maxRequests?: number
  readonly signal?: AbortSignal
  /** The clock of waits, for tests. Default: the real one. */
  readonly timing?: Timing
}

export interface Opened {
  readonly writing: Writing
  readonly notes: readonly Note[]
}

/** A writer about to begin. `moreMs`: what is added to the default deadline. Throws `bad-reference`. */
export function openWriting(reference: string, options: WriteOptions, moreMs = 0): Opened {
  const { timeoutMs = LIMITS.signDeadlineMs + moreMs, maxRequests = LIMITS.signRequests, signal, source } = options
  const parsed = parseReference(reference)
  const guard = new Guard({ timeoutMs, maxRequests, maxBytes: LIMITS.signBytes, ...(signal !== undefined && { signal }) })
  const notes: Note[] = []
  const writing: Writing = {
    reference: parsed,
    source,
    objects: new Objects(source, parsed.repository, guard),
    timing: options.timing ?? realTiming,
    // several steps see the same: said once
    note: (code, message) => void (notes.some((known) => known.message === message) || notes.push({ code, message })),
  }
  return { writing, notes }
}

/** The one object that is meant. Throws `reference-not-found`, `no-such-platform`, or `bad-option` where a platform fits several. */
export async function subjectOf(writing: Writing, platform: string | undefined): Promise<Subject> {
  const asked = platform === undefined ? null : parsePlatformName(platform)
  const { objects, reference, timing } = writing
  const root = await untilRead(async () => loadedOrThrow(await objects.resolve(reference), reference.canonical), timing)
  const [subject, another] = await detachedSubjects(root, writing, asked, false)
  if (subject === undefined) throw new SealdexError('reference-not-found', `${reference.canonical} is not in the registry.`)
  if (another !== undefined) throw new SealdexError('bad-option', `The image has several manifests for ${platform ?? ''}: name the variant too, or one of them by its digest.`)
  return subject
}
