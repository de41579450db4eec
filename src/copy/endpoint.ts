import type { Reference } from '../oci/reference.ts'
import type { BlobStore } from '../source/blob-store.ts'
import type { TagNames } from '../source/registry-tags.ts'
import type { RegistryWriter } from '../source/registry-writer.ts'
import type { Source } from '../source/source.ts'

/** Where copies come from: a registry, or an image layout. */
export type CopySource = Source & Pick<BlobStore, 'openBlob'> & Partial<TagNames>

/** Where copies go to. What is written by digest can be found by digest; what has a subject, by its list of referrers where `referrers` answers. */
export type CopyTarget = CopySource & Pick<BlobStore, 'writeBlob' | 'hasManifest'> & Pick<RegistryWriter, 'putManifest'> & {
  /** Makes what was written last, where that is a step of its own (an image layout's index.json). Throws where it cannot. */
  readonly commit?: () => Promise<void>
}

/** One side of a copy. */
export interface CopySide<Store> {
  /** In a layout: under which its tag or digest is found there. */
  readonly reference: Reference
  /** In messages and results. Default: the canonical reference. */
  readonly name?: string
  readonly store: Store
}
