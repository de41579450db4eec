import { builtInTrustedRoot, builtInTufRoot, loadSigningConfigFromMirror, loadTrustedRootFromMirror, SealdexError, tufMirror, VERSION, type TufFailure, type TufOptions } from '../index.ts'
import { printable } from './escape.ts'
import { UsageError } from './failure.ts'
import { textOf } from './files.ts'
import { nodeFetch } from './net.ts'
import type { Given, Options } from './option.ts'
import type { Terminal } from './terminal.ts'
import { tufCacheFor } from './trusted-root-cache.ts'

/** Options of whatever verifies signatures without a key. */
export const TRUSTED_ROOT: Options = {
  'trusted-root': { value: 'FILE', help: 'the trusted_root.json whose authorities and logs count for keyless signatures (default: the public-good one, built in)' },
  'tuf-mirror': { value: 'URL', help: 'take trusted_root.json from this TUF repository instead; kept for when there is no network, until it expires' },
  'tuf-root': { value: 'FILE', help: 'the root.json with which --tuf-mirror begins (default: the public-good one, built in)' },
}

/** The trusted_root.json that the options name. */
export interface TrustedRootText {
  readonly text: string
  /** `cache`: from a mirror that could not be asked now. */
  readonly from: 'file' | 'built-in' | 'mirror' | 'cache'
  /** Seconds since 1970, for the built-in one only: what a warning of its age goes by. */
  readonly takenAt: number | null
  /** Seconds since 1970, from a mirror only: from then on it counts no more. */
  readonly validUntil: number | null
}

export type TrustedRootAnswer = { readonly state: 'read', readonly value: TrustedRootText } | TufFailure

/**
 * The trust root of the options. What a mirror fails to give is an answer (keyless signatures can't be decided, those by keys can); throws {@link UsageError} for wrong use. `timeoutMs` is for the mirror.
 * Metadata expire by the clock, whatever time `--at` decides for.
 */
export async function trustedRootOf(given: Given, terminal: Terminal, { timeoutMs, now = Math.floor(Date.now() / 1000) }: { readonly timeoutMs?: number, readonly now?: number } = {}): Promise<TrustedRootAnswer> {
  const [file, address] = [given.text('trusted-root'), given.text('tuf-mirror')]
  if (address === null && given.has('tuf-root')) throw new UsageError('--tuf-root is what --tuf-mirror URL begins with; without a mirror give --trusted-root FILE.')
  if (file !== null && address !== null) throw new UsageError('--trusted-root and --tuf-mirror each name the trust root: leave one of them out.')
  if (file !== null) return answer({ text: textOf(file, '--trusted-root'), from: 'file', takenAt: null, validUntil: null })
  if (address !== null) return fromMirror(address, given, terminal, timeoutMs, now)
  const { text, takenAt } = await builtInTrustedRoot()
  return answer({ text, from: 'built-in', takenAt, validUntil: null })
}

function answer(value: TrustedRootText): TrustedRootAnswer {
  return { state: 'read', value }
}

async function fromMirror(address: string, given: Given, terminal: Terminal, timeoutMs: number | undefined, now: number): Promise<TrustedRootAnswer> {
  const result = await loadTrustedRootFromMirror(await mirrorOf(address, given, terminal, timeoutMs, now))
  if (result.state === 'failed') return result
  const { bytes, from, validUntil } = result.value
  return answer({ text: new TextDecoder().decode(bytes), from, takenAt: null, validUntil })
}

/** The signing config of `--tuf-mirror`; null without one. Throws as the core does where the mirror gives none. */
export async function mirroredSigningConfig(given: Given, terminal: Terminal, timeoutMs: number | undefined): Promise<string | null> {
  const address = given.text('tuf-mirror')
  if (address === null) return null
  const result = await loadSigningConfigFromMirror(await mirrorOf(address, given, terminal, timeoutMs, Math.floor(Date.now() / 1000)))
  if (result.state === 'failed') throw new SealdexError(result.code, result.message)
  return new TextDecoder().decode(result.value.bytes)
}

async function mirrorOf(address: string, given: Given, terminal: Terminal, timeoutMs: number | undefined, now: number): Promise<TufOptions> {
  const ca = given.text('registry-ca')
  const fetch = nodeFetch({ env: terminal.env, ...(ca !== null && { ca: textOf(ca, '--registry-ca') }) })
  const cache = tufCacheFor(address.replace(/\/+$/, ''), terminal.env, (folder) => {
    terminal.err(`sealdex: What --tuf-mirror gave could not be kept in ${printable(folder, 300)}; it will be missing where there is no network.\n`)
  })
  const mirror = asOption(() => tufMirror(address, { fetch, userAgent: `sealdex/${VERSION}`, ...(timeoutMs !== undefined && { timeoutMs }) }))
  return { fetch: mirror, cache, pinnedRoot: await pinnedRootOf(given), now }
}

async function pinnedRootOf(given: Given): Promise<Uint8Array<ArrayBuffer>> {
  const file = given.text('tuf-root')
  return file === null ? (await builtInTufRoot()).pinnedRoot : new TextEncoder().encode(textOf(file, '--tuf-root'))
}

function asOption<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw error instanceof SealdexError ? new UsageError(`--tuf-mirror: ${error.message}`) : error
  }
}
