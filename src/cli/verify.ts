import { encodeVerdict, examine, holdToLock, SealdexError, type Verdict } from '../index.ts'
import { EXIT, type Command } from './command.ts'
import { failureOf } from './failure.ts'
import { NETWORK, OUTPUT, READING, TRUST, type Given } from './option.ts'
import { withProgress } from './progress.ts'
import { checkedReference, limitsOf, openSource, verdictOutputOf } from './reading.ts'
import type { Terminal } from './terminal.ts'
import { LOCK, lockOf, policyByLock } from './lock.ts'
import { namesSomebody, rootOf, sayNotes, trustOf } from './trust.ts'
import { TRUSTED_ROOT } from './trusted-root.ts'
import { verdictText } from './verdict-text.ts'

export const verifyCommand: Command = {
  name: 'verify',
  summary: 'may this image run? Decides by keys or a policy, and says why',
  arguments: 'REFERENCE…',
  least: 1,
  most: Infinity,
  about: 'Decides whether an image may run: every platform, by the signatures that its index carries or that stand beside it. Exit status: 0 allow, 1 deny or unsigned, 2 wrong use, 3 could not be decided; of several references 1 if any is denied or unsigned, else 3 if any could not be decided.',
  options: { ...TRUST, ...TRUSTED_ROOT, ...READING, 'all': { value: null, help: 'read every place where signatures stand, also what the policy does not need' }, ...LOCK, ...NETWORK, ...OUTPUT, 'output': { value: 'text|json|sarif', help: 'how the result is printed; json follows a schema in schema/, sarif is one SARIF 2.1.0 document' } },
  examples: [
    'sealdex verify registry.example/app:1.2 --key release.pub',
    'sealdex verify registry.example/app:1.2 --policy policy.json --output json',
    'sealdex verify registry.example/app:1.2 --key release.pub --source layout:app.tar',
    'sealdex verify registry.example/app:1.2 --lock sealdex.lock',
  ],
  async run(given, terminal) {
    try {
      return await runVerify(given, terminal)
    } catch (error) {
      // malformed data that was to be verified is not to be run
      if (!(error instanceof SealdexError) || !MALFORMED.has(error.code)) throw error
      terminal.err(`sealdex: ${failureOf(error, false).text}\n`)
      return EXIT.denied
    }
  },
}

const MALFORMED: ReadonlySet<string> = new Set(['malformed', 'malformed-json', 'digest-mismatch', 'unsupported-digest'])

async function runVerify(given: Given, terminal: Terminal): Promise<number> {
  const output = verdictOutputOf(given)
  const limits = limitsOf(given)
  const references = given.arguments.map(checkedReference)
  const lock = lockOf(given)
  // a demand on signatures of nobody is wrong use, with a lock as without
  const byLock = lock !== null && !namesSomebody(given) && !given.has('annotation') && !given.has('signed-repository')
  const trust = byLock ? null : await trustOf(given)
  sayNotes(trust, terminal)
  const fileNames = trust?.fileNames ?? new Map<string, string>()
  const [root, source] = [await rootOf(given, terminal), await openSource(given, terminal)]
  const verdicts: Verdict[] = []
  for (const reference of references) {
    const policy = trust?.policy ?? policyByLock(lock, reference)
    const options = { ...limits, ...root, source, policy, all: given.flag('all') || lock !== null }
    const { verdict: read, inspection } = await withProgress(terminal, `Reading ${reference}`, () => examine(reference, options))
    const verdict = lock === null ? read : holdToLock(read, lock)
    if (output === 'json') terminal.out(`${encodeVerdict(verdict)}\n`)
    else if (output === 'text') terminal.out(`${verdicts.length === 0 ? '' : '\n'}${verdictText({ verdict, ...inspection(), fileNames, fromLayout: given.has('source') }, terminal)}`)
    verdicts.push(verdict)
  }
  if (output === 'sarif') terminal.out((await import('./sarif.ts')).sarifText(verdicts))
  return statusOf(verdicts)
}

/** Of several: 1 if any is denied or unsigned, else 3 if any is indeterminate. */
export function statusOf(verdicts: readonly Verdict[]): number {
  const outcomes = verdicts.map(({ outcome }) => outcome)
  if (outcomes.some((outcome) => outcome === 'deny' || outcome === 'unsigned')) return EXIT.denied
  return outcomes.every((outcome) => outcome === 'allow') ? EXIT.done : EXIT.failed
}
