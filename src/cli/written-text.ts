import type { SignResult } from '../index.ts'
import { printable, shortened } from './escape.ts'
import type { Page } from './verdict-text.ts'
import type { Terminal } from './terminal.ts'
import { wrap } from './wrap.ts'

const KINDS = { 'referrer': 'referrer', 'digest-tag': 'digest tag', 'tag': 'tag' } as const

/** What was written where, one line each. */
export function writtenLines(written: SignResult['written']): readonly string[] {
  return [written.length === 0 ? 'Nothing had to be written.' : 'Written', ...written.map(({ kind, tag, digest }) => `  ${KINDS[kind]}${tag === null ? '' : ` ${tag}`}  ${digest}`)]
}

/** What a writer saw, on stderr. */
export function sayWriterNotes(notes: SignResult['notes'], terminal: Pick<Terminal, 'err'> & Pick<Page, 'columns'>): void {
  for (const { code, message } of notes) terminal.err(`${wrap(`${code}: ${shortened(printable(message, 1_000))}`, terminal.columns).join('\n  ')}\n`)
}
