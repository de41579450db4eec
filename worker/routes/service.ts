import { VERSION } from '../../src/index.ts'
import { answer } from '../answer.ts'
import { acceptable, parametersOf, type Handler } from '../call.ts'
import { Problem } from '../problem.ts'
import { problemsMarkdown } from '../problem-codes.ts'

/** It runs; says nothing of any registry. */
export const health: Handler = async (call) => {
  parametersOf(call, [])
  return answer(call, { body: JSON.stringify({ status: 'ok', verifier: `sealdex/${VERSION}` }), type: 'application/json', headers: { 'Cache-Control': 'no-store' } })
}

/** The OpenAPI document, which is made from worker/openapi.ts once and for all. */
export const description: Handler = async (call) => {
  parametersOf(call, [])
  const type = acceptable(call, ['application/json'])
  const file = await call.settings.asset(call.url.pathname)
  if (file === null) throw new Problem('not-found', 'The description is not here: "npm run build:web" puts it beside the page.')
  return answer(call, { body: file.bytes, type, headers: { 'Cache-Control': 'no-cache' } })
}

/** Where the links of problem documents lead. */
export const problemDocs: Handler = async (call) => {
  parametersOf(call, [])
  return answer(call, { body: problemsMarkdown(), type: 'text/markdown; charset=utf-8', headers: { 'Cache-Control': 'no-cache' } })
}
