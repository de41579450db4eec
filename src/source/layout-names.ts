import type { Digest } from '../crypto/digest.ts'
import * as ANNOTATION from '../oci/annotations.ts'
import { cosignTag } from '../oci/place.ts'
import type { Descriptor } from '../oci/descriptor.ts'
import { parseReference, type Reference, type Repository } from '../oci/reference.ts'

/** The `kind` annotations of `cosign save`, which keeps no names. */
const COSIGN_KIND = {
  images: ['dev.cosignproject.cosign/image', 'dev.cosignproject.cosign/imageIndex'],
  sig: ['dev.cosignproject.cosign/sigs'],
  att: ['dev.cosignproject.cosign/atts'],
} as const

/** Different digests that entries of one name point to: none, the one, or several, which is an error (E3). */
export type Named = readonly Digest[]

export function hasNames(entries: readonly Descriptor[]): boolean {
  return entries.some((entry) => entry.annotations.has(ANNOTATION.refName))
}

/** What a tag of this repository names: by `org.opencontainers.image.ref.name`, which is the tag or the full reference, as tools differ (E3). */
export function namedByTag(entries: readonly Descriptor[], repository: Repository, tag: string): Named {
  const full = `${repository.name}:${tag}`
  return distinct(entries.filter((entry) => isName(entry.annotations.get(ANNOTATION.refName), tag, full)))
}

function isName(name: string | undefined, tag: string, full: string): boolean {
  if (name === undefined || name === tag) return name === tag
  return /[/:]/.test(name) && canonicalOf(name) === full
}

function canonicalOf(name: string): string | null {
  try {
    const reference: Reference = parseReference(name)
    return `${reference.repository.name}:${reference.tag ?? ''}`
  } catch {
    return null
  }
}

/** The image of a layout that `cosign save` made. */
export function cosignSavedImage(entries: readonly Descriptor[]): Named {
  return ofKind(entries, COSIGN_KIND.images)
}

/** What stands for cosign's `.sig` or `.att` tag of the image in a layout that `cosign save` made. */
export function cosignSavedTag(entries: readonly Descriptor[], tag: string): Named {
  const [image, other] = cosignSavedImage(entries)
  if (image === undefined || other !== undefined) return []
  if (tag === cosignTag(image, 'sig')) return ofKind(entries, COSIGN_KIND.sig)
  return tag === cosignTag(image, 'att') ? ofKind(entries, COSIGN_KIND.att) : []
}

function ofKind(entries: readonly Descriptor[], kinds: readonly string[]): Named {
  return distinct(entries.filter((entry) => kinds.includes(entry.annotations.get(ANNOTATION.cosignKind) ?? '')))
}

export function distinct(entries: readonly Descriptor[]): Named {
  return [...new Set(entries.map((entry) => entry.digest))]
}
