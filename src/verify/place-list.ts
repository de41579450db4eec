import type { Code } from '../base/codes.ts'
import type { Digest } from '../crypto/digest.ts'
import type { Place } from '../form/found.ts'
import { judgedSubjects, type Facts } from './judge.ts'
import type { PlaceState } from './places.ts'

export interface VerdictPlace {
  readonly subject: Digest
  readonly place: Place
  readonly state: PlaceState
  readonly code: Code | null
}

const BESIDE: readonly Place[] = ['digest-tag', 'referrers', 'sig-tag', 'att-tag']
const ORDER: readonly Place[] = ['graph', ...BESIDE]

/** Every place of every judged subject: read, absent, failed or not needed. Sorted by subject, then place. */
export function placesOf(facts: Facts, reading: 'needed' | 'all'): readonly VerdictPlace[] {
  if (facts.graph === null) return []
  const read = facts.places.map(({ subject, place, state, code }) => ({ subject, place, state, code }))
  const known = new Set(read.map(({ subject, place }) => `${subject} ${place}`))
  const unneeded = [...judgedSubjects(facts.graph, facts.platform)].flatMap((subject) => BESIDE.map((place) => ({ subject, place, state: 'not-needed' as const, code: null })))
  const missing = reading === 'all' ? [] : unneeded.filter(({ subject, place }) => !known.has(`${subject} ${place}`))
  return [...read, ...missing].sort((a, b) => (a.subject === b.subject ? ORDER.indexOf(a.place) - ORDER.indexOf(b.place) : a.subject < b.subject ? -1 : 1))
}
