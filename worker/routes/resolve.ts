import { resolveReference } from '../../src/index.ts'
import { answer, DECISION_HEADERS } from '../answer.ts'
import { acceptable, parametersOf, readableReferenceOf, type Handler } from '../call.ts'
import { readOptions } from '../decide.ts'

/** What the reference names now; says nothing of trust. */
export const resolve: Handler = async (call) => {
  const type = acceptable(call, ['application/json'])
  const query = parametersOf(call, ['ref', 'platform'])
  const reference = readableReferenceOf(call, query.get('ref'))
  const resolved = await resolveReference(reference.canonical, readOptions(call, call.settings.source(), query.get('platform')))
  return answer(call, { body: JSON.stringify(resolved), type, headers: DECISION_HEADERS })
}
