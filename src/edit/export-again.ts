import type { Code } from '../base/codes.ts'
import type { Digest } from '../crypto/digest.ts'
import type { PublicKey } from '../crypto/public-key.ts'
import type { CheckedSignature } from '../verify/checker.ts'
import type { LoadedDocument } from '../verify/objects.ts'
import { loadedOrThrow, type Writing, type WrittenObject } from './context.ts'
import type { ExportSource, Unconvertible } from './convertible.ts'
import { signedBefore } from './signed-before.ts'

/** A form that signs other bytes, so that what was signed has to be signed again. */
export interface OtherForm {
  /** Whether it stands where the tools of this form look. */
  readonly isInPlace: (signature: CheckedSignature) => boolean
  /** Whether one that is in place is what would be written. */
  readonly isSame: (signature: CheckedSignature) => Promise<boolean>
  /** `expiresAt`: seconds since 1970. Null: it was there already. */
  readonly write: (subject: LoadedDocument, expiresAt: number | null) => Promise<WrittenObject | null>
}

export interface SignedAgain {
  readonly inPlace: number
  readonly converted: readonly { readonly subject: Digest; readonly form: string; readonly at: string; readonly state: 'written' | 'there' }[]
  readonly notConverted: readonly (Unconvertible & { readonly code: Code })[]
  readonly written: readonly WrittenObject[]
}

/** Signs again in the other form each subject that the key signed before; what others signed is named, since their word is not given in its holder's name. */
export async function signAgain(writing: Writing, source: Omit<ExportSource, 'keys'>, key: PublicKey, form: OtherForm): Promise<SignedAgain> {
  const { own, inPlace, others } = await signedBefore(source, key, form.isInPlace)
  const converted: SignedAgain['converted'][number][] = []
  const written: WrittenObject[] = []
  for (const [digest, all] of Map.groupBy(own, ({ found }) => found.beside.digest)) {
    const isThere = await anySame(inPlace.filter(({ found }) => found.beside.digest === digest), form)
    const object = isThere ? null : await form.write(loadedOrThrow(await writing.objects.document(digest, null), digest), latestExpiry(all))
    if (object !== null) written.push(object)
    converted.push(...all.map(({ found }) => ({ subject: digest, form: found.form, at: found.at, state: object === null ? 'there' as const : 'written' as const })))
  }
  return { inPlace: inPlace.length, converted, notConverted: others.map((one) => ({ ...one, code: 'cannot-convert' as const })), written }
}

async function anySame(inPlace: readonly CheckedSignature[], { isSame }: OtherForm): Promise<boolean> {
  for (const one of inPlace) if (await isSame(one)) return true
  return false
}

/** What was signed until a time is not signed for longer. */
function latestExpiry(signatures: readonly CheckedSignature[]): number | null {
  const expiries = signatures.map(({ signed }) => signed?.expiresAt ?? Infinity)
  const latest = Math.max(...expiries)
  return latest === Infinity ? null : latest
}
