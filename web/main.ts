import { Core, Problem } from './core/client.ts'
import type { Answer, GivenFile } from './core/protocol.ts'
import { byId, h, listen } from './dom.ts'
import { onDrop, readFiles } from './drop.ts'
import { loadExamples, type Example } from './examples.ts'
import { Form, NOTHING, type Written } from './form.ts'
import { linkTo, readLink } from './link.ts'
import { Result } from './result.ts'

/** The page: a form, what it was asked, and the answer. Everything that verifies is in core/, everything that shows an answer in view/; both are loaded when first needed. */
const core = new Core()
const form = new Form(core)
const result = new Result()
/** Null for a page opened from a file: no server handed it out. */
const server = location.protocol === 'file:' ? null : new URL('.', location.href).href

/** Answers by the entry of the browser's history that they belong to, so that back and forward ask nobody again. */
interface Kept {
  readonly written: Written
  readonly file: GivenFile | null
  readonly answer: Answer
}
const kept = new Map<number, Kept>()
const KEPT = 20
let entry = 0
const { title } = document
/** Which of the questions is the newest: the answer to an older one is not shown any more. */
let asked = 0

async function ask(referenceOfFile = false): Promise<void> {
  const mine = ++asked
  const question = await form.question(server, referenceOfFile)
  if (question === null || mine !== asked) return
  const say = result.working(question.reference ?? '', () => core.stop())
  try {
    const [answer] = await Promise.all([core.check(question, (text) => mine === asked && say(text)), import('./view/answer.ts')])
    if (mine !== asked) return
    if (referenceOfFile) form.written = { ...form.written, reference: answer.reference }
    keep(answer)
    await show(answer)
  } catch (error) {
    if (mine !== asked) return
    const { code, message } = error instanceof Problem ? error : new Problem('unexpected', 'Something went wrong inside this page; nothing was decided.')
    result.problem(code === 'stopped' ? 'Stopped' : 'Not checked', message, code)
    // for whoever looks into it: the console has where
    if (code === 'unexpected') throw error
  }
}

async function show(answer: Answer): Promise<void> {
  const { answerView } = await import('./view/answer.ts')
  const { parts, heading, spoken } = answerView(answer)
  result.answer(parts, heading, spoken)
  document.title = `${heading.textContent}: ${answer.reference} · sealdex`
}

function keep(answer: Answer): void {
  const link = form.file === null ? linkTo(answer) : location.pathname + location.search
  const here = form.file === null ? location.hash === link : location.hash === ''
  entry = Date.now()
  if (here) history.replaceState({ entry }, '')
  else history.pushState({ entry }, '', link)
  kept.set(entry, { written: form.written, file: form.file, answer })
  for (const old of [...kept.keys()].slice(0, -KEPT)) kept.delete(old)
}

/** What the address says: an answer that is known, a question to ask with nobody trusted, or an empty page. */
function fromAddress(state: unknown): void {
  const known = kept.get((state as { entry?: number } | null)?.entry ?? 0)
  const linked = readLink(location.hash)
  asked++
  if (known !== undefined) {
    form.file = known.file
    form.written = known.written
    void show(known.answer)
    return
  }
  form.file = null
  result.clear()
  document.title = title
  if (linked === null) return
  form.written = { ...form.written, reference: linked.reference, platform: linked.platform ?? '', signed: '' }
  void ask()
}

async function take(files: Iterable<File>): Promise<void> {
  const { keys, layout, root, problem } = await readFiles(files)
  if (root !== null) form.root = root
  if (keys.length > 0) form.written = { ...form.written, trust: [form.written.trust.trim(), ...keys].filter((text) => text !== '').join('\n') }
  if (problem !== null) return result.problem('Not read', problem, 'too-large')
  if (layout === null) return keys.length > 0 ? form.trust.focus() : undefined
  form.file = layout
  await ask(true)
}

function showExamples(examples: readonly Example[]): void {
  if (examples.length === 0) return
  byId('example-list', HTMLUListElement).replaceChildren(...examples.map((example) => h('li', {}, exampleButton(example))))
  byId('examples', HTMLElement).hidden = false
}

function exampleButton({ about, reference, keys, identity, trustedRoot }: Example): HTMLButtonElement {
  return listen(h('button', { type: 'button', class: 'example' }, h('code', {}, reference), h('span', {}, about)), 'click', () => {
    form.file = null
    form.written = { ...NOTHING, reference, trust: keys.join('\n').trim(), ...identity, root: trustedRoot }
    void ask()
  })
}

function chooser(id: string): void {
  const input = byId(id, HTMLInputElement)
  listen(input, 'change', () => {
    const files = [...(input.files ?? [])]
    input.value = ''
    void take(files)
  })
}

byId('form', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault()
  void ask()
})
listen(byId('root-remove', HTMLButtonElement), 'click', () => {
  form.root = ''
  form.trust.focus()
})
listen(byId('file-remove', HTMLButtonElement), 'click', () => {
  form.file = null
  form.reference.focus()
})
for (const event of ['focusin', 'pointerdown', 'dragenter']) document.addEventListener(event, () => core.warm(), { once: true })
chooser('key-file')
chooser('layout-file')
onDrop((files) => void take(files))
addEventListener('popstate', (event) => fromAddress(event.state))
byId('origin', HTMLParagraphElement).textContent = server === null
  ? 'This page is a file on your disk: whether it is the one that was published, its SHA-256 says.'
  : `This page came from ${location.host} and is that server’s code. If you do not trust it, open the single-file build, which is published with its digest, from your own disk.`
if (server !== null) void loadExamples(server).then(showExamples)
fromAddress(history.state)
