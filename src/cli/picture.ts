import type { InspectedNode, InspectedPick, Verdict } from '../index.ts'
import { draw, short, type Drawn, type Mark } from './draw.ts'
import { printable } from './escape.ts'
import { attachmentType } from './predicates.ts'
import type { Style } from './terminal.ts'

/** What is attached, as a verdict and an inspection say it. */
export type Attachment = Verdict['attachments'][number]

/** What is known of one object besides its place in the index. */
export interface ObjectView {
  readonly mark: Mark
  readonly notes: Drawn['notes']
}

/** What a person calls the objects of an index. */
export function labelsOf(root: InspectedNode | null, attachments: readonly Attachment[]): ReadonlyMap<string, string> {
  const types = new Map(attachments.map(({ digest, type }) => [digest as string, attachmentType(type, 60)]))
  const labels = new Map<string, string>()
  const visit = (node: InspectedNode): void => {
    const label = labelOf(node, types)
    // one manifest for two platforms has both names
    const known = labels.get(node.digest)
    labels.set(node.digest, known === undefined || known === label ? label : `${known}, ${label}`)
    node.children.forEach(visit)
  }
  if (root !== null) visit(root)
  for (const [digest, type] of types) if (!labels.has(digest)) labels.set(digest, type)
  return labels
}

function labelOf(node: InspectedNode, types: ReadonlyMap<string, string>): string {
  if (node.role === 'index') return 'index'
  if (node.role === 'nested') return 'nested index'
  const platform = node.platform === null ? null : printable(node.platform, 60)
  if (node.role === 'image') return platform ?? 'image'
  return types.get(node.digest) ?? 'artifact'
}

/** Draws an index with what is attached to each object of it. */
export function pictureOf(root: InspectedNode, attachments: readonly Attachment[], view: (digest: string, node: InspectedNode) => ObjectView, style: Style, columns: number): string[] {
  const types = new Map(attachments.map(({ digest, type }) => [digest as string, attachmentType(type, 60)]))
  const inGraph = new Set<string>()
  const collect = (node: InspectedNode): void => {
    inGraph.add(node.digest)
    node.children.forEach(collect)
  }
  collect(root)
  const labels = labelsOf(root, attachments)
  const shown = new Set<string>()
  const drawn = (node: InspectedNode): Drawn => {
    const { mark, notes } = view(node.digest, node)
    const here = shown.has(node.digest) ? [] : attachments.filter(({ digest, subject }) => subject === node.digest && !inGraph.has(digest))
    shown.add(node.digest)
    const own = attachments.filter(({ digest, subject }) => digest === node.digest && subject !== null && subject !== root.digest)
    return {
      mark,
      label: labelOf(node, types),
      digest: node.digest,
      notes: [
        ...notes,
        ...own.map((attachment) => ({ mark: standingMark(attachment), text: `${attachment.standing === 'signed' ? 'belongs' : 'claims to belong'} to ${labels.get(attachment.subject ?? '') ?? 'something else'} (${short(attachment.subject ?? '')})` })),
        ...here.map((attachment) => ({ mark: standingMark(attachment), text: `attached: ${attachmentType(attachment.type, 44)} ${short(attachment.digest)} (${standing(attachment)})` })),
      ],
      children: node.children.map(drawn),
    }
  }
  return draw(drawn(root), style, columns)
}

function standingMark({ standing: state }: Attachment): Mark {
  return state === 'signed' ? 'good' : 'none'
}

function standing(attachment: Attachment): string {
  return attachment.standing === 'signed' ? 'signed' : 'only claimed'
}

/** What each kind of runtime would take, where they differ from each other, or where what they take is bad. */
export function pickLines(runtimes: readonly InspectedPick[], labels: ReadonlyMap<string, string>, bad: (digest: string, platform: string) => boolean): { readonly mark: Mark; readonly text: string }[] {
  return runtimes.flatMap(({ platform, picks }) => {
    const byDigest = Map.groupBy(picks, ({ digest }) => digest)
    if (byDigest.size < 2 && picks.every(({ digest }) => digest === null || !bad(digest, platform))) return []
    return [...byDigest].map(([digest, same]) => {
      const who = byDigest.size === 1 ? 'every runtime' : same.map(({ runtime }) => runtime).join(', ')
      const verb = byDigest.size === 1 || same.length === 1 ? 'takes' : 'take'
      if (digest === null) return { mark: 'none' as const, text: `${printable(platform, 40)}: ${who} ${verb} nothing` }
      const label = labels.get(digest)
      return { mark: bad(digest, platform) ? 'bad' as const : 'none' as const, text: `${printable(platform, 40)}: ${who} ${verb} ${short(digest)}${label === undefined || label === platform ? '' : ` (${label})`}${bad(digest, platform) ? ', which no accepted signature covers' : ''}` }
    })
  })
}
