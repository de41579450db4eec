import type { InspectedPick } from '../../src/index.ts'
import { h } from '../dom.ts'
import { plain } from '../words.ts'
import type { Shown } from './answer.ts'
import { digestText, line, lines, section } from './section.ts'

/** What each kind of runtime would really run, platform by platform (R7). */
export function runtimesView(shown: Shown): HTMLElement | null {
  const { inspection: { runtimes }, verdict } = shown.answer
  const asked = verdict?.platform?.name ?? null
  const wanted = asked === null ? runtimes : runtimes.filter(({ platform }) => platform === asked || platform.startsWith(`${asked}/`))
  return section('What would really run', lines(wanted.flatMap((pick) => pickLines(pick, shown)), 80))
}

function pickLines({ platform, picks }: InspectedPick, { answer: { verdict }, labels }: Shown): HTMLElement[] {
  const covered = new Map((verdict?.subjects ?? []).map(({ digest, coverage }) => [digest as string, coverage]))
  const groups = [...Map.groupBy(picks, ({ digest }) => digest)]
  return groups.map(([digest, same]) => {
    const who = groups.length === 1 ? 'every kind of runtime takes' : `${same.map(({ runtime }) => runtime).join(', ')} ${same.length === 1 ? 'takes' : 'take'}`
    if (digest === null) return line('none', h('strong', {}, plain(platform, 60)), `: ${who} nothing`)
    const coverage = covered.get(digest)
    const state = verdict === null ? 'none' : coverage === 'own' || coverage === 'listed' ? 'good' : 'bad'
    const label = labels.get(digest)
    const words = state === 'good' ? ', which is signed' : state === 'bad' ? ', which no signature that counts covers' : ''
    return line(state, h('strong', {}, plain(platform, 60)), `: ${who} `, digestText(digest), label === undefined || label === platform ? '' : ` (${label})`, words)
  })
}
