import type { Terminal } from './terminal.ts'

const AFTER_MS = 1_000
const EVERY_MS = 250

/** Does the work, with a line on a person's terminal while it takes longer than a second: what is done, and for how long. */
export async function withProgress<T>(terminal: Terminal, what: string, work: (say: (what: string) => void) => Promise<T>): Promise<T> {
  if (!terminal.interactive) return work(() => {})
  const began = Date.now()
  let now = what
  let shown = false
  const show = (): void => {
    const seconds = Math.floor((Date.now() - began) / 1_000)
    if (Date.now() - began < AFTER_MS) return
    shown = true
    terminal.err(`\r\x1b[2K${`${now} … ${seconds} s`.slice(0, terminal.columns - 1)}`)
  }
  const timer = setInterval(show, EVERY_MS)
  try {
    return await work((next) => {
      now = next
    })
  } finally {
    clearInterval(timer)
    if (shown) terminal.err('\r\x1b[2K')
  }
}
