import type { Verdict } from '../index.ts'
import { next } from './failure.ts'

/** What to do about what stands in a verdict, by code; each line once, at most four. */
export function hintsOf(verdict: Verdict): readonly string[] {
  if (verdict.outcome === 'allow') return []
  const codes = new Set<string>([
    ...verdict.reasons.map(({ code }) => code),
    ...verdict.subjects.flatMap(({ signatures }) => signatures.flatMap(({ state, code }) => (state === 'accepted' ? [] : [code ?? state]))),
    ...verdict.places.flatMap(({ state, code }) => (state === 'failed' && code !== null ? [code] : [])),
  ])
  const hints = [...codes].flatMap((code) => HINTS[code]?.(verdict) ?? ([next(code).trim()].filter((text) => text !== '')))
  return [...new Set(hints)].slice(0, 4)
}

const WHO = ({ reference, signers }: Verdict): string[] => (signers.length > 0 ? [] : [`"sealdex who ${reference}" lists who says to have signed it; --key FILE names a key that counts.`])

const HINTS: Readonly<Record<string, (verdict: Verdict) => readonly string[]>> = {
  'no-trusted-key': WHO,
  'payload-unknown': ({ signers }) => (signers.length > 0 ? [] : ['If it was signed under another name, --signed-repository NAME tries that one.']),
  'not-covered': ({ reference, signers }) => (signers.length > 0 ? [`Some of it is signed and some is not: sign the rest, or the index as a whole: sealdex sign ${reference} --key FILE.`] : []),
  'no-signature': ({ reference }) => [`To sign it: sealdex sign ${reference} --key FILE ("sealdex keygen" makes a key).`],
  'runtime-divergence': ({ reference }) => [`Take the entry that nobody signed out of the index, or sign the index as a whole: sealdex sign ${reference} --key FILE.`],
  'other-digest': () => ['A signature was moved here from another image: ask whoever publishes this one for its own.'],
  'other-facts': () => ['What the index says of this object is not what was signed: ask whoever publishes it.'],
  'digest-mismatch': () => ['The bytes are damaged or were changed: fetch the image again, from where it was published.'],
  'malformed': () => ['The image is broken in itself: fetch it again, or ask whoever publishes it.'],
  'index-not-signed': ({ reference }) => [`To sign the index as a whole: sealdex sign ${reference} --key FILE.`],
  'threshold-not-met': () => ['Another of the signers that the policy names has to sign as well.'],
  'expired': () => ['Ask the signer for a new signature ("sealdex sign --renew" makes one).'],
  'too-old': () => ['Ask the signer for a new signature ("sealdex sign --renew" makes one).'],
  'tag-not-met': () => ['The signature is for another tag: was an old image put under this one?'],
  'repository-not-met': () => ['The signature is for another repository; --signed-repository NAME, or the policy\'s "repository", says which may be.'],
  'no-such-platform': ({ reference }) => [`"sealdex tree ${reference}" shows the platforms that there are.`],
  'no-scope': () => ['Add a scope for this repository to the policy.'],
  'keyless-unsupported': () => ['Signatures that were made without a key can not be verified by this version yet.'],
  'not-in-evidence': () => ['Record the evidence again with "sealdex evidence", or ask the registry itself by leaving out --source.'],
  'too-many-signatures': () => ['Name the signer\'s key with --key: signatures that carry its hint are tried first.'],
}
