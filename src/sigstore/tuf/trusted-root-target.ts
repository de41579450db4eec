import { orFailure, refreshTuf } from './refresh.ts'
import type { TufFailure, TufOptions } from './session.ts'

/** A trusted_root.json, or another target, as a TUF repository gives it. */
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
  return loadTarget('trusted_root.json', options)
}

/** The same for the signing config of version 0.2, which says what services sign. */
export async function loadSigningConfigFromMirror(options: TufOptions): Promise<MirroredRootResult> {
  return loadTarget('signing_config.v0.2.json', options)
}

async function loadTarget(name: string, options: TufOptions): Promise<MirroredRootResult> {
  return orFailure<MirroredRootResult>(async () => {
    const refreshed = await refreshTuf(options)
    if (refreshed.state === 'failed') return refreshed
    const repository = refreshed.value
    const bytes = await repository.target(name)
    if (bytes === null) return { state: 'failed', code: 'not-found', message: `The mirror has no ${name} among its targets.` }
    const { validUntil, from, rootVersion } = repository
    return { state: 'read', value: { bytes, validUntil, from, rootVersion } }
  })
}
