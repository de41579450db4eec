import { openEvidence, parsePlatformName, parseReference, registry, SealdexError, VERSION, type ReadOptions, type Source } from '../index.ts'
import { dockerCredentials } from './credentials.ts'
import { printable } from './escape.ts'
import { UsageError } from './failure.ts'
import { textOf } from './files.ts'
import { nodeFetch } from './net.ts'
import type { Given } from './option.ts'
import type { Terminal } from './terminal.ts'

/** Everything of the options but the source, checked before the first request. */
export function limitsOf(given: Given): Omit<ReadOptions, 'source'> {
  const [platform, at, timeout, maxRequests] = ['platform', 'at', 'timeout', 'max-requests'].map((name) => given.text(name))
  if (typeof platform === 'string') parsePlatformName(platform)
  return {
    ...(typeof platform === 'string' && { platform }),
    ...(typeof at === 'string' && { at: timeOf(at, '--at') }),
    ...(typeof timeout === 'string' && { timeoutMs: millisecondsOf(timeout) }),
    ...(typeof maxRequests === 'string' && { maxRequests: countOf(maxRequests) }),
  }
}

/** A reference that a person typed; throws `bad-reference`, with what to leave out where it is a URL. */
export function checkedReference(text: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//.exec(text)?.[1]
  if (scheme !== undefined) throw new UsageError(`"${printable(text, 120)}" is a URL; a reference has no scheme: leave out "${scheme}://".`, 'bad-reference')
  if (text.startsWith('layout:')) throw new UsageError(`A layout is given as --source ${printable(text, 120)}, beside the reference as it is in the layout.`, 'bad-reference')
  return parseReference(text).canonical
}

/** A registry as the options and the surroundings say it. */
export async function openRegistry(given: Given, terminal: Terminal): Promise<ReturnType<typeof registry>> {
  const caFile = given.text('registry-ca')
  const ca = caFile === null ? null : textOf(caFile, '--registry-ca')
  return registry({
    fetch: nodeFetch({ env: terminal.env, ...(ca !== null && { ca }) }),
    credentials: toldOnce(dockerCredentials(terminal.env), terminal),
    plainHttp: given.flag('plain-http'),
    userAgent: `sealdex/${VERSION}`,
  })
}

/** What is wrong with a login file or helper stands in no verdict, whose messages are the same everywhere: it is told here. */
function toldOnce<T>(ask: (registry: string) => Promise<T>, terminal: Terminal): (registry: string) => Promise<T> {
  const told = new Set<string>()
  return async (registry) => {
    try {
      return await ask(registry)
    } catch (error) {
      if (error instanceof SealdexError && !told.has(error.message)) {
        told.add(error.message)
        terminal.err(`sealdex: ${printable(error.message, 400)} [${error.code}]\n`)
      }
      throw error
    }
  }
}

/** The registry, or the layout of `--source`. */
export async function openSource(given: Given, terminal: Terminal): Promise<Source> {
  const written = given.text('source')
  if (written === null) return openRegistry(given, terminal)
  const idle = ['registry-ca', 'plain-http'].find((name) => given.has(name))
  if (idle !== undefined) throw new UsageError(`--${idle} is about registries, and --source reads a layout: leave one of them out.`)
  const path = /^layout:(.+)$/.exec(written)?.[1]
  if (path === undefined) throw new UsageError(`--source is layout:PATH (a folder, tar or tar.gz), and "${printable(written, 80)}" is not.`)
  try {
    const { layoutFilesAt } = await import('./layout-folder.ts')
    return await openEvidence(await layoutFilesAt(path))
  } catch (error) {
    if (error instanceof SealdexError && error.code === 'not-found') throw new UsageError(`--source: there is nothing at ${printable(path)}.`)
    throw error
  }
}

export function timeOf(text: string, option: string): Date {
  const time = new Date(text)
  // a date that does not exist would be moved to another
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) || Number.isNaN(time.getTime()) || time.toISOString() !== text.replace('Z', '.000Z')) {
    throw new UsageError(`${option} is a time such as 2026-01-31T00:00:00Z, and "${printable(text, 40)}" is not.`)
  }
  return time
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 }

function millisecondsOf(text: string): number {
  const [, amount, unit = ''] = /^([1-9]\d{0,6})(ms|s|m)$/.exec(text) ?? []
  const milliseconds = Number(amount) * (UNITS[unit] ?? Number.NaN)
  if (!(milliseconds <= 3_600_000)) throw new UsageError(`--timeout is a number and ms, s or m, at most an hour, for example 30s; "${printable(text, 40)}" is not.`)
  return milliseconds
}

function countOf(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new UsageError(`--max-requests is a number from 1 to 999999, and "${printable(text, 40)}" is not.`)
  return Number(text)
}

/** `sarif` too, where the command is `verify`. */
export function verdictOutputOf(given: Given): 'text' | 'json' | 'sarif' {
  return given.text('output') === 'sarif' ? 'sarif' : outputOf(given)
}

/** `json` or `text`. */
export function outputOf(given: Given): 'text' | 'json' {
  const output = given.text('output') ?? 'text'
  if (output === 'sarif') throw new UsageError('Only the verdicts of "sealdex verify" are written as SARIF; --output is text or json here.')
  if (output !== 'text' && output !== 'json') throw new UsageError(`--output is text or json (or sarif, for verify), and "${printable(output, 40)}" is neither.`)
  return output
}
