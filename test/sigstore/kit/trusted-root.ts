import { keyHint } from './checkpoint.ts'
import type { CtLog } from './ct-log.ts'
import type { Bytes } from './der.ts'
import type { Authority } from './fulcio.ts'
import { fields, raw, type Json, type JsonFields } from './json.ts'
import { KEY_DETAILS, type SigningKey } from './keys.ts'
import type { Rekor } from './rekor.ts'
import type { TimestampAuthority } from './tsa.ts'
import { iso, type Window } from './window.ts'

export interface TrustChoices {
  readonly logs: readonly Rekor[]
  readonly ctLogs: readonly CtLog[]
  readonly authorities: readonly Authority[]
  readonly tsas: readonly TimestampAuthority[]
  readonly version?: '0.1' | '0.2'
  /** Who runs it all; one name counts once. By log's host or authority's URI. */
  readonly operators?: Readonly<Record<string, string>>
}

const MEDIA_TYPES = { '0.1': 'application/vnd.dev.sigstore.trustedroot+json;version=0.1', '0.2': 'application/vnd.dev.sigstore.trustedroot.v0.2+json' } as const

/** trusted_root.json for what was set up. */
export function trustedRootJson({ logs, ctLogs, authorities, tsas, version = '0.1', operators = {} }: TrustChoices): JsonFields {
  const newer = version === '0.2'
  const operator = (name: string): string | undefined => (newer ? operators[name] ?? new URL(name.includes('://') ? name : `https://${name}`).host : undefined)
  return {
    mediaType: MEDIA_TYPES[version],
    tlogs: logs.map((log) => fields({
      ...instance(`https://${log.host}`, log.key, log.validFor, log.logId),
      checkpointKeyId: newer ? raw(keyHint(log.host, log.key), 'keyId') : undefined,
      operator: operator(log.host),
    })),
    certificateAuthorities: authorities.map(({ root, intermediate, validFor, uri }) => chain(uri, [...new Set([intermediate.der, root.der])], validFor, operator(uri))),
    ctlogs: ctLogs.map((log) => fields({ ...instance('https://ctfe.test/log', log.key, log.validFor, log.logId), operator: operator('ctfe.test') })),
    timestampAuthorities: tsas.map((tsa) => chain(tsa.uri, tsa.chain, tsa.validFor, operator(tsa.uri))),
  }
}

function instance(baseUrl: string, key: SigningKey, window: Window, logId: Uint8Array): JsonFields {
  return { baseUrl, hashAlgorithm: 'SHA2_256', publicKey: { ...raw(key.spki), keyDetails: KEY_DETAILS[key.kind], validFor: range(window) }, logId: raw(logId, 'keyId') }
}

function chain(uri: string, certificates: readonly Bytes[], window: Window, operator: string | undefined): JsonFields {
  const list: Json = certificates.map((der) => raw(der))
  return fields({ subject: { organization: 'sigstore.test', commonName: 'sigstore' }, uri, certChain: { certificates: list }, validFor: range(window), operator })
}

function range({ start, end }: Window): JsonFields {
  return fields({ start: iso(start), end: end === undefined ? undefined : iso(end) })
}
