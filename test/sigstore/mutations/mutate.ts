import { base64Decode, base64Encode, utf8Encode } from '../../../src/base/bytes.ts'
import type { Json } from '../kit/json.ts'
import type { Random } from '../kit/random.ts'
import { mutateBytes, negateS } from './bytes.ts'
import { firstDifference, mutateDer } from './der-mutation.ts'
import { mutateText, respellBase64 } from './text-mutation.ts'
import { isFields, labelOf, sitesOf, valueAt, withValue, type Path, type Site } from './tree.ts'

/** One change of one bundle. */
export interface Mutation {
  /** The bundle's text as it is given to the verifier. */
  readonly text: string
  readonly op: string
  /** `verificationMaterial.tlogEntries[].canonicalizedBody > spec.data`: where, without positions; inside of decoded bytes after ` > `. */
  readonly label: string
  /** With positions, for whoever has to find it. */
  readonly path: string
}

/** A valid bundle, and another valid one of the same services about another artifact by another identity. */
export interface Subject {
  readonly json: Json
  readonly donor: Json
}

interface Changed {
  readonly op: string
  readonly value: Json | undefined
  /** Inside of the decoded value. */
  readonly inside?: string
}

type Change = (site: Site, subject: Subject, random: Random) => Changed | null

/** Values that stand for another type. */
const STRANGERS: readonly Json[] = [null, true, 0, -1, 1e300, '', 'AA==', [], {}, [[]], { rawBytes: 'AA==' }]

const STRUCTURAL: Readonly<Record<string, Change>> = {
  dropped: () => ({ op: 'dropped', value: undefined }),
  stranger: (_, __, random) => ({ op: 'another type', value: random.pick(STRANGERS) }),
  twice: ({ value }, _, random) => (Array.isArray(value) && value.length > 0 ? { op: 'element twice', value: [...value, random.pick(value)] } : null),
  reversed: ({ value }) => (Array.isArray(value) && value.length > 1 ? { op: 'order', value: [...value].reverse() } : null),
  fromDonor: ({ path }, { donor }) => fromElsewhere(valueAt(donor, path), 'from another bundle'),
  donated: ({ path, value }, { donor }, random) => {
    const there = valueAt(donor, path)
    return Array.isArray(value) && Array.isArray(there) && there.length > 0 ? { op: 'element of another bundle added', value: random.below(2) === 0 ? [...value, random.pick(there)] : [random.pick(there), ...value] } : null
  },
  fromSibling: ({ path, value }, { json }, random) => {
    const others = sitesOf(json).filter((other) => typeof other.value === typeof value && Array.isArray(other.value) === Array.isArray(value) && labelOf(other.path) !== labelOf(path))
    return others.length === 0 ? null : fromElsewhere(random.pick(others).value, 'from another field')
  },
  renamed: ({ value }, _, random) => {
    const names = isFields(value) ? Object.keys(value) : []
    if (!isFields(value) || names.length === 0) return null
    const name = random.pick(names)
    const other = random.pick([name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), name.toUpperCase(), `${name} `, '__proto__'])
    return other === name ? null : { op: 'renamed', value: Object.fromEntries(Object.entries(value).map(([key, item]) => [key === name ? other : key, item])) }
  },
  beside: ({ value }, _, random) => {
    const names = isFields(value) ? Object.keys(value) : []
    if (!isFields(value) || names.length === 0) return null
    const name = random.pick(names)
    const other = random.pick([name.toUpperCase(), name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)])
    return Object.hasOwn(value, other) ? null : { op: 'another spelling beside', value: { ...value, [other]: random.pick(STRANGERS) } }
  },
  asNumber: ({ value }) => (typeof value === 'string' && /^\d{1,15}$/.test(value) ? { op: 'number instead of text', value: Number(value) } : null),
}

function fromElsewhere(value: Json | undefined, op: string): Changed | null {
  return value === undefined ? null : { op, value }
}

function decoded(value: Json): Uint8Array<ArrayBuffer> | null {
  if (typeof value !== 'string' || value.length < 4) return null
  try {
    return base64Decode(value)
  } catch {
    return null
  }
}

function changeText({ value }: Site, _: Subject, random: Random): Changed | null {
  const changed = typeof value === 'string' ? mutateText(value, random) : null
  if (changed === null || typeof value !== 'string') return null
  return { op: changed.op, value: changed.text, ...(value.includes('\n— ') && keepsLog(value, changed.text) ? { inside: 'beside the log’s signature' } : {}) }
}

/** Whether a checkpoint still has its text and, below it, the log's own lines. */
function keepsLog(before: string, after: string): boolean {
  const [text, other] = [before, after].map((note) => note.slice(0, note.lastIndexOf('\n\n') + 2))
  const name = before.split('\n', 1)[0]?.replace(/ - \d+$/, '')
  const own = before.split('\n').filter((line) => line.startsWith(`— ${name} `))
  return text === other && own.length > 0 && own.every((line) => after.split('\n').includes(line))
}

const cache = new Map<string, Uint8Array<ArrayBuffer>>()

function changeBytes({ value, path }: Site, subject: Subject, random: Random): Changed | null {
  const bytes = typeof value === 'string' ? cache.get(value) ?? decoded(value) : null
  if (bytes === null || bytes.length === 0) return null
  if (typeof value === 'string') cache.set(value, bytes)
  const choice = random.below(20)
  if (choice === 0 && typeof value === 'string') {
    const changed = respellBase64(value, random)
    return changed === null ? null : { op: changed.op, value: changed.text }
  }
  if (choice === 1) {
    const other = negateS(bytes)
    return other === null ? null : { op: 'n - s', value: base64Encode(other) }
  }
  if (bytes[0] === 0x7b && choice < 12) return changeJsonInside(bytes, subject, path, random)
  if (bytes[0] === 0x30 && choice < 15) {
    const changed = mutateDer(bytes, random)
    return changed === null ? null : { op: changed.op, value: base64Encode(changed.bytes), inside: changed.path === '' ? '/' : changed.path }
  }
  const { op, bytes: other } = mutateBytes(bytes, random)
  return { op, value: base64Encode(other) }
}

/** Where bytes of a structure were changed without regard to it. */
function whereInDer(value: Json, other: Json | undefined): string | null {
  const [before, after] = [decoded(value), decoded(other ?? null)]
  if (before?.[0] !== 0x30 || after === null) return null
  const path = firstDifference(before, after)
  return path === '' ? '/' : path
}

function parsed(bytes: Uint8Array | null): Json {
  try {
    return bytes?.[0] === 0x7b ? JSON.parse(new TextDecoder().decode(bytes)) as Json : null
  } catch {
    // bytes that only begin like a document
    return null
  }
}

/** A document inside of the bundle: an entry's body, a statement. Written again as it was: compact, its members in their order. */
function changeJsonInside(bytes: Uint8Array<ArrayBuffer>, { donor }: Subject, path: Path, random: Random): Changed | null {
  const json = parsed(bytes)
  if (json === null) return null
  const inner = { json, donor: parsed(decoded(valueAt(donor, path) ?? null)) ?? json }
  const changed = changeOnce(inner, random)
  return changed === null ? null : { op: changed.op, value: base64Encode(utf8Encode(changed.text)), inside: changed.label }
}

/** Where most of what is signed stands. */
const SIGNED = /\.(rawBytes|canonicalizedBody|signedTimestamp|envelope|signedEntryTimestamp|rootHash|signature|payload|sig|integratedTime|logIndex|treeSize|hashes\[\])$/

function pickSite(json: Json, random: Random): Site {
  const all = sitesOf(json)
  const signed = random.below(3) > 0 ? all.filter(({ path, value }) => typeof value === 'string' && SIGNED.test(`.${labelOf(path)}`)) : []
  return random.pick(signed.length > 0 ? signed : all)
}

function changeOnce(subject: Subject, random: Random): Mutation | null {
  const site = pickSite(subject.json, random)
  const structural = STRUCTURAL[random.pick(Object.keys(STRUCTURAL))]
  const isText = typeof site.value === 'string'
  const change: Change = isText && random.below(4) > 0 ? (random.below(4) === 0 ? changeText : changeBytes) : structural ?? changeText
  const changed = change(site, subject, random)
  if (changed === null) return null
  const json = withValue(subject.json, site.path, changed.value)
  const text = JSON.stringify(json)
  if (text === JSON.stringify(subject.json)) return null
  const within = changed.inside ?? whereInDer(site.value, changed.value)
  const inside = within === null ? '' : ` > ${within}`
  return { text, op: changed.op, label: `${labelOf(site.path)}${inside}`, path: `${site.path.join('.')}${inside}` }
}

/** A name that stands twice, the second time with another value: readers would disagree (T7). */
function nameTwice({ json }: Subject, random: Random): Mutation | null {
  const sites = sitesOf(json).filter(({ path }) => typeof path.at(-1) === 'string')
  const { path } = random.pick(sites)
  const parent = valueAt(json, path.slice(0, -1)) ?? json
  if (!isFields(parent)) return null
  // a place for the second member, which no object can hold
  const marker = '\ue000'
  const marked = JSON.stringify(withValue(json, path.slice(0, -1), { ...parent, [marker]: 0 }))
  const text = marked.replace(`"${marker}":0`, `${JSON.stringify(path.at(-1))}:${JSON.stringify(random.pick(STRANGERS))}`)
  return { text, op: 'name twice', label: labelOf(path), path: path.join('.') }
}

/** A bundle that is not the one that was signed. */
export function mutate(subject: Subject, random: Random): Mutation {
  for (;;) {
    const mutation = random.below(50) === 0 ? nameTwice(subject, random) : changeOnce(subject, random)
    if (mutation !== null) return mutation
  }
}
