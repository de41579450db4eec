import { malformed } from '../base/errors.ts'
import { arrayField } from '../base/json-fields.ts'
import { isJsonObject, JsonNumber, stringifyJson, type JsonObject, type JsonValue } from '../base/json.ts'
import { annotationKind, groupOf, tombstoned, type Group } from './annotation-kind.ts'

type Members = Map<string, JsonValue>
type Texts = ReadonlyMap<string, string>

/**
 * The union of two signed indexes (W1, W2): everything that stands in either stands in the result, `a` in its own order and what only `b` has
 * behind it. Commutative, associative and idempotent up to order. Where both say something different of the same field or annotation the
 * greater text stays; unsuffixed and integer-suffixed signatures that differ stay both, as a repeated descriptor. What a tombstone names goes.
 * Throws `malformed` where one digest has two sizes or media types (R3).
 */
export function uniteIndexes(a: JsonObject, b: JsonObject): JsonObject {
  const entries = entriesOf(a).map((entry): Members => new Map(entry))
  for (const entry of entriesOf(b)) addEntry(entries, entry)
  const own = Map.groupBy(entries, digestIn)
  for (const [digest, added] of Map.groupBy(entriesOf(b), digestIn)) addPool(own.get(digest) ?? [], poolOf(added))
  for (const same of own.values()) bury(same)
  const top = uniteFields(a, b, 'manifests')
  return top.set('manifests', entries)
}

/** The index with these content-named annotations on the entry of the descriptor's digest, or with such an entry at its end. */
export function withAnnotations(index: JsonObject, descriptor: JsonObject, annotations: Texts): JsonObject {
  const base = entriesOf(index).find((entry) => digestIn(entry) === digestIn(descriptor)) ?? descriptor
  const entry = new Map(base).set('annotations', annotations)
  sameObject(base, descriptor)
  return uniteIndexes(index, new Map([['manifests', [entry]]]))
}

/** Whether all of these content-named annotations stand on entries of this digest. */
export function holdsAnnotations(index: JsonObject, digest: string, annotations: Texts): boolean {
  const pool = poolOf(entriesOf(index).filter((entry) => digestIn(entry) === digest))
  return [...annotations].every(([name, text]) => pool.get(name) === text)
}

export function entriesOf(index: JsonObject): readonly JsonObject[] {
  return arrayField(index, 'manifests', 'index').map((entry) => (isJsonObject(entry) ? entry : malformed('An entry of the index is no object.')))
}

export function digestIn(entry: JsonObject): string {
  const digest = entry.get('digest')
  return typeof digest === 'string' ? digest : malformed('An entry of the index has no digest.')
}

function addEntry(entries: Members[], entry: JsonObject): void {
  const same = entries.filter((other) => digestIn(other) === digestIn(entry))
  for (const other of same) sameObject(other, entry)
  const core = coreText(entry)
  const twins = same.filter((other) => coreText(other) === core)
  const { singles, groups } = loose(entry)
  if (twins.length === 0) twins.push(bare(entries, entry))
  for (const [name, text] of singles) addSingle(twins, name, text)
  for (const group of groups) addGroup(entries, twins, group)
}

/** A new entry without annotations. */
function bare(entries: Members[], entry: JsonObject): Members {
  const added: Members = new Map(entry)
  added.delete('annotations')
  entries.push(added)
  return added
}

function addSingle(twins: readonly Members[], name: string, text: string): void {
  const known = twins.flatMap((twin) => annotationsOf(twin).get(name) ?? [])
  if (!known.some((other) => other >= text) && twins[0] !== undefined) annotate(twins[0], [[name, text]])
}

/** Several keys that belong together: never mixed with others of the same suffix. */
function addGroup(entries: Members[], twins: Members[], group: Group): void {
  const there = twins.map((twin) => groupOf(annotationsOf(twin), group.suffix))
  if (there.some((other) => sameTexts(other, group.texts))) return
  const free = twins[there.findIndex((other) => other.size === 0)]
  const target = free ?? bare(entries, twins[0] ?? malformed('There is no entry for the group.'))
  if (free === undefined) twins.push(target)
  annotate(target, group.texts)
}

/** `same` are the entries of one digest. */
function addPool(same: readonly Members[], pool: Texts): void {
  const known = poolOf(same)
  const first = same[0]
  const buried = new Set([...tombstoned(known), ...tombstoned(pool)])
  const missing = [...pool].filter(([name, text]) => !isBuried(name, buried) && !((known.get(name) ?? '') >= text && known.has(name)))
  if (first !== undefined && missing.length > 0) annotate(first, missing)
}

/** Takes away what a tombstone on any entry of the digest names. */
function bury(same: readonly Members[]): void {
  const gone = new Set(same.flatMap((entry) => tombstoned(annotationsOf(entry))))
  if (gone.size === 0) return
  for (const entry of same) {
    const texts = annotationsOf(entry)
    const left = [...texts].filter(([name]) => !isBuried(name, gone))
    if (left.length < texts.size) entry.set('annotations', new Map(left))
  }
}

function isBuried(name: string, suffixes: ReadonlySet<string>): boolean {
  const kind = annotationKind(name)
  return kind.kind === 'content' && suffixes.has(kind.suffix)
}

/** The content-named annotations and tombstones of all entries of one digest. */
function poolOf(same: readonly JsonObject[]): Texts {
  const pool = new Map<string, string>()
  for (const entry of same) {
    for (const [name, text] of annotationsOf(entry)) {
      const { kind } = annotationKind(name)
      if ((kind === 'content' || kind === 'tombstone') && (pool.get(name) ?? '') <= text) pool.set(name, text)
    }
  }
  return pool
}

function loose(entry: JsonObject): { readonly singles: readonly (readonly [string, string])[]; readonly groups: readonly Group[] } {
  const texts = annotationsOf(entry)
  const suffixes = new Set<string>()
  const singles: (readonly [string, string])[] = []
  for (const [name, text] of texts) {
    const kind = annotationKind(name)
    if (kind.kind === 'single') singles.push([name, text])
    else if (kind.kind === 'group') suffixes.add(kind.suffix)
  }
  return { singles, groups: [...suffixes].map((suffix) => ({ suffix, texts: groupOf(texts, suffix) })) }
}

function annotate(entry: Members, texts: Iterable<readonly [string, string]>): void {
  entry.set('annotations', new Map([...annotationsOf(entry), ...texts]))
}

function annotationsOf(entry: JsonObject): Texts {
  const annotations = entry.get('annotations')
  return isJsonObject(annotations) ? (annotations as Texts) : new Map()
}

function sameObject(a: JsonObject, b: JsonObject): void {
  const differ = (name: string): boolean => sortedText(a.get(name) ?? null) !== sortedText(b.get(name) ?? null)
  if (differ('size') || differ('mediaType')) malformed(`${digestIn(a)} is listed with two sizes or two media types.`)
}

/** Everything but the annotations, the order of fields apart. */
function coreText(entry: JsonObject): string {
  return sortedText(new Map([...entry].filter(([name]) => name !== 'annotations')))
}

function uniteFields(a: JsonObject, b: JsonObject, apart: string): Members {
  const out: Members = new Map(a)
  for (const [name, value] of b) {
    if (name === apart) continue
    const known = out.get(name)
    if (known === undefined) out.set(name, value)
    else if (name === 'annotations' && isJsonObject(known) && isJsonObject(value)) out.set(name, uniteFields(known, value, ''))
    else if (sortedText(value) > sortedText(known)) out.set(name, value)
  }
  return out
}

function sameTexts(a: Texts, b: Texts): boolean {
  return a.size === b.size && [...a].every(([name, text]) => b.get(name) === text)
}

/** JSON with sorted names and numbers as they were written: equal for values that say the same. */
export function sortedText(value: JsonValue): string {
  return stringifyJson(sorted(value))
}

function sorted(value: JsonValue): JsonValue {
  if (isJsonObject(value)) return new Map([...value].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, member]) => [name, sorted(member)]))
  return Array.isArray(value) && !(value instanceof JsonNumber) ? value.map(sorted) : value
}
