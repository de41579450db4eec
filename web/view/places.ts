import type { Verdict } from '../../src/index.ts'
import { h } from '../dom.ts'
import { count, PLACE_NAMES, short } from '../words.ts'
import type { Shown } from './answer.ts'
import { opening, section } from './section.ts'

type Place = Verdict['places'][number]

const STATES: Readonly<Record<Place['state'], string>> = { 'read': 'read', 'absent': 'absent', 'failed': 'failed', 'not-needed': 'not needed' }
const MOST = 60

/** Every place that was looked at: "nothing found" weighs as much as where one looked. */
export function placesView({ answer: { inspection, verdict }, labels }: Shown): HTMLElement | null {
  const places: readonly Place[] = verdict?.places ?? inspection.places
  if (places.length === 0) return null
  const of = (wanted: Place['state']): number => places.filter(({ state }) => state === wanted).length
  const bySubject = [...Map.groupBy(places, ({ subject }) => subject)]
  const parts = (Object.keys(STATES) as Place['state'][]).filter((state) => of(state) > 0).map((state) => `${of(state)} ${STATES[state]}`)
  return section('Where this looked', opening(`${count(places.length, 'place')} of ${count(bySubject.length, 'object')}: ${parts.join(', ')}`, () => [
    h('ul', { class: 'places' }, ...bySubject.slice(0, MOST).map(([subject, list]) => h('li', {},
      h('p', {}, h('strong', {}, labels.get(subject) ?? 'object'), ' ', h('code', { class: 'digest', title: subject }, short(subject))),
      h('ul', {}, ...list.map(({ place, state, code }) => h('li', { class: `place ${state}` }, `${PLACE_NAMES[place]}: `, h('strong', {}, STATES[state]), code !== null && ` (${code})`)))))),
    bySubject.length > MOST && h('p', { class: 'quiet' }, `… and ${bySubject.length - MOST} more objects, which the JSON lists.`),
  ]))
}
