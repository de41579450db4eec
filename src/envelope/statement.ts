import { malformed } from '../base/errors.ts'
import { arrayField, fixedObject, optionalString, stringField, stringMap } from '../base/json-fields.ts'
import { parseJson, type JsonValue } from '../base/json.ts'
import * as LIMITS from '../base/limits.ts'
import { quoted } from '../base/quoted.ts'

export const IN_TOTO_PAYLOAD_TYPE = 'application/vnd.in-toto+json'

const TYPES: ReadonlySet<string> = new Set(['https://in-toto.io/Statement/v0.1', 'https://in-toto.io/Statement/v1'])

export interface StatementSubject {
  readonly name: string | null
  /** Lower-case hex by the name of the algorithm, such as `sha256`; other kinds of digest (`gitCommit`) too, as they stand. */
  readonly digest: ReadonlyMap<string, string>
  readonly annotations: JsonValue | null
}

/** An in-toto statement, 0.1 or 1: which artifacts something is said about, and what. */
export interface Statement {
  readonly type: string
  readonly subjects: readonly StatementSubject[]
  readonly predicateType: string
  /** As it stands; null where there is none. */
  readonly predicate: JsonValue
}

/** Reads the exact bytes that were signed. Throws `malformed` or `malformed-json` (T28); at most `LIMITS.statementSubjects` subjects (T49). */
export function parseStatement(payload: Uint8Array): Statement {
  const statement = fixedObject(parseJson(payload), ['_type', 'subject', 'predicateType', 'predicate'], 'statement')
  const type = stringField(statement, '_type', 'statement')
  if (!TYPES.has(type)) malformed(`statement._type is ${quoted(type)}, which is no in-toto statement that is read: 0.1 or 1.`)
  const predicateType = stringField(statement, 'predicateType', 'statement')
  if (predicateType === '') malformed('statement.predicateType is empty.')
  const subjects = arrayField(statement, 'subject', 'statement')
  if (subjects.length === 0) malformed('statement.subject names nothing.')
  if (subjects.length > LIMITS.statementSubjects) malformed(`statement.subject names ${subjects.length} artifacts; at most ${LIMITS.statementSubjects} are read.`)
  return { type, predicateType, subjects: subjects.map(parseSubject), predicate: statement.get('predicate') ?? null }
}

function parseSubject(value: JsonValue, at: number): StatementSubject {
  const where = `statement.subject[${at}]`
  const subject = fixedObject(value, ['name', 'digest', 'annotations'], where)
  const digest = stringMap(subject.get('digest'), `${where}.digest`)
  if (digest.size === 0) malformed(`${where}.digest is empty, so it names no artifact.`)
  return { name: optionalString(subject, 'name', where), digest, annotations: subject.get('annotations') ?? null }
}
