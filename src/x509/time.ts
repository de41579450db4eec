import { readAscii } from '../base/der-fields.ts'
import { refuseDer, type DerNode } from '../base/der.ts'
import * as TAG from '../base/der-tags.ts'
import { secondsOf } from '../base/time.ts'

/** A closed interval in seconds since 1970, both ends included; null where it is open. */
export interface TimeWindow {
  readonly start: number | null
  readonly end: number | null
}

export function isWithin({ start, end }: TimeWindow, time: number): boolean {
  return (start === null || time >= start) && (end === null || time <= end)
}

const UTC = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/
const GENERALIZED = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d{0,8}[1-9]))?Z$/

/** Seconds since 1970 of a certificate's UTCTime or GeneralizedTime, in the one form of RFC 5280, section 4.1.2.5. Throws `malformed-der`. */
export function readTime(node: DerNode, what: string): number {
  if (node.class !== 'universal' || node.tag !== TAG.utcTime) {
    const time = readGeneralizedTime(node, what)
    return Number.isInteger(time) ? time : refuse(what)
  }
  const [, year, ...rest] = UTC.exec(readAscii(node, what)) ?? refuse(what)
  return existing([Number(year) + (Number(year) < 50 ? 2000 : 1900), ...rest.map(Number)], what)
}

/** Seconds since 1970 of a GeneralizedTime in DER; fractions of up to nine digits, in their shortest form (RFC 3161, section 2.4.2). Throws `malformed-der`. */
export function readGeneralizedTime(node: DerNode, what: string): number {
  if (node.class !== 'universal' || node.tag !== TAG.generalizedTime) refuse(what)
  const [, ...parts] = GENERALIZED.exec(readAscii(node, what)) ?? refuse(what)
  const fraction = parts.pop()
  return existing(parts.map(Number), what) + (fraction === undefined ? 0 : Number(`0.${fraction}`))
}

function existing(parts: readonly number[], what: string): number {
  return secondsOf(parts) ?? refuse(what)
}

function refuse(what: string): never {
  return refuseDer(`${what} is no time that exists, in UTC and its one form`)
}
