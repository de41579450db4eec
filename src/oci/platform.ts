import { SealdexError } from '../base/errors.ts'
import { fixedObject, optionalString } from '../base/json-fields.ts'
import type { JsonValue } from '../base/json.ts'

/** `os/arch[/variant]`, with what else a descriptor says of it. */
export interface Platform {
  readonly os: string
  readonly architecture: string
  readonly variant: string | null
  readonly osVersion: string | null
}

/**
 * Reads a descriptor's `platform`. One that is absent, or names no architecture, is null: such an entry is then classified by its own manifest
 * (R7), which is the careful reading. One without os is linux: containerd and Docker take the host's.
 */
export function parsePlatform(value: JsonValue | undefined, where: string): Platform | null {
  if (value === undefined || value === null) return null
  const object = fixedObject(value, ['architecture', 'os', 'os.version', 'os.features', 'variant', 'features'], where)
  const os = optionalString(object, 'os', where) || 'linux'
  const architecture = optionalString(object, 'architecture', where)
  if (!architecture) return null
  return { os, architecture, variant: optionalString(object, 'variant', where) || null, osVersion: optionalString(object, 'os.version', where) || null }
}

/** Reads `os/arch[/variant]` as a person writes it; throws `bad-option`. */
export function parsePlatformName(text: string): Platform {
  const match = /^([a-z0-9]+)\/([a-z0-9_]+)(?:\/([a-z0-9.]+))?$/.exec(text)
  if (!match) throw new SealdexError('bad-option', `"${text.slice(0, 80)}" is no platform: write os/arch or os/arch/variant, for example linux/amd64 or linux/arm/v7.`)
  return { os: match[1] ?? '', architecture: match[2] ?? '', variant: match[3] ?? null, osVersion: null }
}

export function platformName(platform: Platform): string {
  return `${platform.os}/${platform.architecture}${platform.variant === null ? '' : `/${platform.variant}`}`
}

const SPELLINGS: ReadonlyMap<string, string> = new Map([['i386', '386'], ['x86_64', 'amd64'], ['x86-64', 'amd64'], ['aarch64', 'arm64'], ['armhf', 'arm/v7'], ['armel', 'arm/v6']])

/** The one spelling of a platform for containerd and Docker (containerd/platforms database.go): what they take for linux/amd64 need not be written so. */
export function normalPlatform(platform: Platform): Platform {
  const os = platform.os.toLowerCase()
  const lower = platform.architecture.toLowerCase()
  const [architecture = lower, implied] = (SPELLINGS.get(lower) ?? lower).split('/')
  const variant = implied ?? platform.variant?.toLowerCase().replace(/^(?=[0-9])/, 'v') ?? null
  return { ...platform, os: os === 'macos' ? 'darwin' : os, architecture, variant }
}

/** A variant that was not asked for matches any; one asked for must be equal (R6). `arm64/v8` is what `arm64` means. */
export function matchesPlatform(offered: Platform, asked: Platform): boolean {
  return offered.os === asked.os && offered.architecture === asked.architecture && (asked.variant === null || variantOf(offered) === variantOf(asked))
}

/** Whether two entries say the same platform: os, architecture and variant. */
export function samePlatform(a: Platform | null, b: Platform | null): boolean {
  if (a === null || b === null) return a === b
  return a.os === b.os && a.architecture === b.architecture && variantOf(a) === variantOf(b) && a.osVersion === b.osVersion
}

function variantOf(platform: Platform): string | null {
  return platform.architecture === 'arm64' && platform.variant === 'v8' ? null : platform.variant
}

/** BuildKit's mark for entries that nothing runs. */
export function isUnknownPlatform(platform: Platform): boolean {
  return platform.os === 'unknown' && platform.architecture === 'unknown'
}
