import type { Code } from '../base/codes.ts'
import { SealdexError } from '../base/errors.ts'
import * as LIMITS from '../base/limits.ts'
import { formatTime } from '../base/time.ts'
import { isWithin } from '../x509/time.ts'
import { verifyTimestamp, type VerifiedTimestamp } from '../x509/timestamp.ts'
import { verifyLogEntry, type EntrySubject, type VerifiedEntry } from './log-entry.ts'
import type { SignedMaterial } from './material.ts'
import type { Thresholds } from './requirements.ts'
import type { Authority, TrustedRoot } from './trust.ts'

/** Something that came along and counts for nothing, and why. */
export interface Note {
  readonly code: Code
  readonly message: string
}

/** A time at which the signature was there, and who says so. */
export interface TrustedTime {
  /** Seconds since 1970; a timestamp's may have fractions. */
  readonly time: number
  readonly by: 'log' | 'timestamp-authority'
  /** URL of the log or the authority, as the trusted root has it. */
  readonly source: string
}

/** What vouches for a signature from outside. */
export interface Witnesses {
  readonly entries: readonly VerifiedEntry[]
  /** The earliest of each authority. */
  readonly timestamps: readonly VerifiedTimestamp<Authority>[]
  /** All at which the certificate has to have been valid; in strict mode also the later ones of an authority. */
  readonly times: readonly TrustedTime[]
  readonly notes: readonly Note[]
}

/** What is told of by others and does no harm here: somebody whom the caller does not know vouches too. */
const UNKNOWN: ReadonlySet<Code> = new Set<Code>(['log-unknown', 'untrusted-timestamp'])

/** Checks log entries and timestamps at once. In strict mode the first that is broken is thrown; one by somebody unknown is only noted. */
export async function checkWitnesses(material: SignedMaterial, subject: EntrySubject, trust: TrustedRoot, at: number, strict: boolean): Promise<Witnesses> {
  const notes: Note[] = []
  const logged = Promise.allSettled(material.entries.map((entry) => verifyLogEntry(entry, subject, trust.logs)))
  const stamped = Promise.allSettled(material.timestamps.map((token) => verifyTimestamp(token, material.signature, trust.timestampAuthorities)))
  const entries = keep(await logged, strict, notes).filter(({ time }) => isPast(time, at, strict, notes))
  const timestamps = keep(await stamped, strict, notes)
  const past = timestamps.filter(({ time }) => isPast(time, at, strict, notes))
  const earliest = earliestOfEach(past)
  const times = [...entries.flatMap(logTime), ...(strict ? past : earliest).map(timestampTime)]
  return { entries: withinKeys(entries, times, at, strict, notes), timestamps: earliest, times, notes }
}

function keep<T>(results: readonly PromiseSettledResult<T>[], strict: boolean, notes: Note[]): T[] {
  const kept: T[] = []
  for (const result of results) {
    if (result.status === 'fulfilled') kept.push(result.value)
    else note(result.reason, strict, notes)
  }
  return kept
}

/** Only what is wrong with a stranger's data is noted; anything else is an error of ours. */
function note(error: unknown, strict: boolean, notes: Note[]): void {
  if (!(error instanceof SealdexError) || (strict && !UNKNOWN.has(error.code))) throw error
  notes.push({ code: error.code, message: error.message })
}

/** A time that is still to come was not when anything was signed. */
function isPast(time: number | null, at: number, strict: boolean, notes: Note[]): boolean {
  if (time === null || time <= at + LIMITS.clockSkewSeconds) return true
  note(new SealdexError('no-trusted-time', `It is said to be signed at ${formatTime(Math.floor(time))}, which is still to come.`), strict, notes)
  return false
}

/** Another timestamp of the same authority proves nothing more (formats.md 7.6); on an image, where anybody may add one, a later one takes nothing back either. */
function earliestOfEach(timestamps: readonly VerifiedTimestamp<Authority>[]): readonly VerifiedTimestamp<Authority>[] {
  const earliest = new Map<string, VerifiedTimestamp<Authority>>()
  for (const timestamp of timestamps) {
    const name = authorityName(timestamp)
    if (timestamp.time < (earliest.get(name)?.time ?? Infinity)) earliest.set(name, timestamp)
  }
  return [...earliest.values()]
}

/** Authorities are told apart by the key at the end of their chain: one that is listed twice, with two windows, is one. */
function authorityName({ authority }: VerifiedTimestamp<Authority>): string {
  return authority.chain.at(-1)?.publicKey.keyId ?? authority.uri
}

function timestampTime({ time, authority }: VerifiedTimestamp<Authority>): TrustedTime {
  return { time, by: 'timestamp-authority', source: authority.uri }
}

function logTime({ time, log }: VerifiedEntry): TrustedTime[] {
  return time === null ? [] : [{ time, by: 'log', source: log.baseUrl }]
}

/** A log key's window holds at every time that is proven, where the log itself signed none (T33); without any, at the time of judging. */
function withinKeys(entries: readonly VerifiedEntry[], times: readonly TrustedTime[], at: number, strict: boolean, notes: Note[]): readonly VerifiedEntry[] {
  const proven = times.length === 0 ? [at] : times.map(({ time }) => time)
  return entries.filter(({ time, log }) => {
    const outside = time === null ? proven.find((each) => !isWithin(log.validFor, each)) : undefined
    if (outside === undefined) return true
    note(new SealdexError('log-unknown', `The key of the log ${log.baseUrl} was not valid at ${formatTime(Math.floor(outside))}.`), strict, notes)
    return false
  })
}

/** Throws what is most telling where too little vouches for the signature: why something that came along did not count, or that nothing came. */
export function requireWitnesses({ entries, timestamps, notes }: Witnesses, { logs, times: sources, authorities }: Thresholds): void {
  const distinct = new Set(entries.map(({ log }) => log.key.keyId)).size
  if (distinct < logs) tooFew(notes, new SealdexError('no-log-entry', `The signature needs entries of ${logs} distinct logs, and has ${distinct} that count.`), LOG_NOTES)
  const ticking = new Set(entries.filter(({ time }) => time !== null).map(({ log }) => log.key.keyId)).size + timestamps.length
  if (ticking < sources || timestamps.length < authorities) {
    tooFew(notes, new SealdexError('no-trusted-time', `The signature needs ${Math.max(sources, authorities)} trusted ${authorities > 0 ? 'timestamp' : 'source of time'}, and has ${authorities > 0 ? timestamps.length : ticking}.`), TIME_NOTES)
  }
}

const TIME_NOTES: ReadonlySet<Code> = new Set<Code>(['bad-timestamp', 'untrusted-timestamp', 'no-trusted-time'])
const LOG_NOTES: ReadonlySet<Code> = new Set<Code>(['log-unknown', 'log-entry-invalid', 'log-entry-mismatch', 'bundle-unsupported', 'artifact-needed', 'malformed', 'malformed-json', 'malformed-base64'])

function tooFew(notes: readonly Note[], otherwise: SealdexError, telling: ReadonlySet<Code>): never {
  const first = notes.find(({ code }) => telling.has(code))
  throw first === undefined ? otherwise : new SealdexError(first.code, `${otherwise.message} ${first.message}`)
}
