/** When a key or an authority counts, seconds since 1970; no end is open. */
export interface Window {
  readonly start: number
  readonly end?: number
}

/** The kit's fixed clock: when everything is signed where nothing else is said. */
export const NOW: number = Date.UTC(2026, 4, 13, 19, 0, 0) / 1000

export const MINUTE: number = 60
export const DAY: number = 86_400
export const YEAR: number = 365 * DAY

export const always: Window = { start: NOW - 2 * YEAR }

export function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
}
