import type { Style } from './terminal.ts'
import { wrap } from './wrap.ts'

export type Mark = 'good' | 'bad' | 'none'

/** One object of a picture, with lines that belong to it. */
export interface Drawn {
  readonly mark: Mark
  readonly label: string
  readonly digest: string
  readonly notes: readonly { readonly mark: Mark; readonly text: string }[]
  readonly children: readonly Drawn[]
}

const SIGNS: Readonly<Record<Mark, string>> = { good: '✓', bad: '✗', none: '·' }

export function sign(mark: Mark, style: Style): string {
  return mark === 'good' ? style.green(SIGNS.good) : mark === 'bad' ? style.red(SIGNS.bad) : style.dim(SIGNS.none)
}

/** The picture of an index: branches, marks, labels in one column, digests cut to 12 hex. */
export function draw(root: Drawn, style: Style, columns: number): string[] {
  const width = Math.min(widest(root, 0), 40)
  return lines(root, '', '', style, width, columns)
}

/** Columns up to the digest. */
function widest(node: Drawn, depth: number): number {
  return Math.max(depth * 3 + node.label.length, ...node.children.map((child) => widest(child, depth + 1)))
}

function lines(node: Drawn, head: string, rest: string, style: Style, width: number, columns: number): string[] {
  const room = Math.max(width - head.length, 1)
  const label = node.label.length > room ? `${node.label.slice(0, room - 1)}…` : node.label.padEnd(room)
  const first = `${style.dim(head)}${sign(node.mark, style)} ${label}  ${style.dim(short(node.digest))}`
  const stem = node.children.length > 0 ? '│ ' : '  '
  const notes = node.notes.flatMap(({ mark, text }) => wrap(text, columns - rest.length - 6).map((line, i) => `${style.dim(`${rest}${stem}`)}  ${i === 0 ? sign(mark, style) : ' '} ${line}`))
  const children = node.children.flatMap((child, i) => {
    const last = i === node.children.length - 1
    return lines(child, `${rest}${last ? '└─ ' : '├─ '}`, `${rest}${last ? '   ' : '│  '}`, style, width, columns)
  })
  return [first, ...notes, ...children]
}

/** The start of a digest, with its algorithm. */
export function short(digest: string): string {
  const [algorithm = '', hex = ''] = digest.split(':')
  return `${algorithm}:${hex.slice(0, 12)}`
}
