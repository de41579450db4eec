import { utf8Decode } from '../base/bytes.ts'
import { expectTag, oidHex, readDer } from '../base/der.ts'
import * as TAG from '../base/der-tags.ts'
import { SealdexError } from '../base/errors.ts'
import type { Certificate } from '../x509/certificate.ts'
import type { GeneralName } from '../x509/extensions.ts'

/** `username` is Fulcio's otherName: `user!domain`. */
export type IdentityKind = 'email' | 'uri' | 'username'

/** Names of Fulcio's extensions as its documentation has them (oid-info.md), in camel case; `issuer` is either form of it. */
export type ExtensionName = typeof RAW[number][1] | typeof DER_TEXT[number][1]

/** What a Fulcio certificate says of its holder; true only once the chain of the certificate is checked. */
export interface IdentityFacts {
  /** The one subject alternative name. */
  readonly identity: string
  readonly kind: IdentityKind
  readonly issuer: string
  /** All of Fulcio's extensions that are known, by name; `issuer` among them. */
  readonly extensions: ReadonlyMap<ExtensionName, string>
}

/** Whom the caller accepts. Exactly one of `identity` and `identityPattern`; extensions are exact. */
export interface IdentityRequirement {
  readonly identity?: string
  /** `*` stands for any text without a slash; every other character for itself. The whole identity has to match. */
  readonly identityPattern?: string
  readonly issuer: string
  readonly extensions?: ReadonlyMap<ExtensionName, string>
}

const FULCIO = '1.3.6.1.4.1.57264.1'
const USERNAME = oidHex(`${FULCIO}.7`)

/** 1 to 6: the bare bytes of the text. */
const RAW = [
  [1, 'issuer'], [2, 'githubWorkflowTrigger'], [3, 'githubWorkflowSHA'], [4, 'githubWorkflowName'], [5, 'githubWorkflowRepository'], [6, 'githubWorkflowRef'],
] as const

/** 8 and up: a UTF8String in DER. */
const DER_TEXT = [
  [8, 'issuer'], [9, 'buildSignerURI'], [10, 'buildSignerDigest'], [11, 'runnerEnvironment'], [12, 'sourceRepositoryURI'], [13, 'sourceRepositoryDigest'],
  [14, 'sourceRepositoryRef'], [15, 'sourceRepositoryIdentifier'], [16, 'sourceRepositoryOwnerURI'], [17, 'sourceRepositoryOwnerIdentifier'], [18, 'buildConfigURI'],
  [19, 'buildConfigDigest'], [20, 'buildTrigger'], [21, 'runInvocationURI'], [22, 'sourceRepositoryVisibilityAtSigning'], [23, 'deploymentEnvironment'], [24, 'tokenSubject'],
] as const

const READERS: readonly { readonly oid: string; readonly name: ExtensionName; readonly read: (value: Uint8Array<ArrayBuffer>) => string }[] = [
  ...RAW.map(([arc, name]) => ({ oid: oidHex(`${FULCIO}.${arc}`), name, read: utf8Decode })),
  ...DER_TEXT.map(([arc, name]) => ({ oid: oidHex(`${FULCIO}.${arc}`), name, read: (value: Uint8Array<ArrayBuffer>) => utf8Decode(expectTag(readDer(value), TAG.utf8String, name).content) })),
]

export const EXTENSION_NAMES: ReadonlySet<string> = new Set(READERS.map(({ name }) => name))

function refuse(why: string, options?: ErrorOptions): never {
  throw new SealdexError('bad-certificate', `The certificate does not say whose it is: ${why}.`, options)
}

/** Reads the facts out of a Fulcio certificate. Throws `bad-certificate` where it has not exactly one name that is read, no issuer, or two. */
export function readIdentity(certificate: Certificate): IdentityFacts {
  try {
    const extensions = readFulcioExtensions(certificate)
    return { ...onlyName(certificate.subjectAltNames), issuer: extensions.get('issuer') ?? refuse('it names no issuer'), extensions }
  } catch (cause) {
    if (cause instanceof SealdexError && cause.code !== 'bad-certificate') refuse('one of its extensions is broken', { cause })
    throw cause
  }
}

function readFulcioExtensions({ extensions }: Certificate): Map<ExtensionName, string> {
  const facts = new Map<ExtensionName, string>()
  for (const { oid, name, read } of READERS) {
    const extension = extensions.get(oid)
    if (extension === undefined) continue
    const text = read(extension.value)
    if ((facts.get(name) ?? text) !== text) refuse('it names two issuers')
    facts.set(name, text)
  }
  return facts
}

function onlyName(names: readonly GeneralName[] | null): Pick<IdentityFacts, 'identity' | 'kind'> {
  const [name, ...more] = names ?? []
  if (name === undefined || more.length > 0) return refuse('it has not exactly one alternative name')
  if (name.kind === 'email' || name.kind === 'uri') return { kind: name.kind, identity: name.text }
  if (name.kind !== 'otherName' || name.type !== USERNAME) return refuse('its alternative name is of a kind that is not read')
  return { kind: 'username', identity: utf8Decode(expectTag(name.value, TAG.utf8String, 'the username').content) }
}

/** Whether the facts are what the caller accepts: texts exactly, or by the one pattern (T37). */
export function matchesIdentity(facts: IdentityFacts, { identity, identityPattern, issuer, extensions }: IdentityRequirement): boolean {
  if ((identity === undefined) === (identityPattern === undefined)) throw new SealdexError('bad-option', 'Name either an identity or a pattern of identities.')
  const named = identityPattern === undefined ? facts.identity === identity : matchesPattern(identityPattern, facts.identity)
  return named && facts.issuer === issuer && [...extensions ?? []].every(([name, value]) => facts.extensions.get(name) === value)
}

/**
 * Whether the whole text fits the pattern, in which `*` stands for any text, empty too, within one segment between slashes. Each piece between
 * stars is looked for once, so that no pattern backtracks (T58).
 */
export function matchesPattern(pattern: string, text: string): boolean {
  const [patterns, texts] = [pattern.split('/'), text.split('/')]
  return patterns.length === texts.length && patterns.every((segment, at) => matchesSegment(segment, texts[at] ?? ''))
}

function matchesSegment(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return pattern === text
  if (!text.startsWith(first)) return false
  let at = first.length
  for (const piece of rest) {
    const found = text.indexOf(piece, at)
    if (found < 0) return false
    at = found + piece.length
  }
  return text.length - last.length >= at && text.endsWith(last)
}
