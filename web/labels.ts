import type { InspectedNode, Inspection } from '../src/index.ts'
import { plain } from './words.ts'

type Attachments = Inspection['attachments']

/** What a person calls the objects of an index. */
export function labelsOf(root: InspectedNode | null, attachments: Attachments): ReadonlyMap<string, string> {
  const types = new Map(attachments.map(({ digest, type }) => [digest as string, plain(type, 60)]))
  const labels = new Map<string, string>()
  const visit = (node: InspectedNode): void => {
    const label = labelOf(node, types.get(node.digest))
    // one manifest for two platforms has both names
    const known = labels.get(node.digest)
    labels.set(node.digest, known === undefined || known.split(', ').includes(label) ? (known ?? label) : `${known}, ${label}`)
    node.children.forEach(visit)
  }
  if (root !== null) visit(root)
  for (const [digest, type] of types) if (!labels.has(digest)) labels.set(digest, type)
  return labels
}

export function labelOf(node: InspectedNode, type: string | undefined): string {
  if (node.role === 'index') return 'index'
  if (node.role === 'nested') return 'nested index'
  if (node.role === 'image') return node.platform === null ? 'image' : plain(node.platform, 60)
  return type ?? 'artifact'
}
