import { randomFrom, type Random } from '../kit/random.ts'
import { validCases, type ValidCase } from '../kit/valid.ts'
import { verdictOn, type Verdict } from '../kit/verdict.ts'
import { mutateBytes } from './bytes.ts'
import { mutate, type Mutation } from './mutate.ts'
import { UNSIGNED, type Unsigned } from './unsigned.ts'

export interface Report {
  readonly tried: number
  /** How many were refused, by code. */
  readonly refused: ReadonlyMap<string, number>
  /** How many changes of what nobody signs were accepted, by row of the table. */
  readonly unsigned: ReadonlyMap<Unsigned, number>
  /** How many were accepted with a note: what was changed counts for nothing there, and the rest suffices. */
  readonly noted: number
  /** What must not be. */
  readonly failures: readonly string[]
}

interface Tally {
  readonly refused: Map<string, number>
  readonly unsigned: Map<Unsigned, number>
  readonly failures: string[]
  noted: number
}

/** Asked at once: what is heavy of it runs beside this thread. */
const BATCH = 16

/** Changes valid bundles of every kind, `count` times, and asks the verifier about each. The same seed gives the same changes. */
export async function runMutations(seed: number, count: number): Promise<Report> {
  const subjects = await subjectsOf(seed)
  const tally: Tally = { refused: new Map(), unsigned: new Map(), failures: [], noted: 0 }
  for (let from = 0; from < count; from += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, count - from) }, (_, k) => attempt(subjects, from + k, randomFrom(`mutation ${seed} ${from + k}`)))
    for (const [k, verdict] of (await Promise.all(batch.map(({ verdict }) => verdict))).entries()) {
      const { one, mutation, before } = batch[k] ?? never()
      const problem = judge(mutation, JSON.stringify(one.made.json), before, verdict, tally)
      if (problem !== null) tally.failures.push(`#${from + k} ${one.name}: ${mutation.op} at ${mutation.path}: ${problem}`)
    }
  }
  return { tried: count, ...tally }
}

interface Subject {
  readonly one: ValidCase
  readonly before: Verdict
}

async function subjectsOf(seed: number): Promise<readonly Subject[]> {
  const subjects = validCases(seed).map(async (one) => ({ one, before: await ask(one, one.made.json, true) }))
  for (const { one, before } of await Promise.all(subjects)) if (before.code !== null) throw new Error(`${one.name}: the honest bundle is refused: ${before.message}`)
  return Promise.all(subjects)
}

interface Attempt extends Subject {
  readonly mutation: Mutation
  readonly verdict: Promise<Verdict>
}

function attempt(subjects: readonly Subject[], at: number, random: Random): Attempt {
  const subject = subjects[at % subjects.length] ?? never()
  const { one } = subject
  // as a bundle by itself, where all that is broken is an error; and as one of an image's, where it counts for nothing
  const strict = random.below(3) > 0
  if (random.below(64) === 0) {
    const { op, bytes } = mutateBytes(one.artifact, random)
    return { ...subject, mutation: { text: '', op, label: 'artifact', path: 'artifact' }, verdict: ask({ ...one, artifact: bytes }, one.made.json, strict) }
  }
  const mutation = mutate({ json: one.made.json, donor: one.donor.json }, random)
  return { ...subject, mutation, verdict: ask(one, mutation.text, strict) }
}

function never(): never {
  throw new Error('there are no subjects')
}

function ask({ artifact, trust, key, thresholds }: ValidCase, bundle: Mutation['text'] | ValidCase['made']['json'], strict: boolean): Promise<Verdict> {
  return verdictOn({ bundle, artifact, trust, key, thresholds, strict }).catch((error: unknown) => ({ code: null, message: '', says: new Set([`fell over: ${String(error)}`]), notes: [] }))
}

function judge({ op, label }: Mutation, bundle: string, before: Verdict, { code, says, notes }: Verdict, tally: Tally): string | null {
  if (code !== null) {
    count(tally.refused, code)
    return null
  }
  const added = [...says].filter((saying) => !before.says.has(saying))
  if (added.length > 0) return `accepted with another meaning: ${added.join('; ')}`
  const row = notes.length > 0 ? undefined : UNSIGNED.find(({ where, op: ops, when }) => where.test(label) && (ops?.test(op) ?? true) && (when?.(bundle) ?? true))
  if (row !== undefined) count(tally.unsigned, row)
  else if (notes.length > 0) tally.noted++
  else return 'accepted, and no row of unsigned.ts says why'
  return null
}

function count<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
