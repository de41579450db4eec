import { SealdexError } from '../base/errors.ts'
import { isDigest, type Digest } from '../crypto/digest.ts'

/** A repository on a registry, in canonical form: host in lower case, default port dropped, docker.io's aliases one. */
export interface Repository {
  /** `host` or `host:port`; IPv6 in brackets. */
  readonly registry: string
  /** Path without the registry. */
  readonly path: string
  /** `registry/path`. */
  readonly name: string
}

/** What a person pasted, made canonical (formats.md 1; the grammar is that of distribution/reference). */
export interface Reference {
  readonly repository: Repository
  readonly tag: string | null
  readonly digest: Digest | null
  /** `registry/path[:tag][@digest]`, tag included. */
  readonly canonical: string
}

const HOST_LABEL = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])'
const DOMAIN = new RegExp(`^(?:${HOST_LABEL}(?:\\.${HOST_LABEL})*|\\[(?:[a-fA-F0-9:]+)\\])(?::[0-9]{1,5})?$`)
const PATH = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/
const MAX_NAME = 255

export function isTag(text: string): boolean {
  return TAG.test(text)
}

/** Reads a repository name such as `registry.example/acme/app`; throws `bad-reference`. */
export function parseRepository(text: string): Repository {
  const parsed = parseReference(text)
  if (parsed.digest !== null || parsed.canonical !== `${parsed.repository.name}:latest` || text.endsWith(':latest')) fail(text, 'it names a tag or digest where only a repository is meant')
  return parsed.repository
}

/** Reads a reference; throws `bad-reference` with what is wrong in it. Without tag and digest the tag is `latest`. */
export function parseReference(text: string): Reference {
  // ASCII only, before anything else: look-alike hosts, bidi marks and NUL end here (T59)
  if (!/^[\x21-\x7e]+$/.test(text)) fail(text, text === '' ? 'it is empty' : 'it holds blanks or characters that are not ASCII')
  const at = text.indexOf('@')
  const digestText = at < 0 ? null : text.slice(at + 1)
  const named = at < 0 ? text : text.slice(0, at)
  if (digestText !== null && !isDigest(digestText)) fail(text, 'its digest is not sha256:<64 lower-case hex> or sha512:<128 lower-case hex>')
  const colon = named.lastIndexOf(':')
  const hasTag = colon > named.lastIndexOf('/') && !(named.slice(colon).includes(']'))
  const tagText = hasTag ? named.slice(colon + 1) : null
  if (tagText !== null && !isTag(tagText)) fail(text, 'its tag is not 1 to 128 letters, digits, "_", "." or "-"')
  const repository = repositoryOf(hasTag ? named.slice(0, colon) : named, text)
  const digest = digestText
  const tag = tagText ?? (digest === null ? 'latest' : null)
  return { repository, tag, digest, canonical: `${repository.name}${tag === null ? '' : `:${tag}`}${digest === null ? '' : `@${digest}`}` }
}

function repositoryOf(name: string, whole: string): Repository {
  const slash = name.indexOf('/')
  const first = slash < 0 ? '' : name.slice(0, slash)
  const isDomain = first !== '' && (first === 'localhost' || /[.:[\]]/.test(first) || first !== first.toLowerCase())
  if (!isDomain && /^[0-9a-f]{64}$/.test(name)) fail(whole, 'it is 64 hex digits, which could be an image ID; write it as a name or name@sha256:…')
  const registry = isDomain ? canonicalHost(first, whole) : 'docker.io'
  let path = isDomain ? name.slice(slash + 1) : name
  if (registry === 'docker.io' && !path.includes('/')) path = `library/${path}`
  if (!PATH.test(path)) fail(whole, path === '' || path === 'library/' ? 'the repository is missing' : 'its repository is not lower-case path components as registries take them')
  if (path.length > MAX_NAME) fail(whole, `its repository is longer than ${MAX_NAME} characters`)
  return { registry, path, name: `${registry}/${path}` }
}

/** Host in lower case, `:443` dropped, docker.io's aliases one. */
function canonicalHost(host: string, whole: string): string {
  if (!DOMAIN.test(host)) fail(whole, host.endsWith('.') || /\.:/.test(host) ? 'its host ends in a dot' : 'its host is not a name, an IPv4 address or an IPv6 address in brackets')
  const port = /:([0-9]+)$/.exec(host.replace(/^\[.*\]/, ''))
  if (port && Number(port[1]) > 65535) fail(whole, 'its port is above 65535')
  const lower = host.toLowerCase().replace(/:443$/, '')
  return lower === 'index.docker.io' || lower === 'registry-1.docker.io' || lower === 'registry.hub.docker.com' ? 'docker.io' : lower
}

function fail(text: string, why: string): never {
  throw new SealdexError('bad-reference', `"${printable(text)}" is no image reference: ${why}.`)
}

/** What a stranger wrote, safe to print: everything but printable ASCII as \u escapes (T60). */
function printable(text: string): string {
  return text.slice(0, 300).replace(/[^\x20-\x7e]/gu, (c) => `\\u{${c.codePointAt(0)?.toString(16) ?? ''}}`)
}
