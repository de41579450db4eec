import type { InspectedNode, Verdict } from '../../src/index.ts'
import { h, type Child } from '../dom.ts'
import { labelOf } from '../labels.ts'
import { count, nameOf, PLACES, plain, short, STATES } from '../words.ts'
import type { Shown } from './answer.ts'
import { digestText, line, lines, section, tag, type Mark } from './section.ts'

type Subject = Verdict['subjects'][number]

/** Children of one index that are drawn: no real one has so many, and a hostile one shall not fill the page. */
const MOST = 120

/** The picture of the index: what it lists, what is signed, what is attached, and whether that covers what would run. */
export function pictureView(shown: Shown): HTMLElement | null {
  const { inspection } = shown.answer
  const { root } = inspection
  if (root === null) return null
  const inGraph = new Set<string>()
  const collect = (node: InspectedNode): void => {
    inGraph.add(node.digest)
    node.children.forEach(collect)
  }
  collect(root)
  const subjects = new Map((shown.answer.verdict?.subjects ?? []).map((subject) => [subject.digest as string, subject]))
  const drawn = new Set<string>()
  const picture = h('ul', { class: 'picture' }, nodeView(root, { shown, subjects, inGraph, drawn, root: root.digest }))
  return section(root.role === 'index' ? 'What is in the index' : 'The image', picture)
}

interface Drawing {
  readonly shown: Shown
  readonly subjects: ReadonlyMap<string, Subject>
  readonly inGraph: ReadonlySet<string>
  readonly drawn: Set<string>
  readonly root: string
}

function nodeView(node: InspectedNode, drawing: Drawing): HTMLElement {
  const { shown, subjects, drawn } = drawing
  const type = shown.answer.inspection.attachments.find(({ digest }) => digest === node.digest)?.type
  const subject = subjects.get(node.digest)
  const first = !drawn.has(node.digest)
  drawn.add(node.digest)
  const standing = standingOf(subject, node)
  const notes = [...(subject === undefined ? inspectedNotes(node) : signatureNotes(subject, shown)), ...(first ? attachmentNotes(node, drawing) : [])]
  const children = node.children.slice(0, MOST).map((child) => nodeView(child, drawing))
  const left = node.children.length - MOST
  return h('li', { class: `node ${standing.mark}` },
    h('div', { class: 'name' }, h('strong', {}, labelOf(node, type === undefined ? undefined : plain(type, 60))), ' ', digestText(node.digest), ' ', standing.text !== null && tag(standing.mark, standing.text)),
    lines(notes, 12),
    (children.length > 0) && h('ul', {}, ...children, left > 0 && h('li', { class: 'more' }, `… and ${left.toLocaleString('en')} more`)))
}

function standingOf(subject: Subject | undefined, node: InspectedNode): { readonly mark: Mark; readonly text: string | null } {
  if (subject === undefined) return { mark: 'none', text: null }
  if (subject.coverage === 'own') return { mark: 'good', text: 'signed itself' }
  if (subject.coverage === 'listed') return { mark: 'good', text: 'covered by the signed index' }
  if (subject.coverage === 'not-judged') return { mark: 'none', text: node.role === 'image' ? 'not judged' : null }
  // an index that is not signed is no fault where its platforms are
  if (node.role === 'image') return { mark: 'bad', text: 'not covered' }
  return { mark: subject.signatures.some(({ state }) => state === 'mismatch' || state === 'invalid') ? 'bad' : 'none', text: 'not signed itself' }
}

function signatureNotes({ signatures }: Subject, { answer: { names, verdict } }: Shown): HTMLElement[] {
  return [...Map.groupBy(signatures, ({ state, code, place }) => `${state} ${code ?? ''} ${place}`).values()].map((group) => {
    const [{ state, code, place } = { state: 'not-checked', code: null, place: 'graph' } as const] = group
    const by = [...new Set(group.flatMap(({ signer }) => (signer === null ? [] : [nameOf(signer, names)])))]
    const calm = state === 'not-checked' || (verdict?.outcome === 'allow' && (state === 'untrusted' || state === 'unsupported'))
    const text = `${STATES[state]}${by.length === 0 ? '' : ` by ${by.join(', ')}`}, ${PLACES[place]}${state !== 'accepted' && group.length > 1 ? ` (${group.length.toLocaleString('en')} of them)` : ''}`
    return line(state === 'accepted' ? 'good' : calm ? 'none' : 'bad', text, code !== null && state !== 'accepted' && ' ', code !== null && state !== 'accepted' && h('code', {}, code))
  })
}

function inspectedNotes({ signatures }: InspectedNode): HTMLElement[] {
  return [...Map.groupBy(signatures, ({ place, form }) => `${PLACES[place]} (${form})`)].map(([text, group]) => line('none', `${count(group.length, 'signature')} ${text}`))
}

/** Attached is not attested (R5): which of the two is always said. */
function attachmentNotes(node: InspectedNode, { shown, inGraph, root }: Drawing): HTMLElement[] {
  const { answer: { inspection: { attachments } }, labels } = shown
  const standing = (signed: boolean): Child => (signed ? 'signed' : 'a claim that nobody you trust has signed')
  const here = attachments.filter(({ digest, subject }) => subject === node.digest && !inGraph.has(digest))
  const own = attachments.filter(({ digest, subject }) => digest === node.digest && subject !== null && subject !== root)
  return [
    ...own.map(({ standing: state, subject }) => line(state === 'signed' ? 'good' : 'none', `belongs to ${labels.get(subject ?? '') ?? short(subject ?? '')}: `, standing(state === 'signed'))),
    ...here.map(({ type, digest, standing: state }) => line(state === 'signed' ? 'good' : 'none', `attached: ${plain(type, 80)} `, digestText(digest), ', ', standing(state === 'signed'))),
  ]
}
