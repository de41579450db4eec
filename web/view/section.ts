import { h, icon, type Child, type Icon } from '../dom.ts'
import { short } from '../words.ts'

export type Mark = 'good' | 'bad' | 'none' | 'next'

/** A part of the answer under a heading of its own; null where there is nothing to say. */
export function section(title: string, ...children: readonly Child[]): HTMLElement | null {
  const shown = children.filter((child) => child !== null && child !== false)
  return shown.length === 0 ? null : h('section', { class: 'part' }, h('h3', {}, title), ...shown)
}

/** A line with its mark; the mark's meaning stands in the words as well. */
export function line(mark: Mark, ...children: readonly Child[]): HTMLElement {
  return h('li', { class: `line ${mark}` }, icon(mark), h('span', {}, ...children))
}

export function lines(items: readonly HTMLElement[], most = 60): HTMLElement | null {
  if (items.length === 0) return null
  const left = items.length - most
  return h('ul', { class: 'lines' }, ...items.slice(0, most), left > 0 && h('li', { class: 'more' }, `… and ${left.toLocaleString('en')} more, which the JSON below lists`))
}

/** A digest cut short; the whole of it for who points at it, and in the JSON. */
export function digestText(digest: string): HTMLElement {
  return h('code', { class: 'digest', title: digest }, short(digest))
}

export function tag(kind: Icon | 'plain', text: string): HTMLElement {
  return h('span', { class: `tag ${kind}` }, text)
}

/** A part that opens; what is costly to draw is drawn when it is first opened. */
export function opening(summary: string, draw: () => readonly Child[]): HTMLDetailsElement {
  const details = h('details', {}, h('summary', {}, summary))
  details.addEventListener('toggle', () => details.append(...draw().filter((child) => child !== null && child !== false)), { once: true })
  return details
}
