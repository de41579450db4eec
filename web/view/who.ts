import type { InspectedNode, InspectedSignature } from '../../src/index.ts'
import { h } from '../dom.ts'
import { claimOf, count, factsOf, PLACES } from '../words.ts'
import type { Shown } from './answer.ts'
import { digestText, line, lines, section } from './section.ts'

/** Each signature with what it says of its signer: claims, where nobody is trusted. */
export function whoView({ answer: { verdict, inspection, signatures: all }, labels }: Shown): HTMLElement | null {
  if (verdict !== null) return null
  const objects = [...nodesOf(inspection.root), ...inspection.elsewhere].filter(({ signatures }) => signatures.length > 0)
  return section('Signatures found', ...objects.slice(0, 40).flatMap(({ digest, signatures }) => [
    h('p', { class: 'object' }, h('strong', {}, labels.get(digest) ?? 'not in the index'), ' ', digestText(digest)),
    lines(signatureLines(signatures), 20),
  ]), all.found > all.shown && h('p', { class: 'more' }, `… and ${count(all.found - all.shown, 'more signature')}, which the JSON below lists.`))
}

/** Those of which the same is to be said in one line. */
function signatureLines(signatures: readonly InspectedSignature[]): HTMLElement[] {
  const texts = signatures.map((signature) => {
    const { state, code, form, place, signed } = signature
    const broken = state === 'invalid' || state === 'mismatch' || state === 'expired'
    const facts = signed === null ? '' : factsOf(signed).map(([name, value]) => `${name} ${value}`).join(', ')
    const proved = signature.proof !== null && signature.proof.identity !== null
    const unproved = broken || state === 'unsupported' ? `${state}${code === null ? '' : ` (${code})`}` : 'unproved'
    const says = proved && !broken ? claimOf(signature) : `${unproved}; ${claimOf(signature)}`
    return { mark: broken ? 'bad' as const : proved ? 'good' as const : 'none' as const, text: `${says}. Stands ${PLACES[place]} (${form}).${facts === '' ? '' : ` It signs ${facts}.`}` }
  })
  return [...Map.groupBy(texts, ({ text }) => text)].map(([text, same]) => line(same[0]?.mark ?? 'none', same.length === 1 ? text : `${count(same.length, 'signature')}: ${text}`))
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
