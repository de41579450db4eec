import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { layoutCopySource, layoutNames, layoutTarget, parseReference, SealdexError, type CopySide, type CopySource, type CopyTarget, type Reference } from '../index.ts'
import { printable } from './escape.ts'
import { UsageError } from './failure.ts'
import { readableLayout, writableLayout, type LayoutWriter } from './layout-store.ts'
import { checkedReference } from './reading.ts'

/** One side as it was typed: an image in a registry, or in a layout. */
export type Side =
  | { readonly kind: 'registry'; readonly text: string; readonly reference: Reference }
  | { readonly kind: 'layout'; readonly text: string; readonly path: string; readonly tag: string | null; readonly digest: string | null }

/** Reads `REGISTRY/REPOSITORY:TAG` or `layout:PATH[:TAG]` (also `@DIGEST`); throws {@link UsageError}. */
export function sideOf(text: string): Side {
  if (!text.startsWith('layout:')) return { kind: 'registry', text, reference: parseReference(checkedReference(text)) }
  const rest = text.slice('layout:'.length)
  if (rest === '') throw new UsageError('A layout is layout:PATH or layout:PATH:TAG, and its path is missing.')
  // a path may hold a colon; what is there is meant
  if (existsSync(rest)) return { kind: 'layout', text, path: rest, tag: null, digest: null }
  const [, before, digest] = /^(.+)@(sha(?:256|512):[0-9a-f]+)$/.exec(rest) ?? []
  if (before !== undefined && digest !== undefined) return { kind: 'layout', text, path: before, tag: null, digest }
  const [, path, tag] = /^(.+):([A-Za-z0-9_][A-Za-z0-9_.-]{0,127})$/.exec(rest) ?? []
  return { kind: 'layout', text, path: path ?? rest, tag: tag ?? null, digest: null }
}

/** What an image in a layout is called by whoever judges it: the name that it has, or is to have, in the registry on the other side. */
function repositoryName(other: Side): string {
  return other.kind === 'registry' ? other.reference.repository.name : 'localhost/layout'
}

export async function openSourceSide(side: Side, other: Side, registry: () => Promise<CopyTarget>): Promise<CopySide<CopySource>> {
  if (side.kind === 'registry') return { reference: side.reference, store: await registry() }
  const layout = await readableLayout(side.path).catch((error: unknown) => {
    if (error instanceof SealdexError && error.code === 'not-found') throw new UsageError(`There is no image layout at ${printable(side.path)}.`)
    throw error
  })
  return { reference: await referenceIn(side, await layoutNames(layout), repositoryName(other)), name: side.text, store: await layoutCopySource(layout) }
}

async function referenceIn({ path, tag, digest }: Extract<Side, { kind: 'layout' }>, names: readonly string[], repository: string): Promise<Reference> {
  if (digest !== null) return parseReference(`${repository}@${digest}`)
  const meant = tag === null ? names : names.filter((name) => name === tag || name.endsWith(`:${tag}`))
  const [name, ...more] = meant
  if (tag === null && more.length > 0) throw new UsageError(`${printable(path)} holds several images; say which: ${meant.slice(0, 10).map((one) => `layout:${printable(path)}:${printable(one, 80)}`).join(', ')}`)
  // tools name an entry by its tag, or by the whole reference
  return parseReference(name !== undefined && /[/:]/.test(name) ? name : `${repository}:${name ?? tag ?? 'latest'}`)
}

/** The side to be written, and what is to be done with it at the end. */
export interface TargetSide {
  readonly side: CopySide<CopyTarget>
  readonly writer: LayoutWriter | null
}

/** In a layout the image is named as it is in the source, unless a tag is given. */
export async function openTargetSide(side: Side, source: CopySide<CopySource>, other: Side, registry: () => Promise<CopyTarget>): Promise<TargetSide> {
  if (side.kind === 'registry') return { side: { reference: side.reference, store: await registry() }, writer: null }
  if (side.digest !== null) throw new UsageError(`${printable(side.text)}: a copy has the digest of what is copied; give a tag, or none.`)
  const writer = await writableLayout(side.path)
  const tag = side.tag ?? source.reference.tag
  const named = parseReference(`${repositoryName(other)}:${tag ?? 'latest'}`)
  const reference = tag === null ? { ...named, tag: null, canonical: named.repository.name } : named
  return { side: { reference, name: side.text, store: await layoutTarget(writer, createHash) }, writer }
}

/** The side once more, to be judged after it was written. */
export async function reopened(side: Side, { reference, store }: CopySide<CopyTarget>, digest: string): Promise<{ readonly reference: string; readonly source: CopySource }> {
  const name = reference.tag === null ? `${reference.repository.name}@${digest}` : reference.canonical
  return { reference: name, source: side.kind === 'registry' ? store : await layoutCopySource(await readableLayout(side.path)) }
}
