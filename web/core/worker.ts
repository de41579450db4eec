import { SealdexError } from '../../src/index.ts'
import { check, reportKeys } from './check.ts'
import type { Ask, Reply } from './protocol.ts'

/** The verifying core in a thread of its own, so that an index of 4 MiB freezes no frame. */
interface Scope {
  addEventListener(type: 'message', listen: (event: MessageEvent<Ask>) => void): void
  postMessage(message: Reply, transfer: Transferable[]): void
}

const scope = self as unknown as Scope

function post(message: Reply, transfer: Transferable[] = []): void {
  scope.postMessage(message, transfer)
}

scope.addEventListener('message', ({ data }) => {
  answer(data).catch((error: unknown) => {
    const known = error instanceof SealdexError
    post({ id: data.id, kind: 'problem', code: known ? error.code : 'unexpected', message: known ? error.message : 'Something went wrong inside this page; nothing was decided.' })
  })
})

async function answer(ask: Ask): Promise<void> {
  const { id } = ask
  if (ask.kind === 'keys') return post({ id, kind: 'keys', ...(await reportKeys(ask.trust)) })
  const result = await check(ask.question, (text) => post({ id, kind: 'progress', text }))
  post({ id, kind: 'answer', answer: result }, result.evidence === null ? [] : [result.evidence.buffer])
}
