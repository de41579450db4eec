import { encodeVerdict, isJsonObject, LIMITS, openEvidence, parseJson, parsePolicy, SealdexError, stringifyJson, VERDICT_MEDIA_TYPE, type JsonObject, type JsonValue, type Policy, type Verdict } from '../../src/index.ts'
import { answer, DECISION_HEADERS } from '../answer.ts'
import { bodyOf, unpacked } from '../body.ts'
import { acceptable, parametersOf, readableReferenceOf, referenceOf, type Call, type Handler } from '../call.ts'
import { decide, policyNamed, type Question } from '../decide.ts'
import { Problem } from '../problem.ts'
import { quoted } from '../text.ts'

const PARAMETERS = ['ref', 'platform', 'policy'] as const

/** GET: the verdict about what a registry says now. */
export const verifyByQuery: Handler = async (call) => {
  const type = acceptable(call, [VERDICT_MEDIA_TYPE, 'application/json'])
  const query = parametersOf(call, PARAMETERS)
  const reference = readableReferenceOf(call, query.get('ref'))
  return verdictAnswer(call, await decide(call, { reference, policy: policyNamed(call, query.get('policy')), platform: query.get('platform') }), type)
}

/** POST: a question as JSON, with a policy of one's own if need be, or recorded evidence as a tar. */
export const verifyByBody: Handler = async (call) => {
  const type = acceptable(call, [VERDICT_MEDIA_TYPE, 'application/json'])
  return verdictAnswer(call, await decide(call, await questionIn(call)), type)
}

function questionIn(call: Call): Promise<Question> {
  if (sendsTar(call)) return tarQuestion(call)
  const type = bodyTypeOf(call)
  if (type === 'application/json') return jsonQuestion(call)
  throw new Problem('unsupported-media-type', type === '' ? 'The body has no Content-Type.' : `A body of type ${quoted(type)} is not read.`)
}

export function sendsTar(call: Call): boolean {
  return TARS.has(bodyTypeOf(call))
}

function bodyTypeOf({ request }: Call): string {
  return request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? ''
}

const TARS: ReadonlySet<string> = new Set(['application/x-tar', 'application/tar', 'application/gzip', 'application/x-gzip'])

function verdictAnswer(call: Call, verdict: Verdict, type: string): Promise<Response> {
  const json = type === 'application/json'
  return answer(call, { body: encodeVerdict(verdict), type, headers: DECISION_HEADERS, ...(json && { variant: 'json' }) })
}

async function jsonQuestion(call: Call): Promise<Question> {
  parametersOf(call, [])
  const question = objectIn(await bodyOf(call, LIMITS.questionBytes))
  const extra = [...question.keys()].find((name) => !['reference', 'platform', 'policy'].includes(name))
  if (extra !== undefined) throw new Problem('bad-body', `The body has the field ${quoted(extra)}, which is not known; there are reference, platform, policy.`)
  const text = textField(question, 'reference')
  if (text === undefined) throw new Problem('bad-body', 'The body has no "reference".')
  const reference = readableReferenceOf(call, text)
  const policy = question.get('policy')
  return { reference, platform: textField(question, 'platform'), policy: isJsonObject(policy) ? await ownPolicy(policy) : policyNamed(call, textField(question, 'policy')) }
}

function objectIn(bytes: Uint8Array): JsonObject {
  let value: JsonValue
  try {
    value = parseJson(bytes)
  } catch (error) {
    if (!(error instanceof SealdexError)) throw error
    throw new Problem('bad-body', error.message)
  }
  if (!isJsonObject(value)) throw new Problem('bad-body', 'The body is no JSON object.')
  return value
}

function textField(object: JsonObject, name: string): string | undefined {
  const value = object.get(name)
  if (value !== undefined && typeof value !== 'string') throw new Problem('bad-body', `"${name}" is ${name === 'policy' ? 'neither the name of a policy nor a policy' : 'no text'}.`)
  return value
}

/** A policy that came with the question, read as a file is. There is no regular expression in one (T58), and not more keys than are read in a moment. */
function ownPolicy(policy: JsonObject): Promise<Policy> {
  if (keysIn(policy, '') > LIMITS.questionKeys) throw new Problem('bad-policy', `The policy names more than ${LIMITS.questionKeys} keys, which only a policy of the server's own may.`)
  return parsePolicy(stringifyJson(policy))
}

/** Texts that stand where a policy has keys and certificates. */
function keysIn(value: JsonValue, name: string): number {
  if (isJsonObject(value)) return [...value].reduce((sum, [member, inner]) => sum + keysIn(inner, member), 0)
  if (Array.isArray(value)) return (value as readonly JsonValue[]).reduce<number>((sum, item) => sum + keysIn(item, name), 0)
  // one text of certificates may hold many
  return typeof value === 'string' && KEY_FIELDS.has(name) ? Math.max(1, value.split('-----BEGIN').length - 1) : 0
}

const KEY_FIELDS: ReadonlySet<string> = new Set(['key', 'keys', 'roots', 'signingAuthorities', 'tsa'])

async function tarQuestion(call: Call): Promise<Question> {
  const query = parametersOf(call, PARAMETERS)
  const given = query.get('ref')
  // what can be refused is refused before the body is read
  const policy = policyNamed(call, query.get('policy'))
  if (given !== undefined) referenceOf(call, given)
  const source = await openEvidence(await unpacked(await bodyOf(call, LIMITS.postedTarBytes), call.settings.limits.bodyMs))
  const recorded = source.recorded?.reference ?? undefined
  if (given === undefined && recorded === undefined) throw new Problem('missing-parameter', 'The evidence does not say which image it is of, so say it: ref=registry.example/app:1.2.')
  return { reference: referenceOf(call, given ?? recorded), policy, platform: query.get('platform'), source }
}
