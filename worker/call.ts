import { parseReference, type Reference } from '../src/index.ts'
import { Problem } from './problem.ts'
import type { Settings } from './settings.ts'
import { quoted } from './text.ts'

/** One request on its way through the app. */
export interface Call {
  readonly request: Request
  readonly url: URL
  readonly settings: Settings
  /** What the log's line says beside the request; filled in on the way. */
  readonly noted: { repository?: string; outcome?: string; code?: string; error?: string }
}

export type Handler = (call: Call) => Promise<Response>

/** The parameters of the query. Unknown and repeated ones are refused by name. */
export function parametersOf({ url }: Call, known: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const [name, value] of url.searchParams) {
    if (!known.includes(name)) throw new Problem('unknown-parameter', `The parameter ${quoted(name)} is not known here; ${known.length === 0 ? 'there are none' : `there are ${known.join(', ')}`}.`)
    if (found.has(name)) throw new Problem('repeated-parameter', `The parameter "${name}" is given more than once.`)
    found.set(name, value)
  }
  return found
}

/** The reference, if its registry may be read. Throws `bad-reference`, `registry-not-allowed` and `forbidden-address`. */
export function referenceOf(call: Call, text: string | undefined): Reference {
  if (text === undefined || text === '') throw new Problem('missing-parameter', 'Say which image: ref=registry.example/app:1.2.')
  const reference = parseReference(text)
  call.noted.repository = reference.repository.name
  return reference
}

/** As {@link referenceOf}, for what is read from its registry. */
export function readableReferenceOf(call: Call, text: string | undefined): Reference {
  const reference = referenceOf(call, text)
  const { registry } = reference.repository
  const refusal = call.settings.addresses.refusal(registry)
  if (refusal === 'registry-not-allowed') throw new Problem(refusal, `The registry ${registry} is not one that this server reads.`)
  if (refusal === 'forbidden-address') throw new Problem(refusal, `The registry ${registry} stands on an address that this server does not ask.`)
  return reference
}

/** Of the media types on offer, the first for whoever does not care: the one that `Accept` likes best. Throws `not-acceptable`. */
export function acceptable({ request }: Call, offers: readonly [string, ...string[]]): string {
  const accept = request.headers.get('accept')
  if (accept === null || accept.trim() === '') return offers[0]
  const ranges = accept.toLowerCase().split(',').map(rangeOf)
  const rated = offers.map((offer) => ({ offer, quality: qualityOf(offer, ranges) }))
  const best = rated.reduce((a, b) => (b.quality > a.quality ? b : a))
  if (best.quality === 0) throw new Problem('not-acceptable', `This is available as ${offers.join(' or ')}.`)
  return best.offer
}

interface Range {
  readonly type: string
  readonly quality: number
}

function rangeOf(text: string): Range {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim())
  const written = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2)
  const quality = written === undefined ? 1 : Number(written)
  return { type, quality: quality >= 0 && quality <= 1 ? quality : 0 }
}

/** By the most specific range that matches (RFC 9110, 12.5.1). */
function qualityOf(offer: string, ranges: readonly Range[]): number {
  const [group = ''] = offer.split('/')
  const specific = [offer, `${group}/*`, '*/*'].map((type) => ranges.find((range) => range.type === type)).find((range) => range !== undefined)
  return specific?.quality ?? 0
}
