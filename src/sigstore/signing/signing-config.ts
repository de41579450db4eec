import { utf8Encode } from '../../base/bytes.ts'
import { malformed, SealdexError } from '../../base/errors.ts'
import { parseJson, type JsonObject, type JsonValue } from '../../base/json.ts'
import * as LIMITS from '../../base/limits.ts'
import { quoted } from '../../base/quoted.ts'
import { isWithin, type TimeWindow } from '../../x509/time.ts'
import { indexOf, listOf, optionalMessage, protoObject, textOf } from '../proto-json.ts'
import { readTimeWindow } from '../trusted-key.ts'

/** A service as a signing config names it. */
export interface Service {
  readonly url: string
  readonly version: number
  readonly validFor: TimeWindow
  readonly operator: string
}

const NOT_SAID = 'SERVICE_SELECTOR_UNDEFINED'

interface Choice {
  readonly selector: 'ANY' | 'ALL' | 'EXACT' | typeof NOT_SAID
  readonly count: number
}

/** `signing_config.json` of version 0.2, read: which services sign. */
export interface SigningConfig {
  readonly authorities: readonly Service[]
  readonly logs: readonly Service[]
  readonly logChoice: Choice
  readonly timestampAuthorities: readonly Service[]
  readonly timestampChoice: Choice
}

/** The services that one signature is made with. */
export interface ChosenServices {
  readonly fulcio: Service
  readonly logs: readonly Service[]
  readonly timestampAuthorities: readonly Service[]
}

const MEDIA_TYPE = 'application/vnd.dev.sigstore.signingconfig.v0.2+json'
const FIELDS = ['mediaType', 'caUrls', 'oidcUrls', 'rekorTlogUrls', 'rekorTlogConfig', 'tsaUrls', 'tsaConfig'] as const

/** Reads a signing config. Throws `bad-signing-config` with what is wrong and where. */
export function readSigningConfig(source: string | Uint8Array): SigningConfig {
  try {
    const config = protoObject(parseJson(typeof source === 'string' ? utf8Encode(source) : source), FIELDS, 'signing config')
    const mediaType = textOf(config, 'mediaType', 'signing config')
    if (mediaType !== MEDIA_TYPE) malformed(`The media type is ${quoted(mediaType)}; signing configs of version 0.2 are read.`)
    const services = (name: string): readonly Service[] => listOf(config, name, 'signing config', LIMITS.trustedRootEntries, readService)
    return {
      authorities: services('caUrls'), logs: services('rekorTlogUrls'), logChoice: readChoice(config, 'rekorTlogConfig'),
      timestampAuthorities: services('tsaUrls'), timestampChoice: readChoice(config, 'tsaConfig'),
    }
  } catch (cause) {
    if (!(cause instanceof SealdexError)) throw cause
    throw new SealdexError('bad-signing-config', `The signing config could not be read. ${cause.message}`, { cause })
  }
}

function readService(item: JsonValue, where: string): Service {
  const service = protoObject(item, ['url', 'majorApiVersion', 'validFor', 'operator'], where)
  const url = textOf(service, 'url', where)
  if (!/^https?:\/\/[^\s?#]+$/.test(url) || !URL.canParse(url)) malformed(`${where}.url is ${quoted(url)}, which is no address of a service.`)
  return { url, version: indexOf(service, 'majorApiVersion', where), validFor: readTimeWindow(service, where), operator: textOf(service, 'operator', where) }
}

function readChoice(config: JsonObject, name: string): Choice {
  const where = `signing config.${name}`
  const choice = optionalMessage(config, name, ['selector', 'count'], 'signing config')
  // absent is the zero of the format, which says nothing: cosign writes it where it names no service of the kind
  const selector = (choice === null ? '' : textOf(choice, 'selector', where)) || NOT_SAID
  if (selector !== 'ANY' && selector !== 'ALL' && selector !== 'EXACT' && selector !== NOT_SAID) return malformed(`${where}.selector is ${quoted(selector)}: ANY, ALL or EXACT.`)
  return { selector, count: choice === null ? 0 : indexOf(choice, 'count', where) }
}

function unusable(why: string): never {
  throw new SealdexError('bad-signing-config', `The signing config cannot be used: ${why}.`)
}

/**
 * The services of a moment, as Sigstore's clients choose them: of the newest API that is spoken, valid then, one of each operator, those that began last first; as many as the config says. Each log and
 * authority that is chosen has to answer. Throws `bad-signing-config` where that leaves no certificate authority, too few, or nobody who would say when it was signed.
 */
export function chooseServices(config: SigningConfig, at: number): ChosenServices {
  const [fulcio] = choose(config.authorities, { selector: 'ANY', count: 0 }, [1], at, 'certificate authority (Fulcio)')
  if (fulcio === undefined) return unusable('it names no certificate authority (Fulcio)')
  const logs = choose(config.logs, config.logChoice, [2, 1], at, 'transparency log (Rekor)')
  const timestampAuthorities = choose(config.timestampAuthorities, config.timestampChoice, [1], at, 'timestamp authority')
  if (timestampAuthorities.length === 0 && !logs.some(({ version }) => version === 1)) unusable('nobody in it says when something was signed: that takes a timestamp authority, or a Rekor of version 1')
  return { fulcio, logs, timestampAuthorities }
}

function choose(services: readonly Service[], { selector, count }: Choice, versions: readonly number[], at: number, what: string): readonly Service[] {
  if (services.length === 0) return []
  if (selector === NOT_SAID) unusable(`it does not say how many of ${what} are to be used`)
  const valid = services.filter(({ validFor }) => isWithin(validFor, at)).toSorted((a, b) => (b.validFor.start ?? 0) - (a.validFor.start ?? 0))
  const version = versions.find((one) => valid.some((service) => service.version === one))
  const spoken = valid.filter((service) => service.version === version)
  const each = spoken.filter((service, at) => spoken.findIndex(({ operator }) => operator === service.operator) === at)
  if (each.length === 0) return unusable(`it names no ${what} that counts now and whose API is spoken here (${versions.join(', ')})`)
  if (selector === 'EXACT' && (count < 1 || each.length < count)) return unusable(`it asks for exactly ${count} of ${what}, and names ${each.length}`)
  return selector === 'ALL' ? each : each.slice(0, selector === 'ANY' ? 1 : count)
}
