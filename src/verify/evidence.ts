import type { Code } from '../base/codes.ts'
import { formatTime } from '../base/time.ts'
import { archiveFiles, memoryFiles, type LayoutFiles } from '../oci/layout.ts'
import { parseReference } from '../oci/reference.ts'
import { writeTar } from '../oci/tar.ts'
import { Guard } from '../source/guarded.ts'
import { layoutSource, type LayoutSource } from '../source/layout-source.ts'
import { recorder } from '../source/recorder.ts'
import { gather } from './gather.ts'
import { leavesOf } from './graph.ts'
import type { Facts } from './judge.ts'
import { Objects } from './objects.ts'
import { NO_TRUST } from './trust.ts'
import { clock, platformOf, type ReadOptions } from './options.ts'

/** What a verdict needs, recorded: an image layout without the image's layers (E1, E2). */
export interface Evidence {
  /** Canonical. */
  readonly reference: string
  /** Null where the reference was not read. */
  readonly digest: string | null
  /** Why it was not; null where it was. */
  readonly unread: { readonly code: Code; readonly message: string } | null
  /** The layout's files by path. */
  readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>
  /** The same as a tar archive, the same bytes for the same record. */
  tar(): Uint8Array<ArrayBuffer>
}

/** Reads every place of what the reference names and records it, also what is absent or failed. Throws for wrong use only. */
export async function collectEvidence(reference: string, options: ReadOptions): Promise<Evidence> {
  const parsed = parseReference(reference)
  const record = recorder(options.source, parsed)
  const objects = new Objects(record, parsed.repository, new Guard(options))
  const at = clock(options)
  const { facts } = await gather({ reference: parsed, objects, policy: null, entry: null, platform: platformOf(options), at, reading: 'all', payloads: [], trust: NO_TRUST })
  // leaves are not needed for a verdict, and whoever opens the record may want to see them
  await Promise.all((facts.graph === null ? [] : leavesOf(facts.graph)).map((leaf) => objects.document(leaf.digest, leaf.mediaType)))
  const files = record.layout(formatTime(at))
  return { reference: parsed.canonical, digest: facts.graph?.root.digest ?? null, unread: unreadOf(facts.unread), files, tar: () => writeTar(files) }
}

function unreadOf(unread: Facts['unread']): Evidence['unread'] {
  return unread === null ? null : { code: unread.code, message: unread.message }
}

/** Opens recorded evidence, or any image layout, as a source: a tar, a tar.gz, or files by path. Throws `malformed` or `too-large`. */
export async function openEvidence(evidence: Uint8Array<ArrayBuffer> | ReadonlyMap<string, Uint8Array<ArrayBuffer>> | LayoutFiles): Promise<LayoutSource> {
  if (evidence instanceof Uint8Array) return layoutSource(await archiveFiles(evidence))
  return layoutSource(evidence instanceof Map ? memoryFiles(evidence) : (evidence as LayoutFiles))
}
