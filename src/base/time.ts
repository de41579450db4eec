import { SealdexError } from './errors.ts'

const RFC3339_UTC = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})Z$/

/** Seconds since 1970 of an RFC 3339 time in UTC with whole seconds (W5), or null for anything else, impossible dates included. */
export function parseTime(text: string): number | null {
  if (!RFC3339_UTC.test(text)) return null
  const milliseconds = Date.parse(text)
  // a date that does not exist (30 February) is moved by Date.parse on some runtimes and NaN on others
  return Number.isNaN(milliseconds) || formatTime(milliseconds / 1000) !== text ? null : milliseconds / 1000
}

/** `YYYY-MM-DDTHH:MM:SSZ` of whole seconds since 1970. */
export function formatTime(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }

/** Seconds of a duration such as `90s`, `15m`, `12h`, `30d` or `4w`; throws `bad-option`. */
export function parseDuration(text: string): number {
  const match = /^([1-9]\d{0,8})([smhdw])$/.exec(text)
  const unit = UNIT_SECONDS[match?.[2] ?? '']
  if (!match || unit === undefined) throw new SealdexError('bad-option', `"${text.slice(0, 40)}" is no duration: write a number and s, m, h, d or w, for example 30d.`)
  return Number(match[1]) * unit
}
