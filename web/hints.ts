import type { Verdict } from '../src/index.ts'

/** What to do about what stands in a verdict, by code; each once, at most three. */
export function hintsOf(verdict: Verdict): readonly string[] {
  const codes = new Set<string>([
    ...verdict.reasons.map(({ code }) => code),
    ...verdict.subjects.flatMap(({ signatures }) => signatures.flatMap(({ code }) => code ?? [])),
    ...verdict.places.flatMap(({ code }) => code ?? []),
  ])
  const known = verdict.signers.length > 0
  return [...new Set([...codes].flatMap((code) => HINTS[code]?.(known) ?? []))].slice(0, 3)
}

const always = (text: string) => (): string => text
/** For an image of which nothing counts yet: where something does, the person knows the signer. */
const whereNobodyCounts = (text: string) => (known: boolean): string | [] => (known ? [] : text)

const HINTS: Readonly<Record<string, (known: boolean) => string | []>> = {
  'no-trusted-key': whereNobodyCounts('Is it the right key? Without any key this page shows who signed.'),
  'no-trusted-identity': whereNobodyCounts('It was signed without a key, by somebody whom you have not named: with nothing trusted this page shows who that says to be.'),
  'payload-unknown': whereNobodyCounts('If it was signed under another name, give that name under “Platform, identity, signed name”.'),
  'no-signature': always('Ask whoever publishes it to sign it: “sealdex sign REFERENCE --key FILE”.'),
  'runtime-divergence': always('Do not run it: some runtime would take an entry that nobody you trust has signed.'),
  'other-digest': always('A signature was moved here from another object, or the object it stands at was exchanged: ask whoever publishes the image for the genuine one.'),
  'other-facts': always('What the index says of this object is not what was signed: ask whoever publishes the image for the genuine one.'),
  'digest-mismatch': always('The bytes are damaged or were changed: fetch them again, from where they were published.'),
  'expired': always('Ask the signer for a new signature.'),
  'no-such-platform': always('The picture below shows which platforms there are.'),
  'keyless-unsupported': always('Signatures that were made without a key can not be verified by this page.'),
  'form-unsupported': always('Some signatures are of a form that this page can not verify.'),
  'unauthorized': always('The registry wants a login, and this page has none: record the evidence with “sealdex evidence REFERENCE -o evidence.tar” and drop the file here.'),
  'unreachable': always('Record the evidence where the registry can be reached (“sealdex evidence REFERENCE -o evidence.tar”), and drop the file here.'),
  'reference-not-found': always('Look for a typing error in the name or the tag.'),
  'rate-limited': always('Try again later.'),
  'not-in-evidence': always('The file does not hold what is needed: record the evidence again.'),
}
