import { VERSION } from '../../src/index.ts'
import { answer } from '../answer.ts'
import { acceptable, parametersOf, type Handler } from '../call.ts'
import { openApi } from '../openapi.ts'
import { problemsMarkdown } from '../problem-codes.ts'

/** It runs; says nothing of any registry. */
export const health: Handler = async (call) => {
  parametersOf(call, [])
  return answer(call, { body: JSON.stringify({ status: 'ok', verifier: `sealdex/${VERSION}` }), type: 'application/json', headers: { 'Cache-Control': 'no-store' } })
}

export const description: Handler = async (call) => {
  parametersOf(call, [])
  const type = acceptable(call, ['application/json'])
  return answer(call, { body: JSON.stringify(openApi()), type, headers: { 'Cache-Control': 'no-cache' } })
}

/** Where the links of problem documents lead. */
export const problemDocs: Handler = async (call) => {
  parametersOf(call, [])
  return answer(call, { body: problemsMarkdown(), type: 'text/markdown; charset=utf-8', headers: { 'Cache-Control': 'no-cache' } })
}
