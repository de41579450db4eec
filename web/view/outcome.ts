import { CODES, type Verdict } from '../../src/index.ts'
import type { Answer, Way } from '../core/protocol.ts'
import { h, icon, type Icon } from '../dom.ts'
import { count, listed, nameOf } from '../words.ts'
import { copyButton } from './copy.ts'
import { inOrder } from './signers.ts'

interface Headline {
  readonly icon: Icon
  readonly word: string
  readonly sentence: string
}

const WORDS = { allow: 'Allowed', deny: 'Denied', unsigned: 'Unsigned', indeterminate: 'Undecided' } as const

/** The outcome in a word, a picture and a sentence; then what it is about. The heading takes the focus. */
export function outcomeView(answer: Answer): { readonly card: HTMLElement; readonly heading: HTMLElement; readonly spoken: string } {
  const { verdict, inspection, reference, at, way } = answer
  const headline = verdict === null ? whoHeadline(answer) : { icon: verdict.outcome, word: WORDS[verdict.outcome], sentence: summary(verdict, answer.names) }
  const heading = h('h2', { tabindex: '-1', id: 'outcome' }, headline.word)
  const { digest } = inspection
  const card = h('div', { class: `card ${headline.icon}` },
    h('div', { class: 'headline' }, h('span', { class: 'badge' }, icon(headline.icon)), h('div', {}, heading, h('p', { class: 'summary' }, headline.sentence))),
    h('dl', { class: 'facts' },
      ...fact('Image', h('code', { id: 'judged' }, reference)),
      ...fact('Digest checked', digest === null ? 'none: nothing was read' : h('span', { class: 'copyable' }, h('code', { id: 'digest' }, digest), copyButton('the digest', () => digest))),
      ...platformFact(verdict),
      ...fact('Decided at', h('time', { datetime: at }, at.replace('T', ' ').replace('Z', ' UTC'))),
      ...fact('The bytes came', wayText(way))))
  return { card, heading, spoken: `${headline.word}. ${headline.sentence}` }
}

function fact(name: string, value: Node | string): HTMLElement[] {
  return [h('div', {}, h('dt', {}, name), h('dd', {}, value))]
}

function platformFact(verdict: Verdict | null): HTMLElement[] {
  const platform = verdict?.platform ?? null
  if (platform === null) return []
  return fact(`To run on ${platform.name}`, platform.digest === null ? 'nothing' : h('code', {}, platform.digest))
}

/** Which of the ways the bytes came: nobody on them is believed, and a person should know who they were. */
export function wayText(way: Way): string {
  if (way.by === 'registry') return `from the registry ${way.registry} itself, read by this browser.${way.serverToo === null ? '' : ` ${way.serverToo}`}`
  if (way.by === 'server') return `through the server of this page (${way.server}), not from ${way.registry} itself. ${way.why} Every digest and signature was checked here.`
  const when = way.recordedAt === null ? '' : `, recorded ${way.recordedAt}`
  return `out of ${way.name} on your disk (${way.isRecord ? `recorded evidence${when}` : 'an image layout, taken as the whole repository'}). Nothing was asked of any network.`
}

function summary(verdict: Verdict, names: ReadonlyMap<string, string>): string {
  const { outcome, reasons, platform, signers } = verdict
  if (outcome === 'allow') {
    const what = platform === null ? 'Everything that would run' : `What would run on ${platform.name}`
    return `${what} is signed by ${listed(inOrder(signers, names).map(({ name }) => nameOf(name, names)))}.`
  }
  if (outcome === 'unsigned') return 'Nobody has signed this: no signature stands in any of the places that were read.'
  const deciding = reasons.filter(({ effect }) => effect === 'decides')
  const first = deciding.find(({ code }) => code === 'runtime-divergence') ?? deciding[0]
  const why = first === undefined ? '' : CODES[first.code]
  return outcome === 'deny' ? `Not to be run. ${why}` : `This could not be decided, which is no yes. ${why}`
}

/** Nobody is trusted, so nothing is proved and nothing is decided. */
function whoHeadline({ inspection: { unread }, signatures: { found } }: Answer): Headline {
  if (unread !== null) return { icon: 'indeterminate', word: 'Nothing was read', sentence: unread.message }
  if (found === 0) return { icon: 'unsigned', word: 'No signature', sentence: 'No signature was found in any of the places that were read.' }
  return { icon: 'who', word: count(found, 'signature'), sentence: `You have named nobody whose signature counts, so nothing is decided; who made ${found === 1 ? 'it' : 'them'} is a claim unless it says proved. Give a key above to decide whether this may run.` }
}
