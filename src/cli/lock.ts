import { holdToLock, lockedBy, lockedImage, parseLock, parsePolicy, parseReference, policyOfLock, SealdexError, verify, type Lock, type LockedImage, type LockedSigner, type Policy } from '../index.ts'
import { EXIT } from './command.ts'
import { printable } from './escape.ts'
import { UsageError } from './failure.ts'
import { existing, save, textOf } from './files.ts'
import type { Given, Options } from './option.ts'
import { limitsOf, openSource } from './reading.ts'
import type { Terminal } from './terminal.ts'
import { rootOf } from './trust.ts'

export const LOCK: Options = {
  'lock': { value: 'FILE', help: 'what "sealdex who --lock" pinned must hold as well: digest, signers, and no signature older than then; alone, its signers are those who count' },
}

/** The lock file that is named; null without. Throws {@link UsageError} with the file. */
export function lockOf(given: Given): Lock | null {
  const file = given.text('lock')
  if (file === null) return null
  try {
    return parseLock(textOf(file, '--lock'))
  } catch (error) {
    throw error instanceof SealdexError ? new UsageError(`${printable(file)}: ${error.message}`, error.code) : error
  }
}

/** Whose signatures count where the lock says that alone; nobody's for an image that it does not name. */
export function policyByLock(lock: Lock | null, reference: string): Promise<Policy> {
  const parsed = parseReference(reference)
  const image = lock === null ? null : lockedBy(lock, parsed)
  return image === null ? parsePolicy(JSON.stringify({ version: 1, policies: [{ name: 'lock', scopes: [parsed.repository.name], reject: true }] })) : policyOfLock(image)
}

interface Starter {
  readonly policies: readonly { readonly signers: Readonly<Record<string, LockedSigner['trust']>> }[]
}

/** Pins what the policy that was proved allows, in a new file or beside what is pinned there. */
export async function writeLock(given: Given, starter: object, reference: string, terminal: Terminal): Promise<number> {
  const file = given.text('lock') ?? ''
  const before = existing([file]) === null ? null : lockOf(given)
  const known = before === null ? null : lockedBy(before, parseReference(reference))
  const options = { ...limitsOf(given), ...await rootOf(given, terminal), source: await openSource(given, terminal), policy: parsePolicy(JSON.stringify(starter)), all: true }
  const proved = await verify(reference, options)
  const verdict = before === null || known === null ? proved : holdToLock(proved, before)
  const { signers } = (starter as Starter).policies[0] ?? { signers: {} }
  const image = lockedImage(verdict, ({ name }) => signers[name] as LockedSigner['trust'])
  if (image === null) {
    const why = verdict.reasons.find(({ effect }) => effect === 'decides')
    terminal.err(`sealdex: Nothing was locked: ${known === null ? 'what is proved does not allow everything that would run' : 'what is locked does not allow it; take it out of the file first if it is meant'}. ${printable(why?.message ?? '', 400)} [${why?.code ?? 'no-signature'}]\n`)
    return EXIT.failed
  }
  save(file, `${JSON.stringify({ version: 1, images: withImage(before, image) }, null, 2)}\n`, '--lock')
  terminal.err(`Locked ${image.reference} in ${printable(file, 400)}; "sealdex verify ${image.reference} --lock ${printable(file, 400)}" holds it against that.\n`)
  return EXIT.done
}

function withImage(lock: Lock | null, image: LockedImage): readonly LockedImage[] {
  const others = (lock?.images ?? []).filter(({ reference }) => reference !== image.reference)
  return [...others, image].sort((a, b) => (a.reference < b.reference ? -1 : 1))
}
