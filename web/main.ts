import { encodeVerdict, openEvidence, policyFromKeys, SealdexError, verify } from '../src/index.ts'

/** What each outcome means, for a person. */
const WORDS = {
  allow: 'Allowed: every platform is covered by the key.',
  deny: 'Denied: not to be run.',
  unsigned: 'Unsigned: nobody signed this.',
  indeterminate: 'Could not be decided: something that was needed is not in the evidence.',
} as const

function element<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.querySelector(`#${id}`)
  if (!(found instanceof type)) throw new TypeError(`the page has no ${id}`)
  return found
}

const [outcome, shown] = [element('outcome', HTMLParagraphElement), element('verdict', HTMLPreElement)]

element('form', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault()
  void judge()
})

/** Text only is ever put into the page: what stands in evidence is a stranger's (T61). */
async function judge(): Promise<void> {
  outcome.textContent = 'Verifying…'
  shown.textContent = ''
  try {
    const file = element('evidence', HTMLInputElement).files?.[0]
    if (file === undefined) return
    const source = await openEvidence(new Uint8Array(await file.arrayBuffer()))
    const policy = policyFromKeys([element('key', HTMLTextAreaElement).value])
    const verdict = await verify(element('reference', HTMLInputElement).value.trim(), { source, policy, all: true })
    outcome.textContent = WORDS[verdict.outcome]
    shown.textContent = encodeVerdict(verdict)
  } catch (error) {
    outcome.textContent = error instanceof SealdexError ? `${error.message} [${error.code}]` : 'Something unexpected went wrong.'
  }
}
