import { malformed } from '../base/errors.ts'
import { isReadingCode, type Code } from '../base/codes.ts'
import { utf8Encode } from '../base/bytes.ts'
import { fixedObject, optionalString, stringField } from '../base/json-fields.ts'
import { parseJson, type JsonValue } from '../base/json.ts'
import { parseDigest, type Digest } from '../crypto/digest.ts'
import * as ANNOTATION from '../oci/annotations.ts'
import { PLACES, tagOfPlace, type Place } from '../oci/place.ts'
import type { Layout } from '../oci/layout.ts'
import { parseReference } from '../oci/reference.ts'
import { failed, type Read } from './source.ts'

/** What the recorder says of one place (E2): its word, not proved by anything. */
export interface RecordedPlace {
  readonly subject: Digest
  readonly place: Place
  readonly state: 'read' | 'absent' | 'failed'
  /** Why it failed; null unless it did. */
  readonly code: Code | null
}

/** Why an object could not be read, in the words that the recorder's own source gave: kept, so that the verdict has the same bytes (E4). */
export interface RecordedFailure {
  readonly code: Code | 'absent'
  readonly message: string | null
}

/** What recorded evidence says of itself in the annotations of index.json. */
export interface Recorded {
  readonly reference: string | null
  readonly recordedAt: string | null
  readonly places: readonly RecordedPlace[]
  /** Objects that the recorder asked for in vain, by digest; `reference` stands for what the reference names. */
  readonly failures: ReadonlyMap<string, RecordedFailure>
}

const STATES: ReadonlySet<string> = new Set<RecordedPlace['state']>(['read', 'absent', 'failed'])

/** The record that a layout carries; null if it does not mark itself. Throws `malformed` for a record that breaks the grammar, or of a version that is not known. */
export function readRecorded(layout: Layout): Recorded | null {
  const version = layout.annotations.get(ANNOTATION.evidence)
  if (version === undefined) return null
  if (version !== 'v1') malformed('index.json marks itself as recorded evidence of a version that is not known; v1 is.')
  const list = parseJson(utf8Encode(layout.annotations.get(ANNOTATION.places) ?? '[]'))
  if (!Array.isArray(list)) malformed(`${ANNOTATION.places} is no list.`)
  const places = (list as readonly JsonValue[]).map((value, i) => readPlace(value, `${ANNOTATION.places}[${i}]`))
  refuseTwice(places)
  return {
    reference: readReference(layout),
    recordedAt: layout.annotations.get(ANNOTATION.recordedAt) ?? null,
    places: places.filter((place) => place !== null),
    failures: readFailures(layout),
  }
}

/** A place that is said to be absent and to be read would be what whoever looks first takes it for. */
function refuseTwice(places: readonly (RecordedPlace | null)[]): void {
  const seen = new Set<string>()
  for (const place of places) {
    const name = place === null ? '' : `${place.place} of ${place.subject}`
    if (place !== null && seen.has(name)) malformed(`${ANNOTATION.places} lists the ${name} twice.`)
    seen.add(name)
  }
}

function readReference(layout: Layout): string | null {
  const text = layout.annotations.get(ANNOTATION.evidenceReference) ?? null
  try {
    return text === null ? null : parseReference(text).canonical
  } catch {
    return malformed(`${ANNOTATION.evidenceReference} is no reference.`)
  }
}

function readFailures(layout: Layout): ReadonlyMap<string, RecordedFailure> {
  const list = parseJson(utf8Encode(layout.annotations.get(ANNOTATION.failures) ?? '[]'))
  if (!Array.isArray(list)) malformed(`${ANNOTATION.failures} is no list.`)
  return new Map((list as readonly JsonValue[]).map((value, i) => {
    const where = `${ANNOTATION.failures}[${i}]`
    const object = fixedObject(value, ['object', 'code', 'message'], where)
    const code = stringField(object, 'code', where)
    const message = optionalString(object, 'message', where)
    // a stranger's record is shown to people: one short line of plain text (T60)
    if (message !== null && !/^[\x20-\x7e]{1,500}$/.test(message)) malformed(`${where}.message is no short line of plain text.`)
    return [stringField(object, 'object', where), { code: code === 'absent' ? code : knownCode(code), message }]
  }))
}

/** Of a code that is not known, as one of a later version, what is left is that the thing was not read. */
function knownCode(code: string | null): Code {
  return code !== null && isReadingCode(code) ? code : 'not-in-evidence'
}

/** One place; null for one that was not needed, which is as good as not listed. */
function readPlace(value: JsonValue, where: string): RecordedPlace | null {
  const object = fixedObject(value, ['subject', 'place', 'state', 'code'], where)
  const subject = parseDigest(stringField(object, 'subject', where))
  const [place, state, code] = [stringField(object, 'place', where), stringField(object, 'state', where), optionalString(object, 'code', where)]
  if (!isPlace(place)) malformed(`${where}.place is none of the places that are read.`)
  if (state === 'not-needed') return null
  if (!STATES.has(state)) malformed(`${where}.state is neither read, absent nor failed.`)
  return { subject, place, state: state as RecordedPlace['state'], code: state === 'failed' ? knownCode(code) : null }
}

/** Why a place can't be read from the record; null if it was read. A place that is not listed is *failed*, not absent. */
export function recordedFailure(found: RecordedPlace | null): Read<never> | null {
  if (found === null) return failed('not-in-evidence', 'The recorded evidence does not list this place.')
  if (found.state === 'absent') return { state: 'absent' }
  return found.state === 'failed' ? failed(found.code ?? 'not-in-evidence', 'The recorder could not read this place.') : null
}

/** What the record says of an object that is not in it. */
export function missingObject(recorded: Recorded, object: string): Read<never> {
  const { code, message } = recorded.failures.get(object) ?? { code: 'not-in-evidence' as const, message: null }
  return code === 'absent' ? { state: 'absent' } : failed(code, message ?? 'The recorded evidence does not hold it.')
}

export function placeOf(recorded: Recorded, subject: Digest, place: Place): RecordedPlace | null {
  return recorded.places.find((entry) => entry.place === place && entry.subject === subject) ?? null
}

/** The place that a digest tag or one of cosign's tags stands for, if the record lists it. */
export function placeOfTag(recorded: Recorded, tag: string): RecordedPlace | null {
  return recorded.places.find((entry) => tagOfPlace(entry.place, entry.subject) === tag) ?? null
}

function isPlace(text: string): text is Place {
  return (PLACES as readonly string[]).includes(text)
}
