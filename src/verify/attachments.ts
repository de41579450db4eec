import type { Digest } from '../crypto/digest.ts'
import type { FoundAttachment } from '../form/found.ts'
import { ancestorsOf } from './graph.ts'
import type { SignedFacts } from './facts.ts'
import type { Facts } from './judge.ts'

/** What is attached, and whether that is more than a claim (R5). */
export interface VerdictAttachment {
  readonly digest: Digest
  readonly type: string
  readonly subject: Digest | null
  readonly standing: 'signed' | 'claimed'
  /** What a signed standing rests on. */
  readonly by: 'manifest' | 'statement' | 'list' | null
}

/** Attached is not attested: signed only where an accepted statement or its own signed manifest names the subject, or a signed index of the graph lists both. */
export function attachmentsOf(facts: Facts): readonly VerdictAttachment[] {
  const { graph } = facts
  if (graph === null) return []
  const acceptedAs = (role: SignedFacts['role']): ReadonlySet<Digest | undefined> => new Set(facts.checked.filter(({ state, signed }) => state === 'accepted' && signed?.role === role).map(({ signed }) => signed?.digest))
  const signed = acceptedAs('image')
  // who vouches for a list says that of no image, and of nothing but a list (R8)
  const vouched = acceptedAs('list')
  const lists = new Set(facts.places.flatMap(({ lists = [] }) => lists).filter(({ digest }) => vouched.has(digest)).map(({ digest }) => digest))
  const listedTogether = (digest: Digest, subject: Digest): boolean => {
    const [a, b] = [graph.nodes.get(digest), graph.nodes.get(subject)]
    if (a === undefined || b === undefined) return false
    const above = new Set([b.digest, ...ancestorsOf(graph, b)])
    return [...ancestorsOf(graph, a)].some((index) => above.has(index) && signed.has(index))
  }
  const stated = new Set(facts.statements.flatMap(({ found, state, signed, about }) => (state === 'accepted' && signed !== null ? [signed.digest, ...about.keys()].map((digest) => `${found.carrier} ${digest}`) : [])))
  const seen = new Set<string>()
  return [...facts.places.flatMap(({ attachments }) => attachments), ...elsewhere(facts)].flatMap((attachment): VerdictAttachment[] => {
    const { digest, type, subject } = attachment
    const key = `${digest} ${subject ?? ''}`
    if (seen.has(key)) return []
    seen.add(key)
    if (subject !== null && stated.has(key)) return [{ digest, type, subject, standing: 'signed', by: 'statement' }]
    if (attachment.by === 'manifest' && (signed.has(digest) || lists.has(digest))) return [{ digest, type, subject, standing: 'signed', by: 'manifest' }]
    if (subject !== null && listedTogether(digest, subject)) return [{ digest, type, subject, standing: 'signed', by: 'list' }]
    return [{ digest, type, subject, standing: 'claimed', by: null }]
  })
}

/** What a statement is about that refers to something else, as one about a platform refers to BuildKit's attestation manifest. */
function elsewhere({ statements }: Facts): readonly FoundAttachment[] {
  return statements.flatMap(({ found, predicateType, about }) => (
    [...about.keys()].filter((digest) => digest !== found.beside.digest).map((subject) => ({ digest: found.carrier, type: predicateType, subject, by: null }))
  ))
}
