// oxlint-disable-next-line import/default -- what Vite makes of such an import
import workerUrl from './worker.ts?worker&url'
import type { Answer, Ask, KeyReport, Question, Reply, Trust } from './protocol.ts'

/** What went wrong, in words for a person. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

interface Waiting {
  readonly say: (text: string) => void
  readonly resolve: (reply: Reply) => void
  readonly reject: (problem: Problem) => void
}

/** The page's end of the worker. It is loaded when it is first needed, and ended where a person stops the work. */
export class Core {
  #worker: Worker | null = null
  #next = 1
  readonly #waiting = new Map<number, Waiting>()

  /** Loads the core before it is asked anything. */
  warm(): void {
    this.#worker ??= this.#start()
  }

  async check(question: Question, say: (text: string) => void): Promise<Answer> {
    const reply = await this.#ask((id) => ({ id, kind: 'check', question }), say)
    if (reply.kind !== 'answer') throw new TypeError('a question is answered')
    return reply.answer
  }

  async keys(trust: Trust): Promise<{ readonly keys: readonly KeyReport[]; readonly allowedSigners: string | null }> {
    const reply = await this.#ask((id) => ({ id, kind: 'keys', trust }), () => {})
    if (reply.kind !== 'keys') throw new TypeError('keys are answered')
    return reply
  }

  /** Ends what is under way; whoever waits is told. */
  stop(): void {
    this.#worker?.terminate()
    this.#worker = null
    this.#fail(new Problem('stopped', 'Stopped; nothing was decided.'))
  }

  #ask(ask: (id: number) => Ask, say: (text: string) => void): Promise<Reply> {
    this.warm()
    const id = this.#next++
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { say, resolve, reject })
      this.#worker?.postMessage(ask(id))
    })
  }

  #start(): Worker {
    const inlined = document.querySelector('script#core')
    // a browser takes a module from `blob:` only where the page has an origin, which a file has not
    const worker = new Worker(scriptUrl(inlined), { type: inlined === null ? 'module' : 'classic' })
    worker.addEventListener('message', ({ data }: MessageEvent<Reply>) => this.#take(data))
    worker.addEventListener('error', () => {
      this.#worker = null
      this.#fail(new Problem('unexpected', 'The part of this page that verifies could not be loaded, or broke; nothing was decided. Load the page again.'))
    })
    return worker
  }

  #take(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id)
    if (waiting === undefined) return
    if (reply.kind === 'progress') return waiting.say(reply.text)
    this.#waiting.delete(reply.id)
    if (reply.kind === 'problem') waiting.reject(new Problem(reply.code, reply.message))
    else waiting.resolve(reply)
  }

  #fail(problem: Problem): void {
    const all = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const { reject } of all) reject(problem)
  }
}

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): { createScriptURL(url: string): string }
}

/** Where the worker's code is: its own file, or in the single-file page a text in it. */
function workerCode(inlined: Element | null): string {
  return inlined === null ? workerUrl : URL.createObjectURL(new Blob([inlined.textContent], { type: 'text/javascript' }))
}

let url: string | null = null

/** The one script that this page may start, by the one Trusted Types policy that its CSP lets it make, once; no other can be made afterwards. */
function scriptUrl(inlined: Element | null): string {
  if (url !== null) return url
  const [only, { trustedTypes }] = [workerCode(inlined), globalThis as { trustedTypes?: TrustedTypes }]
  url = trustedTypes === undefined ? only : trustedTypes.createPolicy('sealdex-worker', { createScriptURL: () => only }).createScriptURL('')
  return url
}
