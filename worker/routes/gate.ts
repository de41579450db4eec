import type { Verdict } from '../../src/index.ts'
import { answer, DECISION_HEADERS } from '../answer.ts'
import { acceptable, parametersOf, readableReferenceOf, type Handler } from '../call.ts'
import { decide, policyNamed } from '../decide.ts'
import { Problem } from '../problem.ts'

/** `name@digest` to be run, or a status that ends a script: nothing else is ever an answer (T4). */
export const gate: Handler = async (call) => {
  acceptable(call, ['text/plain'])
  const query = parametersOf(call, ['ref', 'platform', 'policy'])
  const reference = readableReferenceOf(call, query.get('ref'))
  const verdict = await decide(call, { reference, policy: policyNamed(call, query.get('policy')), platform: query.get('platform') })
  const digest = verdict.platform === null ? verdict.digest : verdict.platform.digest
  if (verdict.outcome !== 'allow' || digest === null) throw refusal(verdict)
  return answer(call, { body: `${reference.repository.name}@${digest}`, type: 'text/plain; charset=utf-8', headers: DECISION_HEADERS })
}

const CODES = { allow: 'indeterminate', deny: 'denied', unsigned: 'unsigned', indeterminate: 'indeterminate' } as const

function refusal({ outcome, reference, digest, reasons }: Verdict): Problem {
  const decisive = reasons.filter(({ effect }) => effect === 'decides').map(({ message }) => message)
  return new Problem(CODES[outcome], [...new Set(decisive)].slice(0, 5).join(' '), { more: { outcome, reference, digest, reasons } })
}
