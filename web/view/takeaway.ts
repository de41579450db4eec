import { commandOf } from '../command.ts'
import { h } from '../dom.ts'
import type { Shown } from './answer.ts'
import { copyButton, saveLink } from './copy.ts'
import { opening, section } from './section.ts'

/** Characters of the JSON that are drawn: a verdict about thousands of signatures would freeze the page. */
const DRAWN = 40_000

/** The verdict for programs, and how to reach the same bytes without this page. */
export function takeawayView({ answer }: Shown): HTMLElement | null {
  const { verdict, text } = answer
  const { words, files, ownFile } = commandOf(answer)
  const line = words.join(' ')
  const what = verdict === null ? 'findings' : 'verdict'
  return section('Take it with you',
    h('p', {}, `The same ${what}, byte for byte, from the command line:`),
    h('div', { class: 'code' }, h('pre', { id: 'command', tabindex: '0', 'aria-label': 'Command line' }, ...words.flatMap((word, i) => [i > 0 && ' ', h('span', {}, word)])), copyButton('the command line', () => line)),
    h('p', { class: 'files' }, 'It reads ', ...(ownFile === null ? [] : [h('code', {}, ownFile), files.length > 0 ? ', which you have, and ' : ', which you have.']),
      ...files.flatMap(({ name, bytes }, i) => [i > 0 ? ', ' : '', saveLink(name, bytes, name)]), ...(files.length > 0 ? ['; save them beside it first.'] : [])),
    opening(`The ${what} as JSON`, () => [
      h('div', { class: 'code' },
        h('pre', { id: 'json', tabindex: '0', 'aria-label': `The ${what} as JSON` }, text.length > DRAWN ? `${text.slice(0, DRAWN)}…` : text),
        h('div', { class: 'buttons' }, copyButton('the JSON', () => text), saveLink(`${what}.json`, text, 'Save'))),
      text.length > DRAWN && h('p', { class: 'quiet' }, `The first part of ${text.length.toLocaleString('en')} characters; Copy and Save have all.`),
    ]))
}
