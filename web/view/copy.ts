import { h } from '../dom.ts'

/** A button that copies, and says that it did. */
export function copyButton(what: string, text: () => string): HTMLButtonElement {
  const word = h('span', {}, 'Copy')
  const button = h('button', { type: 'button', class: 'small' }, word, h('span', { class: 'hidden' }, ` ${what}`))
  button.addEventListener('click', () => void copy(text(), word))
  return button
}

async function copy(text: string, word: HTMLElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
    word.textContent = 'Copied'
  } catch {
    word.textContent = 'Could not copy'
  }
  setTimeout(() => {
    word.textContent = 'Copy'
  }, 2_000)
}

/** A link that saves bytes which are here already. */
export function saveLink(name: string, bytes: Uint8Array<ArrayBuffer> | string, words: string): HTMLAnchorElement {
  const link = h('a', { href: '#', download: name }, words)
  // the address is made when it is needed: nothing is kept for links that nobody takes
  link.addEventListener('click', () => {
    link.href = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }))
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
  }, { once: true })
  return link
}
