import { collectEvidence } from '../../src/index.ts'
import { answer, DECISION_HEADERS } from '../answer.ts'
import { acceptable, parametersOf, readableReferenceOf, type Handler } from '../call.ts'
import { readOptions } from '../decide.ts'
import { Problem } from '../problem.ts'
import { isProblemCode } from '../problem-codes.ts'

/** Everything that a verdict needs, read at every place, as a tar: for those who verify for themselves (E1, E2). */
export const evidence: Handler = async (call) => {
  const type = acceptable(call, ['application/x-tar'])
  const reference = readableReferenceOf(call, parametersOf(call, ['ref']).get('ref'))
  const collected = await collectEvidence(reference.canonical, readOptions(call, call.settings.source(), undefined))
  const { unread } = collected
  if (unread !== null) throw new Problem(isProblemCode(unread.code) ? unread.code : 'registry-error', unread.message)
  return answer(call, { body: collected.tar(), type, headers: { ...DECISION_HEADERS, 'Content-Disposition': 'attachment; filename="evidence.tar"' } })
}
