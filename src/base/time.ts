import { SealdexError } from './errors.ts'

const RFC3339_UTC = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})Z$/

/** Seconds since 1970 of an RFC 3339 time in UTC with whole seconds (W5), or null for anything else, impossible dates included. */
export function parseTime(text: string): number | null {
  const [, ...parts] = RFC3339_UTC.exec(text) ?? []
  return parts.length === 0 ? null : secondsOf(parts.map(Number))
}

/** What the calendar repeats itself after. */
const FOUR_CENTURIES = { years: 400, seconds: 146_097 * 86_400 }

/** Seconds since 1970 of year, month, day, hour, minute and second in UTC; null where there is no such time. */
export function secondsOf([year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0]: readonly number[]): number | null {
  // four centuries later, since years below 100 would be taken for those of the twentieth
  const milliseconds = Date.UTC(year + FOUR_CENTURIES.years, month - 1, day, hour, minute, second)
  // a day that does not exist (30 February) becomes one of the next month
  const exists = month >= 1 && month <= 12 && hour <= 23 && minute <= 59 && second <= 59 && new Date(milliseconds).getUTCDate() === day
  return exists ? milliseconds / 1000 - FOUR_CENTURIES.seconds : null
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
