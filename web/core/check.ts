import { encodeVerdict, examine, inspect, loadTrustedRoot, openEvidence, parsePublicKey, parseReference, policyFromOptions, SealdexError, type Inspection, type Policy, type Verdict } from '../../src/index.ts'
import { bring, type Brought } from './bring.ts'
import { condensed, condensedVerdict } from './condense.ts'
import { nameInLayout } from './layout-name.ts'
import type { Answer, KeyReport, Question, Trust } from './protocol.ts'

/** Reads, verifies and judges, all of it here; throws `SealdexError` for wrong use and for files that are none. */
export async function check(question: Question, say: (text: string) => void): Promise<Answer> {
  const { trust, platform, file } = question
  const [policy, names] = [isNobody(trust) ? null : await policyOf(trust), await namesOf(trust)]
  const { tar, way } = file === null ? await bring(required(question.reference), question.server, say) : await opened(file)
  say('Checking digests and signatures…')
  const source = await openEvidence(tar)
  const reference = parseReference(question.reference ?? required(source.recorded?.reference ?? question.written ?? (await nameInLayout(tar)))).canonical
  // one clock for everything, the browser's, whole seconds
  const at = new Date(Math.floor(Date.now() / 1000) * 1000)
  const options = { source, at, ...(trust.root !== null && { trustedRoot: await loadTrustedRoot(trust.root.text) }), ...(platform !== null && { platform }) }
  const judgement = policy === null ? who(await inspect(reference, options)) : judged(await examine(reference, { ...options, policy, all: true }))
  return { ...judgement, reference, at: at.toISOString().replace('.000Z', 'Z'), way, evidence: file === null ? tar : null, names, platform, trust }
}

type Judged = Pick<Answer, 'verdict' | 'inspection' | 'signatures' | 'text'>

function judged({ verdict, inspection }: { readonly verdict: Verdict; readonly inspection: () => Inspection }): Judged {
  return { verdict: condensedVerdict(verdict), ...condensed(inspection()), text: encodeVerdict(verdict) }
}

/** As `sealdex who --output json` writes it. */
function who(inspection: Inspection): Judged {
  return { verdict: null, ...condensed(inspection), text: JSON.stringify(inspection) }
}

async function opened({ name, bytes }: NonNullable<Question['file']>): Promise<Brought> {
  const { recorded } = await openEvidence(bytes)
  return { tar: bytes, way: { by: 'file', name, recordedAt: recorded?.recordedAt ?? null, isRecord: recorded !== null } }
}

function required(reference: string | null): string {
  if (reference !== null) return reference
  throw new SealdexError('bad-reference', 'This file does not say which image it is: write the reference above, and check again. The file stays chosen.')
}

export function isNobody({ keys, allowedSigners, identity }: Trust): boolean {
  return keys.length === 0 && allowedSigners === null && identity === null
}

function policyOf({ keys, allowedSigners, identity, signedRepository }: Trust): Promise<Policy> {
  return policyFromOptions({ keys: keys.map(({ text }) => text), ...(allowedSigners !== null && { allowedSigners }), ...(identity !== null && { identity }), ...(signedRepository !== null && { signedRepository }) })
}

/** Signers that come from keys are named by the key in a verdict; a person knows them by the file. */
async function namesOf({ keys }: Trust): Promise<ReadonlyMap<string, string>> {
  return new Map(await Promise.all(keys.map(async ({ name, text }) => [`key:${(await parsePublicKey(text)).keyId}`, name] as const)))
}

/** What each pasted key is, so that a person sees at once what was read. */
export async function reportKeys(trust: Trust): Promise<{ readonly keys: readonly KeyReport[]; readonly allowedSigners: string | null }> {
  const keys = await Promise.all(trust.keys.map(async ({ name, text }): Promise<KeyReport> => {
    try {
      const { type, keyId } = await parsePublicKey(text)
      return { name, type, keyId }
    } catch (error) {
      return { name, problem: messageOf(error) }
    }
  }))
  const { allowedSigners } = trust
  const problem = allowedSigners === null ? null : await policyFromOptions({ allowedSigners }).then(() => null, messageOf)
  return { keys, allowedSigners: problem }
}

function messageOf(error: unknown): string {
  if (error instanceof SealdexError) return error.message
  throw error
}
