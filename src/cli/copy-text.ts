import type { CopyResult } from '../index.ts'
import { short } from './draw.ts'
import { printable, shortened } from './escape.ts'
import type { Page } from './verdict-text.ts'
import { wrap } from './wrap.ts'

/** Verdicts before and after; null: none was asked for. */
export type Verdicts = { readonly before: string | null; readonly after: string | null } | null

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const

export function inUnits(bytes: number): string {
  let [value, unit] = [Math.max(0, bytes), 0]
  for (; value >= 1_000 && unit < UNITS.length - 1; unit++) value /= 1_000
  return `${value >= 100 || unit === 0 ? value.toFixed(0) : value.toFixed(1)} ${UNITS[unit] ?? ''}`
}

const KINDS = {
  'image': 'image', 'part': 'in the image', 'attached': 'attached', 'listed': 'listed beside', 'signatures': 'signatures',
  'digest-tag': 'digest tag', 'sig-tag': 'cosign .sig', 'att-tag': 'cosign .att', 'sbom-tag': 'cosign .sbom', 'tag': 'tag',
} as const
const STATES = { copied: '', there: 'was there', united: 'united with what was there' } as const

/** What was carried, and what could not be. */
export function copyText({ source, destination, digest, before, complete, carried, notCarried, blobs, notes }: CopyResult, verdicts: Verdicts, { style, columns }: Page): string {
  const head = complete && notCarried.length === 0 ? style.bold(style.green('COPIED')) : style.bold(style.red(complete ? 'COPIED IN PART' : 'NOT COPIED'))
  const moved = before === null || before === digest ? [] : [`${printable(destination, 400)} named ${before} before`]
  return `${[
    `${head}  ${style.bold(printable(source, 400))} to ${style.bold(printable(destination, 400))}`,
    `  ${digest}`,
    ...moved,
    'Carried',
    ...carried.map(({ kind, digest: one, tag, state }) => `  ${KINDS[kind].padEnd(13)} ${short(one)}  ${[tag ?? '', STATES[state]].filter((word) => word !== '').join('  ')}`.trimEnd()),
    `  blobs: ${blobs.copied} copied (${inUnits(blobs.copiedBytes)}), ${blobs.mounted} mounted, ${blobs.there} there already`,
    ...(notCarried.length === 0 ? [] : ['Not carried', ...notCarried.flatMap(({ code, message }) => wrap(`${code}: ${shortened(printable(message, 1_000))}`, columns - 2).map((line) => `  ${line}`))]),
    ...notes.flatMap(({ code, message }) => wrap(`${code}: ${shortened(printable(message, 1_000))}`, columns)),
    ...(verdicts === null ? [] : [`Verdict before: ${verdicts.before ?? 'none'}, after: ${verdicts.after ?? 'none'}`]),
  ].join('\n')}\n`
}
