import { hexEncode, utf8Encode } from '../base/bytes.ts'
import { canonicalJsonOf, checkCanonical } from '../base/canonical-json.ts'
import { malformed, SealdexError } from '../base/errors.ts'
import { parseJson, type JsonValue } from '../base/json.ts'
import * as LIMITS from '../base/limits.ts'
import { quoted } from '../base/quoted.ts'
import { digestOfText, type Digest } from '../crypto/digest.ts'
import { parseCertificate } from '../x509/certificate.ts'
import { foreseeSignatures } from '../x509/chain.ts'
import { listOf, optionalMessage, protoObject, someBytes, textOf } from './proto-json.ts'
import type { Authority, TransparencyLog, TrustedRoot } from './trust.ts'
import { readTimeWindow, readTrustedKey } from './trusted-key.ts'

const MEDIA_TYPES: ReadonlySet<string> = new Set([
  'application/vnd.dev.sigstore.trustedroot+json;version=0.1', 'application/vnd.dev.sigstore.trustedroot+json;version=0.2',
  'application/vnd.dev.sigstore.trustedroot.v0.2+json',
])

/**
 * Reads `trusted_root.json` (0.1 and 0.2). Certificates and keys are parsed once and kept, so hold on to what this gives.
 * Throws `bad-trust-root` with what is wrong and where.
 */
export async function loadTrustedRoot(source: string | Uint8Array): Promise<TrustedRoot> {
  try {
    return await readRoot(parseJson(typeof source === 'string' ? utf8Encode(source) : source))
  } catch (cause) {
    if (!(cause instanceof SealdexError) || cause.code === 'bad-trust-root') throw cause
    throw new SealdexError('bad-trust-root', `The trusted root could not be read. ${cause.message}`, { cause })
  }
}

async function readRoot(json: JsonValue): Promise<TrustedRoot> {
  const root = protoObject(json, ['mediaType', 'tlogs', 'ctlogs', 'certificateAuthorities', 'timestampAuthorities'], 'trusted root')
  const mediaType = textOf(root, 'mediaType', 'trusted root')
  if (!MEDIA_TYPES.has(mediaType)) malformed(`The media type is ${quoted(mediaType)}; trusted roots of version 0.1 and 0.2 are read.`)
  const list = <T>(name: string, read: (item: JsonValue, where: string) => T): readonly T[] => listOf(root, name, 'trusted root', LIMITS.trustedRootEntries, read)
  const certificateAuthorities = list('certificateAuthorities', readAuthority)
  // what nearly every certificate will ask of those that still issue: another thread has it ready while the rest is read
  for (const { chain, validFor } of certificateAuthorities) if (validFor.end === null) await foreseeSignatures(chain)
  checkCanonical(json)
  let digest: Digest | null = null
  return {
    // a verdict says it; whoever verifies a bundle alone goes without
    get digest() {
      return digest ??= digestOfText(canonicalJsonOf(json))
    },
    logs: distinct(list('tlogs', readLog)),
    ctLogs: distinct(list('ctlogs', readLog)),
    certificateAuthorities,
    timestampAuthorities: list('timestampAuthorities', readAuthority),
  }
}

/** Null for a log whose key or hash is of a kind that is not read: then it is not trusted. */
function readLog(item: JsonValue, where: string): TransparencyLog | null {
  const log = protoObject(item, ['baseUrl', 'hashAlgorithm', 'publicKey', 'logId', 'checkpointKeyId', 'operator'], where)
  const key = readTrustedKey(log, where)
  const ids = ['logId', 'checkpointKeyId'].map((name) => readKeyId(log, name, where)).filter((id) => id !== null)
  if (ids.length === 0) malformed(`${where} has no logId.`)
  const baseUrl = textOf(log, 'baseUrl', where)
  if (key === null || textOf(log, 'hashAlgorithm', where) !== 'SHA2_256') return null
  return { baseUrl, origins: originsOf(baseUrl), ids: [...new Set(ids)], ...key }
}

function readKeyId(log: ReadonlyMap<string, JsonValue>, name: string, where: string): string | null {
  const message = optionalMessage(log, name, ['keyId'], where)
  return message === null ? null : hexEncode(someBytes(message, 'keyId', `${where}.${name}`))
}

/** What a Rekor v2 at this URL may call itself; a CT log's URL is no matter. */
function originsOf(baseUrl: string): readonly string[] {
  if (!URL.canParse(baseUrl)) return []
  const { host, hostname, pathname } = new URL(baseUrl)
  return [...new Set([host, hostname, `${host}${pathname}`.replace(/\/$/, '')])]
}

function distinct(logs: readonly (TransparencyLog | null)[]): readonly TransparencyLog[] {
  const read = logs.filter((log) => log !== null)
  const ids = read.flatMap((log) => log.ids)
  const twice = ids.find((id, at) => ids.indexOf(id) !== at)
  return twice === undefined ? read : malformed(`Two logs have the id ${twice}.`)
}

function readAuthority(item: JsonValue, where: string): Authority {
  const authority = protoObject(item, ['subject', 'uri', 'certChain', 'validFor', 'operator'], where)
  const list = protoObject(authority.get('certChain'), ['certificates'], `${where}.certChain`)
  const certificates = listOf(list, 'certificates', `${where}.certChain`, LIMITS.chainCertificates, (certificate, path) => {
    return parseCertificate(someBytes(protoObject(certificate, ['rawBytes'], path), 'rawBytes', path))
  })
  if (certificates.length === 0) malformed(`${where}.certChain is empty.`)
  return { uri: textOf(authority, 'uri', where), chain: certificates, validFor: readTimeWindow(authority, where) }
}
