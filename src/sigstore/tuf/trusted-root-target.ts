import { orFailure, refreshTuf } from './refresh.ts'
import type { TufFailure, TufOptions } from './session.ts'

/** A trusted_root.json as a TUF repository gives it. */
export interface MirroredRoot {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Seconds since 1970: from then on it has to be asked for again, and is no trust any more. */
  readonly validUntil: number
  /** `cache` where the mirror could not be asked, or not for everything. */
  readonly from: 'mirror' | 'cache'
  /** Version of the root.json at the end of the chain. */
  readonly rootVersion: number
}

export type MirroredRootResult = { readonly state: 'read', readonly value: MirroredRoot } | TufFailure

/**
 * Refreshes from a mirror and reads its trusted_root.json. Failed with `trust-root-expired` (also without network, once what was kept has expired), `trust-root-invalid`, `too-large`, `not-found`,
 * or why the mirror could not be read where nothing was kept.
 */
export async function loadTrustedRootFromMirror(options: TufOptions): Promise<MirroredRootResult> {
  return orFailure<MirroredRootResult>(async () => {
    const refreshed = await refreshTuf(options)
    if (refreshed.state === 'failed') return refreshed
    const repository = refreshed.value
    const bytes = await repository.target('trusted_root.json')
    if (bytes === null) return { state: 'failed', code: 'not-found', message: 'The mirror has no trusted_root.json among its targets.' }
    const { validUntil, from, rootVersion } = repository
    return { state: 'read', value: { bytes, validUntil, from, rootVersion } }
  })
}
