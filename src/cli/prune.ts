import { prune, type PruneResult } from '../index.ts'
import { EXIT, type Command } from './command.ts'
import { short } from './draw.ts'
import { printable, shortened } from './escape.ts'
import { NETWORK, OUTPUT, TRUST, type Given } from './option.ts'
import { withProgress } from './progress.ts'
import { checkedReference, limitsOf, openRegistry, outputOf } from './reading.ts'
import type { Page } from './verdict-text.ts'
import type { Terminal } from './terminal.ts'
import { rootOf, trustIfAny } from './trust.ts'
import { TRUSTED_ROOT } from './trusted-root.ts'
import { wrap } from './wrap.ts'
import { sayWriterNotes, writtenLines } from './written-text.ts'

const { annotation: _annotation, ...NAMING } = TRUST

export const pruneCommand: Command = {
  name: 'prune',
  summary: 'takes away signatures that are expired or by strangers',
  arguments: 'REFERENCE',
  least: 1,
  most: 1,
  about: 'Takes away what names the image and counts for nobody: signatures and attestations past their expiry, those by nobody whom the keys or the policy name, and those that a tombstone names. From a list of referrers they are deleted, where the registry lets it; out of the index at the digest tag they are taken, and everything else in it stays. Files that nobody signed stay. Look at it with --dry-run first.',
  options: {
    'dry-run': { value: null, help: 'say what would be removed, and write nothing' },
    ...NAMING,
    ...TRUSTED_ROOT,
    'platform': { value: 'OS/ARCH[/VARIANT]', help: 'what names this platform\'s manifest' },
    'at': { value: 'TIME', help: 'expired as of then (default: now)' },
    ...NETWORK,
    'max-requests': { value: 'N', help: 'requests that may be made (default: 2000)' },
    ...OUTPUT,
  },
  examples: ['sealdex prune registry.example/app:1.2 --key release.pub --dry-run', 'sealdex prune registry.example/app:1.2 --policy policy.json'],
  run: runPrune,
}

async function runPrune(given: Given, terminal: Terminal): Promise<number> {
  const output = outputOf(given)
  const reference = checkedReference(given.arguments[0] ?? '')
  const trust = await trustIfAny(given)
  const options = { ...limitsOf(given), ...(await rootOf(given, terminal)), dryRun: given.flag('dry-run'), ...(trust !== null && { policy: trust.policy }) }
  const source = await openRegistry(given, terminal)
  const result = await withProgress(terminal, `Looking at what names ${reference}`, () => prune(reference, { ...options, source }))
  terminal.out(output === 'json' ? `${JSON.stringify(result)}\n` : prunedText(result, trust?.fileNames ?? new Map(), terminal))
  for (const { code, message } of result.kept) terminal.err(`${wrap(`kept, ${code}: ${shortened(printable(message, 1_000))}`, terminal.columns).join('\n  ')}\n`)
  if (trust === null) terminal.err('Nobody is named whose signatures count (--key FILE, --policy FILE), so only what a tombstone names was looked for.\n')
  sayWriterNotes(result.notes, terminal)
  return EXIT.done
}

const WHY = { expired: 'past its expiry', untrusted: 'by nobody who is named', tombstoned: 'removed before' } as const

function prunedText({ reference, dryRun, removed, written }: PruneResult, fileNames: ReadonlyMap<string, string>, { style }: Page): string {
  const word = removed.length === 0 ? 'NOTHING TO PRUNE' : dryRun ? 'WOULD PRUNE' : 'PRUNED'
  return `${[
    `${style.bold(removed.length === 0 || !dryRun ? style.green(word) : style.yellow(word))}  ${style.bold(reference)}`,
    ...removed.map(({ kind, digest, suffix, why, signer }) => (
      `  ${kind === 'referrer' ? `referrer  ${digest}` : `signature ${suffix ?? ''} about  ${short(digest)}`}  ${WHY[why]}${signer === null ? '' : `, by ${printable(fileNames.get(signer) ?? signer, 80)}`}`
    )),
    ...(dryRun ? [] : writtenLines(written).filter((line) => line !== 'Nothing had to be written.')),
  ].join('\n')}\n`
}
