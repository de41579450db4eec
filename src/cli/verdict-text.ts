import { CODES, type InspectedNode, type InspectedPick, type Verdict } from '../index.ts'
import { short, sign, type Mark } from './draw.ts'
import { printable, shortened } from './escape.ts'
import { hintsOf } from './hints.ts'
import { labelsOf, pickLines, pictureOf } from './picture.ts'
import type { Style } from './terminal.ts'
import { factsText, proofLines, signatureNotes, signerName } from './words.ts'
import { wrap } from './wrap.ts'

/** Everything that is shown of a verdict. */
export interface Shown {
  readonly verdict: Verdict
  /** Null where nothing was read. */
  readonly root: InspectedNode | null
  readonly runtimes: readonly InspectedPick[]
  readonly fileNames: ReadonlyMap<string, string>
  /** Not asked of the registry itself, but of somebody's record or copy. */
  readonly fromLayout: boolean
}

export interface Page {
  readonly style: Style
  readonly columns: number
}

/** A verdict for a person: the outcome first, then who signed what, the picture, what is wrong, and what to do. */
export function verdictText(whole: Shown, page: Page): string {
  const shown = { ...whole, verdict: { ...whole.verdict, signers: asGiven(whole) } }
  const labels = labelsOf(shown.root, shown.verdict.attachments)
  const sections = [heading(shown, page), signersSection(shown, labels, page), pictureSection(shown, labels, page), reasonsSection(shown, labels, page), hintsSection(shown, page)]
  return `${sections.filter((lines) => lines.length > 0).map((lines) => lines.join('\n')).join('\n\n')}\n`
}

/** Signers in the order in which their keys were given, then by name. */
function asGiven({ verdict: { signers }, fileNames }: Shown): Verdict['signers'] {
  const order = [...fileNames.keys()]
  const rank = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length)
  return [...signers].sort((a, b) => rank(a.name) - rank(b.name))
}

function heading({ verdict, fileNames }: Shown, { style, columns }: Page): string[] {
  const { outcome, reference, digest, platform } = verdict
  const colour = outcome === 'allow' ? style.green : outcome === 'deny' ? style.red : style.yellow
  const handed = platform === null || platform.digest === null ? digest : platform.digest
  return [
    `${style.bold(colour(outcome.toUpperCase()))}  ${style.bold(printable(reference, 400))}`,
    ...(handed === null ? [] : [`${platform === null ? '' : `${platform.name}  `}${handed}`]),
    ...wrap(summary(verdict, fileNames), columns),
  ]
}

function summary(verdict: Verdict, fileNames: ReadonlyMap<string, string>): string {
  const { outcome, reasons, platform } = verdict
  if (outcome === 'allow') {
    const what = platform === null ? 'Everything that would run' : `What would run on ${platform.name}`
    const { names, split } = vouching(verdict, fileNames)
    return split ? `${what} is signed, each part by one or more of ${listed(names)}.` : `${what} is signed by ${listed(names)}.`
  }
  if (outcome === 'unsigned') return 'Nobody has signed this: no signature stands in any of the places that were read.'
  const deciding = reasons.filter(({ effect }) => effect === 'decides')
  const first = deciding.find(({ code }) => code === 'runtime-divergence') ?? deciding[0]
  const why = first === undefined ? '' : CODES[first.code]
  return outcome === 'deny' ? `Not to be run. ${why}` : `This could not be decided. ${why}`
}

/** Whose signatures cover what was judged; `split` where not all of them cover all of it. */
function vouching({ subjects, signers, platform }: Verdict, fileNames: ReadonlyMap<string, string>): { readonly names: readonly string[]; readonly split: boolean } {
  const covered = subjects.filter(({ digest, role, coverage }) => (coverage === 'own' || coverage === 'listed') && (platform === null ? role === 'image' || subjects.length === 1 : digest === platform.digest))
  const accepted = subjects.flatMap(({ signatures }) => signatures.filter(({ state }) => state === 'accepted'))
  const by = covered.map(({ coveredBy }) => new Set(accepted.filter(({ signed }) => signed !== null && coveredBy.includes(signed.digest)).map(({ signer }) => signer)))
  const all = signers.filter(({ name }) => by.length === 0 || by.some((names) => names.has(name)))
  return { names: all.map(({ name }) => signerName(name, fileNames)), split: all.some(({ name }) => by.some((names) => !names.has(name))) }
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? 'nobody') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`
}

/** Each signer with what the verified bytes say; the same facts about several objects in one line. */
function signersSection({ verdict, fileNames }: Shown, labels: ReadonlyMap<string, string>, { style, columns }: Page): string[] {
  const accepted = verdict.subjects.flatMap(({ signatures }) => signatures.filter(({ state }) => state === 'accepted'))
  if (verdict.signers.length === 0) return []
  const lines = verdict.signers.flatMap(({ name, keyId, kind }) => {
    const shownName = signerName(name, fileNames)
    const id = keyId === null || shownName.includes(keyId.slice(0, 12)) ? '' : `  ${style.dim(`key:${keyId.slice(0, 12)}`)}`
    const byFacts = Map.groupBy(accepted.filter(({ signer }) => signer === name), ({ signed }) => (signed === null ? '' : factsText({ ...signed, platform: null })))
    const facts = [...byFacts].flatMap(([text, signatures]) => {
      const about = [...new Set(signatures.flatMap(({ signed }) => (signed === null ? [] : [labels.get(signed.digest) ?? short(signed.digest)])))]
      return [...wrap(about.join(', '), columns - 4), ...(text === '' ? [] : wrap(text, columns - 6).map((line) => `  ${line}`))].map((line) => `    ${line}`)
    })
    const proofs = kind !== 'keyless' && kind !== 'x509' ? [] : [...new Set(accepted.filter(({ signer }) => signer === name).flatMap(({ proof }) => [...(proof === null || proof.identity === null || shownName === proof.identity ? [] : [printable(proof.identity, 200)]), ...proofLines(proof)]))]
    return [`  ${style.bold(shownName)}${id}`, ...proofs.flatMap((text) => wrap(text, columns - 4).map((line) => `    ${line}`)), ...facts]
  })
  return ['Signed by', ...lines]
}

function pictureSection({ verdict, root, runtimes, fileNames }: Shown, labels: ReadonlyMap<string, string>, { style, columns }: Page): string[] {
  if (root === null) return []
  const subjects = new Map(verdict.subjects.map((subject) => [subject.digest as string, subject]))
  const picture = pictureOf(root, verdict.attachments, (digest, node) => {
    const subject = subjects.get(digest)
    return { mark: markOf(subject, node), notes: signatureNotes(subject?.signatures ?? [], fileNames, verdict.outcome === 'allow') }
  }, style, columns - 2)
  const wanted = verdict.platform === null ? runtimes : runtimes.filter(({ platform }) => platform === verdict.platform?.name || platform.startsWith(`${verdict.platform?.name ?? ''}/`))
  const uncovered = (digest: string): boolean => subjects.get(digest)?.coverage === 'none' || subjects.get(digest)?.role === 'artifact'
  const covered = new Set(verdict.subjects.flatMap(({ platform, coverage }) => (platform !== null && (coverage === 'own' || coverage === 'listed') ? [platform] : [])))
  const picks = pickLines(wanted, labels, (digest, platform) => uncovered(digest) && covered.has(platform))
  return [
    root.role === 'index' ? 'Index' : 'Image',
    ...picture.map((line) => `  ${line}`),
    ...(picks.length === 0 ? [] : ['', 'What runtimes would take, where it makes a difference']),
    ...picks.flatMap(({ mark, text }) => item(mark, text, style, columns)),
  ]
}

function markOf(subject: Verdict['subjects'][number] | undefined, node: InspectedNode): Mark {
  if (subject === undefined || subject.coverage === 'not-judged') return 'none'
  if (subject.coverage !== 'none') return 'good'
  // an index that is not signed is no fault where its platforms are
  return node.role === 'image' || subject.signatures.some(({ state }) => state === 'mismatch' || state === 'invalid') ? 'bad' : 'none'
}

/** Reasons of one code in one line, what decides before what warns. */
function reasonsSection({ verdict, fromLayout }: Shown, labels: ReadonlyMap<string, string>, { style, columns }: Page): string[] {
  const obvious = new Set<string>(['requirements-met', ...(fromLayout ? [] : ['recorders-word']), ...(verdict.outcome === 'unsigned' ? ['not-covered'] : [])])
  const reasons = verdict.reasons.filter(({ code }) => !obvious.has(code))
  if (reasons.length === 0) return []
  const groups = [...Map.groupBy(reasons, ({ code, effect }) => `${effect} ${code}`).values()]
  const lines = groups.flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    const what = group.length === 1 ? withLabels(first.message, labels) : `${CODES[first.code]} (${[...new Set(group.flatMap(({ subject }) => (subject === null ? [] : [labels.get(subject) ?? short(subject)])))].join(', ')})`
    return item(first.effect === 'decides' ? 'bad' : 'none', `${first.code}: ${what}`, style, columns)
  })
  return [verdict.outcome === 'allow' ? 'Worth knowing' : 'Why', ...lines]
}

/** Digests cut short, with what a person calls them. */
function withLabels(message: string, labels: ReadonlyMap<string, string>): string {
  return shortened(printable(message, 600).replace(/\bsha(?:256|512):[0-9a-f]{64,128}\b/g, (digest) => {
    const label = labels.get(digest)
    return label === undefined ? digest : `${digest} (${label})`
  }))
}

function hintsSection({ verdict }: Shown, { columns }: Page): string[] {
  const hints = hintsOf(verdict)
  if (hints.length === 0) return []
  return ['What to do', ...hints.flatMap(({ text, command }) => [...wrap(text, columns - 4).map((line, i) => `  ${i === 0 ? '→' : ' '} ${line}`), ...(command === null ? [] : [`      ${printable(command, 600)}`])])]
}

function item(mark: Mark, text: string, style: Style, columns: number): string[] {
  return wrap(text, columns - 4).map((line, i) => `  ${i === 0 ? sign(mark, style) : ' '} ${line}`)
}
