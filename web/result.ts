import { byId, h, icon } from './dom.ts'

/** Where the answer stands, and what those who hear the page are told. */
export class Result {
  readonly #place = byId('result', HTMLDivElement)
  readonly #status = byId('status', HTMLParagraphElement)

  clear(): void {
    this.#place.replaceChildren()
    this.#status.textContent = ''
  }

  /** Shows that work is under way; returns how to say what is done now. */
  working(reference: string, stop: () => void): (text: string) => void {
    const now = h('p', { class: 'now' }, 'Beginning…')
    const button = h('button', { type: 'button', class: 'small' }, 'Stop')
    button.addEventListener('click', stop)
    this.#place.replaceChildren(h('div', { class: 'card working' }, h('div', { class: 'headline' },
      h('span', { class: 'badge' }, h('span', { class: 'spinner', 'aria-hidden': 'true' })),
      h('div', {}, h('p', { class: 'doing' }, reference === '' ? 'Reading the file' : reference), now)), button))
    this.#status.textContent = 'Checking…'
    return (text) => {
      now.textContent = text
      this.#status.textContent = text
    }
  }

  problem(title: string, message: string, code: string): void {
    const heading = h('h2', { tabindex: '-1', id: 'outcome' }, title)
    this.#place.replaceChildren(h('div', { class: 'card problem' }, h('div', { class: 'headline' }, h('span', { class: 'badge' }, icon('problem')),
      h('div', {}, heading, h('p', { class: 'summary' }, message, ' ', h('code', {}, code))))))
    this.#told(heading, `${title}. ${message}`)
  }

  answer(parts: readonly HTMLElement[], heading: HTMLElement, spoken: string): void {
    this.#place.replaceChildren(...parts)
    this.#told(heading, spoken)
  }

  #told(heading: HTMLElement, spoken: string): void {
    this.#status.textContent = spoken
    heading.focus({ preventScroll: true })
    heading.closest('.card')?.scrollIntoView({ block: 'start', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' })
  }
}
