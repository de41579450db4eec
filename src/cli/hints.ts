import type { Verdict } from '../index.ts'
import { next } from './failure.ts'

/** What to do next; the command is one to be copied. */
export interface Hint {
  readonly text: string
  readonly command: string | null
}

/** What to do about what stands in a verdict, by code; each once, at most four. */
export function hintsOf(verdict: Verdict): readonly Hint[] {
  if (verdict.outcome === 'allow') return []
  const codes = new Set<string>([
    ...verdict.reasons.map(({ code }) => code),
    ...verdict.subjects.flatMap(({ signatures }) => signatures.flatMap(({ state, code }) => (state === 'accepted' ? [] : [code ?? state]))),
    ...verdict.places.flatMap(({ state, code }) => (state === 'failed' && code !== null ? [code] : [])),
  ])
  const hints = [...codes].flatMap((code) => HINTS[code]?.(verdict) ?? general(code))
  return [...new Map(hints.map((hint) => [hint.text, hint])).values()].slice(0, 4)
}

/** What the code asks for whatever the command is: a login, more time. */
function general(code: string): readonly Hint[] {
  const text = next(code).trim()
  return text === '' ? [] : [{ text, command: null }]
}

type Advice = (verdict: Verdict) => readonly Hint[]

const say = (text: string, command?: (reference: string) => string): Advice => ({ reference }) => [{ text, command: command?.(reference) ?? null }]
const sign = (reference: string): string => `sealdex sign ${reference} --key FILE`

/** For an image of which nothing counts yet: where something does, the reader knows the signer. */
const whereNobodyCounts = (advice: Advice): Advice => (verdict) => (verdict.signers.length === 0 ? advice(verdict) : [])

/** What else was found says more than that something is not covered. */
function hasBetter({ reasons, subjects }: Verdict): boolean {
  return reasons.some(({ code }) => code === 'runtime-divergence') || subjects.some(({ signatures }) => signatures.some(({ state }) => state === 'mismatch'))
}

const HINTS: Readonly<Record<string, Advice>> = {
  'not-covered': (verdict) => (verdict.signers.length === 0 || hasBetter(verdict) ? [] : say('Some of it is signed and some is not: find out first who put in what is not. If it is all yours, sign it as a whole:', sign)(verdict)),
  'no-trusted-key': whereNobodyCounts(say('To see who says to have signed it; then name the key that counts with --key FILE:', (reference) => `sealdex who ${reference}`)),
  'payload-unknown': whereNobodyCounts(say('If it was signed under another name, --signed-repository NAME tries that one.')),
  'no-signature': say('To sign it ("sealdex keygen" makes a key):', sign),
  'runtime-divergence': say('Find out first where the entry that nobody signed came from, and who put it there: some runtimes would run it. If it is a stranger\'s, take it out of the index; only if it is yours, sign the index as a whole:', sign),
  'other-digest': say('A signature was moved here from another object, or the object it stands at was exchanged: ask whoever publishes the image for the genuine one.'),
  'other-facts': say('What the index says of this object is not what was signed: ask whoever publishes the image for the genuine one.'),
  'digest-mismatch': say('The bytes are damaged or were changed: fetch the image again, from where it was published.'),
  'malformed': say('The image is broken in itself: fetch it again, or ask whoever publishes it.'),
  'index-not-signed': say('To sign the index as a whole:', sign),
  'threshold-not-met': say('Another of the signers that the policy names has to sign as well.'),
  'incomplete': say('Something is attached that the signer did not list, or something listed is not there: look at "completeness" in --output json. If it is all yours, sign a new list:', (reference) => `sealdex sign ${reference} --list --key FILE`),
  'expired': say('Ask the signer for a new signature ("sealdex sign --renew" makes one).'),
  'too-old': say('Ask the signer for a new signature ("sealdex sign --renew" makes one).'),
  'tag-not-met': say('The signature is for another tag: was an old image put under this one?'),
  'repository-not-met': say('The signature is for another repository; --signed-repository NAME, or the policy\'s "repository", says which may be.'),
  'no-such-platform': say('To see the platforms that there are:', (reference) => `sealdex tree ${reference}`),
  'no-scope': say('Add a scope for this repository to the policy.'),
  'form-unsupported': say('Some signatures are of a form that this version can not verify.'),
  'keyless-unsupported': say('Signatures that were made without a key can not be verified by this version yet.'),
  'not-in-evidence': say('Record the evidence again with "sealdex evidence", or ask the registry itself by leaving out --source.'),
  'too-many-signatures': say('Name the signer\'s key with --key: signatures that carry its hint are tried first.'),
}
