import { SealdexError } from '../base/errors.ts'
import type { Digest } from '../crypto/digest.ts'
import { platformName } from '../oci/platform.ts'
import { parseReference } from '../oci/reference.ts'
import { Guard } from '../source/guarded.ts'
import { judgedLeaves, leavesOf, platformsOf, walkGraph } from './graph.ts'
import { Objects } from './objects.ts'
import { platformOf, type ReadOptions } from './options.ts'

/** What a reference names now; says nothing of trust. */
export interface Resolved {
  readonly version: 1
  readonly reference: string
  /** `registry/path@digest`: of the platform asked for, else of what the reference names. */
  readonly name: string
  readonly digest: Digest
  readonly mediaType: string
  readonly platforms: readonly { readonly platform: string; readonly digest: Digest }[]
}

/** Resolves a reference. Throws the read's code (`reference-not-found`, `unauthorized`, …) where it cannot, `no-such-platform` where it has none. */
export async function resolveReference(reference: string, options: ReadOptions): Promise<Resolved> {
  const parsed = parseReference(reference)
  const objects = new Objects(options.source, parsed.repository, new Guard(options))
  const root = await objects.resolve(parsed)
  if (root.state === 'absent') throw new SealdexError('reference-not-found', `${parsed.canonical} is not there.`)
  if (root.state !== 'read') throw new SealdexError(root.code, root.message)
  const platform = platformOf(options)
  const graph = await walkGraph(root.value, objects, { platformAsked: platform !== null })
  const platforms = leavesOf(graph).filter((leaf) => leaf !== graph.root).flatMap((leaf) => platformsOf(leaf).map((offered) => ({ platform: platformName(offered), digest: leaf.digest })))
  const common = { version: 1 as const, reference: parsed.canonical, platforms }
  if (platform === null) return { ...common, name: `${parsed.repository.name}@${graph.root.digest}`, digest: graph.root.digest, mediaType: graph.root.mediaType }
  const leaf = judgedLeaves(graph, platform)[0]
  if (leaf === undefined) throw new SealdexError('no-such-platform', `${parsed.canonical} has nothing for ${platformName(platform)}.`)
  return { ...common, name: `${parsed.repository.name}@${leaf.digest}`, digest: leaf.digest, mediaType: leaf.mediaType }
}
