import type { InspectedNode, Inspection, Verdict } from '../../src/index.ts'

/** Signatures of one object that are handed to the page: nobody reads thousands, and each costs a frame's time. The JSON has all. */
const MOST = 200

/** What is drawn of a picture, and how much of it is not. */
export interface Condensed {
  readonly inspection: Inspection
  readonly signatures: { readonly found: number; readonly shown: number }
}

export function condensed(inspection: Inspection): Condensed {
  const [found, shown] = [new Set<unknown>(), new Set<unknown>()]
  const short = <T extends { readonly signatures: readonly unknown[] }>(object: T): T => {
    const signatures = object.signatures.slice(0, MOST)
    for (const signature of object.signatures) found.add(signature)
    for (const signature of signatures) shown.add(signature)
    return { ...object, signatures }
  }
  const node = (whole: InspectedNode): InspectedNode => ({ ...short(whole), children: whole.children.map(node) })
  const root = inspection.root === null ? null : node(inspection.root)
  const elsewhere = inspection.elsewhere.map(short)
  return { inspection: { ...inspection, root, elsewhere }, signatures: { found: found.size, shown: shown.size } }
}

export function condensedVerdict(verdict: Verdict): Verdict {
  return { ...verdict, subjects: verdict.subjects.map((subject) => ({ ...subject, signatures: subject.signatures.slice(0, MOST) })) }
}
