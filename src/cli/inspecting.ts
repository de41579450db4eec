import { inspect, type Inspection } from '../index.ts'
import { EXIT } from './command.ts'
import { next } from './failure.ts'
import type { Given } from './option.ts'
import { withProgress } from './progress.ts'
import { checkedReference, limitsOf, openSource } from './reading.ts'
import type { Terminal } from './terminal.ts'
import { rootOf, sayNotes, trustIfAny, type Trust } from './trust.ts'

/** What `who` and `tree` show: everything that is there, proved as far as keys were given. */
export async function inspected(given: Given, terminal: Terminal): Promise<{ readonly inspection: Inspection; readonly trust: Trust | null }> {
  const limits = limitsOf(given)
  const [reference = ''] = given.arguments.map(checkedReference)
  const trust = await trustIfAny(given)
  sayNotes(trust, terminal)
  const [root, source] = [await rootOf(given, terminal), await openSource(given, terminal)]
  const inspection = await withProgress(terminal, `Reading ${reference}`, () => inspect(reference, { ...limits, ...root, source, policy: trust?.policy ?? null }))
  return { inspection, trust }
}

/** Said on stderr where something could not be read; then what was shown may lack something, and the exit status says so. */
export function readingStatus({ reference, unread, places }: Inspection, terminal: Terminal): number {
  if (unread !== null) {
    terminal.err(`sealdex: ${unread.message} [${unread.code}]${next(unread.code)}\n`)
    return EXIT.failed
  }
  const codes = new Set(places.flatMap(({ state, code }) => (state === 'failed' ? [code ?? 'unknown'] : [])))
  for (const code of codes) terminal.err(`sealdex: Not everything of ${reference} could be read, so signatures may be missing here. [${code}]${next(code)}\n`)
  return codes.size === 0 ? EXIT.done : EXIT.failed
}
