import { parsePlatformName, type Platform } from '../oci/platform.ts'
import type { GuardOptions } from '../source/guarded.ts'
import type { Source } from '../source/source.ts'

/** What every reading function takes. */
export interface ReadOptions extends GuardOptions {
  readonly source: Source
  /** `os/arch[/variant]`: judge that platform's manifests only, and hand out their digest. */
  readonly platform?: string
  /** The one clock, cut to whole seconds; now unless given. */
  readonly at?: Date
}

export function platformOf(options: ReadOptions): Platform | null {
  return options.platform === undefined ? null : parsePlatformName(options.platform)
}

/** Seconds since 1970; the clock is read here and nowhere else. */
export function clock(options: ReadOptions): number {
  return Math.floor((options.at ?? new Date()).getTime() / 1000)
}
