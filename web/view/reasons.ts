import { CODES, type Verdict } from '../../src/index.ts'
import { h } from '../dom.ts'
import { plain, short } from '../words.ts'
import { hintsOf } from '../hints.ts'
import type { Shown } from './answer.ts'
import { line, lines, section } from './section.ts'

type Reason = Verdict['reasons'][number]

/** Why it was decided so, and what a person can do. */
export function reasonsView(shown: Shown): HTMLElement | null {
  const { verdict, inspection } = shown.answer
  if (verdict === null) return section('Problems', lines(inspection.problems.map(({ code, message }) => line('bad', plain(message, 600), ' ', h('code', {}, code)))))
  if (verdict.outcome === 'allow') return null
  const hidden = verdict.outcome === 'unsigned' ? 'not-covered' : ''
  const reasons = verdict.reasons.filter(({ effect, code }) => (effect === 'decides' || verdict.outcome === 'indeterminate') && code !== hidden && !UNKNOWN.has(code))
  return section('Why, and what to do', lines(grouped(reasons, shown)), lines(hintsOf(verdict).map((hint) => line('next', hint))))
}

/** What no verdict from these bytes can know; said of every one, an allow above all. */
export function unknownView(shown: Shown): HTMLElement | null {
  const { verdict, way, inspection } = shown.answer
  const warns = (verdict?.reasons ?? []).filter(({ effect, code }) => effect === 'warns' && (verdict?.outcome === 'allow' || UNKNOWN.has(code)) && code !== 'recorders-word')
  const failed = verdict === null ? inspection.places.filter(({ state }) => state === 'failed').length : 0
  return section('What this can not know', lines([
    ...grouped(warns, shown, 'none'),
    ...(failed === 0 ? [] : [line('bad', `${failed} of the places could not be read, so signatures may be missing here.`)]),
    completeness(verdict),
    line('none', `What a tag names, and that something is absent, is the word of ${carrier(way)}: an older image that is truly signed could be put under this tag, or a signature withheld. Signed tags and times answer the first; the second can only turn an allow into something else.`),
  ]))
}

const UNKNOWN: ReadonlySet<string> = new Set(['recorders-word', 'set-unsigned'])

function completeness(verdict: Verdict | null): HTMLElement {
  const { state, missing, extra, unfetchable } = verdict?.completeness ?? { state: 'unknown', missing: [], extra: [], unfetchable: [] }
  if (state === 'complete') return line('good', 'The lists of what is attached are signed, and complete.')
  if (state === 'incomplete') return line('bad', `The signed lists of what is attached do not fit what was found: ${missing.length} missing, ${extra.length} extra, ${unfetchable.length} not fetchable.`)
  return line('none', 'Whether all that was attached is shown: no signed list says what there should be.')
}

function carrier(way: Shown['answer']['way']): string {
  if (way.by === 'registry') return 'the registry'
  return way.by === 'server' ? 'the registry and of the server that carried it here' : 'whoever made the file'
}

/** Reasons of one code in one line. */
function grouped(reasons: readonly Reason[], { labels }: Shown, mark: 'bad' | 'none' | null = null): HTMLElement[] {
  return [...Map.groupBy(reasons, ({ code, effect }) => `${effect} ${code}`).values()].map((group) => {
    const [first = { code: 'malformed', message: '', effect: 'decides', subject: null } as const] = group
    const about = [...new Set(group.flatMap(({ subject }) => (subject === null ? [] : [labels.get(subject) ?? short(subject)])))].slice(0, 12).join(', ')
    const text = group.length === 1 ? withLabels(first.message, labels) : `${CODES[first.code]}${about === '' ? '' : ` (${about})`}`
    return line(mark ?? (first.effect === 'decides' ? 'bad' : 'none'), `${text} `, h('code', {}, first.code))
  })
}

/** Digests cut short, with what a person calls them. */
function withLabels(message: string, labels: ReadonlyMap<string, string>): string {
  return plain(message, 600).replace(/\bsha(?:256|512):[0-9a-f]{64,128}\b/g, (digest) => {
    const label = labels.get(digest)
    return label === undefined ? short(digest) : `${short(digest)} (${label})`
  })
}
