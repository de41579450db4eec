import type { InspectedNode, Inspection } from '../index.ts'
import { sign, type Mark } from './draw.ts'
import { printable, shortened } from './escape.ts'
import { labelsOf, pickLines, pictureOf } from './picture.ts'
import type { Page } from './verdict-text.ts'
import { claimText, factsText, PLACES, proofLines, signerName, type InspectedList } from './words.ts'
import { wrap } from './wrap.ts'

/** The picture of an index without judgement. */
export function treeText(inspection: Inspection, fileNames: ReadonlyMap<string, string>, page: Page): string {
  const { style, columns } = page
  if (inspection.root === null) return ''
  const picture = pictureOf(inspection.root, inspection.attachments, (_, node) => ({ mark: 'none', notes: notesOf(node.signatures, fileNames) }), style, columns - 2)
  const labels = labelsOf(inspection.root, inspection.attachments)
  const picks = pickLines(inspection.runtimes, labels, () => false)
  const elsewhere = inspection.elsewhere.map(({ digest, signatures }) => ({ mark: 'none' as const, text: `${shortened(digest)} (${labels.get(digest) ?? 'not in the index'}): ${signatures.length} signature${signatures.length === 1 ? '' : 's'}` }))
  return lines([
    ...headOf(inspection, page),
    '',
    ...picture.map((line) => `  ${line}`),
    ...section('Signed besides', elsewhere, page),
    ...section('What would run', picks.length > 0 || inspection.runtimes.length === 0 ? picks : [{ mark: 'none', text: 'Every kind of runtime takes the same manifest for each platform.' }], page),
    ...section('Problems', problemsOf(inspection), page),
  ])
}

/** Each signature, with what it says of its signer. */
export function whoText(inspection: Inspection, fileNames: ReadonlyMap<string, string>, page: Page): string {
  const { style, columns } = page
  const labels = labelsOf(inspection.root, inspection.attachments)
  const objects = [...nodesOf(inspection.root), ...inspection.elsewhere].filter(({ signatures }) => signatures.length > 0)
  const listed = objects.flatMap(({ digest, signatures }) => [
    '',
    `${labels.get(digest) ?? 'not in the index'}  ${style.dim(shortened(digest))}`,
    ...signatureLines(signatures, fileNames, page),
  ])
  return lines([...headOf(inspection, page), '', ...wrap(countText(objects.flatMap(({ signatures }) => signatures)), columns), ...listed, '', ...wrap(lookedText(inspection), columns), ...section('Problems', problemsOf(inspection), page)])
}

function lines(all: readonly string[]): string {
  return `${all.join('\n')}\n`
}

function headOf({ reference, digest }: Inspection, { style }: Page): string[] {
  return [style.bold(printable(reference, 400)), digest ?? 'nothing was read']
}

function section(title: string, items: readonly { readonly mark: Mark; readonly text: string }[], { style, columns }: Page): string[] {
  if (items.length === 0) return []
  return ['', title, ...items.flatMap(({ mark, text }) => wrap(text, columns - 4).map((line, i) => `  ${i === 0 ? sign(mark, style) : ' '} ${line}`))]
}

function notesOf(signatures: InspectedList, fileNames: ReadonlyMap<string, string>): { mark: Mark; text: string }[] {
  const texts = signatures.map((signature) => {
    const proved = signature.signer !== null && signature.state === 'accepted'
    return { mark: proved ? 'good' as const : 'none' as const, text: proved ? `signed by ${signerName(signature.signer, fileNames)}, ${PLACES[signature.place]}` : `signature, ${claimText(signature)}, ${PLACES[signature.place]} (${signature.form})` }
  })
  return [...Map.groupBy(texts, ({ text }) => text)].flatMap(([text, same]) => same.slice(0, 1).map(({ mark }) => ({ mark, text: same.length === 1 ? text : `${same.length} × ${text}` })))
}

function signatureLines(signatures: InspectedList, fileNames: ReadonlyMap<string, string>, { style, columns }: Page): string[] {
  return signatures.flatMap((signature) => {
    const { state, code, signer, form, place, signed } = signature
    const proved = state === 'accepted' && signer !== null
    const broken = state === 'invalid' || state === 'mismatch' || state === 'expired' || state === 'unsupported'
    const who = proved ? `by ${signerName(signer, fileNames)}: proved` : signature.proof !== null && !broken ? claimText(signature) : broken ? `${state}${code === null ? '' : ` [${code}]`}; ${claimText(signature)}` : `unproved; ${claimText(signature)}`
    const facts = signed === null ? '' : factsText(signed)
    const text = [`${who} (${form}, ${PLACES[place]})`, ...proofLines(signature.proof), ...(facts === '' ? [] : [`signed: ${facts}`])]
    return text.flatMap((part, n) => wrap(part, columns - 6).map((line, i) => `  ${n + i === 0 ? sign(proved || signature.proof !== null ? 'good' : broken ? 'bad' : 'none', style) : ' '} ${line}`))
  })
}

function countText(signatures: InspectedList): string {
  if (signatures.length === 0) return 'No signature was found.'
  const proved = signatures.filter(({ state, proof }) => state === 'accepted' || (state === 'untrusted' && proof !== null)).length
  const count = `${signatures.length} signature${signatures.length === 1 ? '' : 's'}`
  if (proved === 0) return `${count}, and nothing proves yet who made ${signatures.length === 1 ? 'it' : 'them'}: --key FILE tries a key.`
  return `${count}, ${proved} proved by the keys that were given or by the trusted root.`
}

/** Where was looked, so that "nothing found" can be weighed. */
function lookedText({ places }: Inspection): string {
  const of = (state: string): number => places.filter((place) => place.state === state).length
  const objects = new Set(places.map(({ subject }) => subject)).size
  const failed = places.filter(({ state }) => state === 'failed')
  const names = [...new Set(places.map(({ place }) => PLACES[place]))]
  const failures = [...new Set(failed.map(({ place, code }) => `${PLACES[place]} (${code ?? 'unknown'})`))]
  return [
    `Looked for signatures about ${objects} object${objects === 1 ? '' : 's'} ${names.join(', ')}: ${places.length} places, of which ${of('read')} were read, ${of('absent')} empty, ${failed.length} failed.`,
    ...(failures.length === 0 ? [] : [`Not read: ${failures.join(', ')}.`]),
  ].join(' ')
}

function problemsOf({ problems }: Inspection): { mark: Mark; text: string }[] {
  return problems.map(({ code, message }) => ({ mark: 'bad', text: `${code}: ${shortened(printable(message, 600))}` }))
}

function nodesOf(root: InspectedNode | null): InspectedNode[] {
  const found = new Map<string, InspectedNode>()
  const visit = (node: InspectedNode): void => {
    if (!found.has(node.digest)) found.set(node.digest, node)
    node.children.forEach(visit)
  }
  if (root !== null) visit(root)
  return [...found.values()]
}
