import type { Code } from '../base/codes.ts'
import type { Digest } from '../crypto/digest.ts'
import { PLACES, type Place } from '../oci/place.ts'
import { judgedSubjects, type Facts } from './judge.ts'
import type { PlaceState } from './places.ts'

export interface VerdictPlace {
  readonly subject: Digest
  readonly place: Place
  readonly state: PlaceState
  readonly code: Code | null
}

/** Every place of every judged subject: read, absent, failed or not needed. Sorted by subject, then place. */
export function placesOf(facts: Facts, reading: 'needed' | 'all'): readonly VerdictPlace[] {
  if (facts.graph === null) return []
  const read = Map.groupBy(facts.places, ({ subject }) => subject)
  const subjects = new Set([...read.keys(), ...judgedSubjects(facts.graph, facts.platform)])
  return [...subjects].sort().flatMap((subject) => PLACES.flatMap((place): readonly VerdictPlace[] => {
    const known = read.get(subject)?.filter((one) => one.place === place) ?? []
    if (known.length > 0) return known.map(({ state, code }) => ({ subject, place, state, code }))
    return reading === 'all' || place === 'graph' ? [] : [{ subject, place, state: 'not-needed', code: null }]
  }))
}
