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

const BESIDE: readonly Place[] = PLACES.filter((place) => place !== 'graph')

/** Every place of every judged subject: read, absent, failed or not needed. Sorted by subject, then place. */
export function placesOf(facts: Facts, reading: 'needed' | 'all'): readonly VerdictPlace[] {
  if (facts.graph === null) return []
  const read = Map.groupBy(facts.places, ({ subject }) => subject)
  const subjects = new Set([...read.keys(), ...judgedSubjects(facts.graph, facts.platform)])
  return [...subjects].sort().flatMap((subject) => {
    const known = read.get(subject) ?? []
    const unneeded = reading === 'all' ? [] : BESIDE.filter((place) => !known.some((one) => one.place === place)).map((place): VerdictPlace => ({ subject, place, state: 'not-needed', code: null }))
    return [...known.map(({ place, state, code }): VerdictPlace => ({ subject, place, state, code })), ...unneeded].sort((a, b) => PLACES.indexOf(a.place) - PLACES.indexOf(b.place))
  })
}
