import { base64Encode } from '../../../src/base/bytes.ts'
import type { Deployment } from './deployment.ts'
import type { Bytes } from './der.ts'
import { issueLeaf, type LeafChoices } from './fulcio.ts'
import { fields, raw, type Json, type JsonFields } from './json.ts'
import { hashOf, type Hash, type SigningKey } from './keys.ts'
import { dsseV1, dsseV2, hashedRekordV1, hashedRekordV2, intotoV2, type Envelope, type LogBody, type LoggedSignature, type Verifier } from './log-body.ts'
import { logV1, type V1Choices } from './rekor-v1.ts'
import { logV2 } from './rekor-v2.ts'
import type { ProofChoices, Rekor } from './rekor.ts'
import { preAuthenticationEncoding, statementOf, type StatementChoices } from './statement.ts'
import { timestamp, type TimestampAuthority, type TimestampChoices } from './tsa.ts'

export type BundleVersion = '0.1' | '0.2' | '0.3' | 'v0.3'
export type EntryKind = 'hashedrekord' | 'dsse' | 'intoto'

/** One log to write to. */
export interface LogChoice {
  readonly log?: Rekor
  readonly kind?: EntryKind
  readonly v1?: V1Choices
  readonly v2?: ProofChoices
  /** What is logged instead of the truth. */
  readonly logged?: Partial<LoggedSignature>
  readonly envelope?: Envelope
  /** The finished entry, changed. */
  readonly change?: (entry: JsonFields) => JsonFields
}

export interface BundleChoices {
  readonly artifact: Bytes
  readonly version?: BundleVersion
  readonly content?: 'message' | 'dsse'
  readonly statement?: StatementChoices
  /** A bare key instead of a certificate; the key that signs. */
  readonly key?: SigningKey
  readonly hint?: string
  readonly leaf?: LeafChoices
  /** Written as a chain: the leaf, then what else is to stand there. */
  readonly chain?: readonly Bytes[]
  readonly hash?: Hash
  readonly logs?: readonly ('v1' | 'v2' | LogChoice)[]
  readonly timestamps?: readonly (true | (TimestampChoices & { readonly tsa?: TimestampAuthority, readonly over?: Uint8Array }))[]
  /** Every certificate gets an SCT of the deployment's log unless the leaf says otherwise. */
  readonly sct?: boolean
}

/** A bundle, and what was used on the way. */
export interface MadeBundle {
  readonly json: JsonFields
  readonly certificate: Bytes | null
  readonly key: SigningKey
  readonly signature: Bytes
  readonly envelope: Envelope | null
}

const MEDIA_TYPES: Readonly<Record<BundleVersion, string>> = {
  '0.1': 'application/vnd.dev.sigstore.bundle+json;version=0.1', '0.2': 'application/vnd.dev.sigstore.bundle+json;version=0.2',
  '0.3': 'application/vnd.dev.sigstore.bundle+json;version=0.3', 'v0.3': 'application/vnd.dev.sigstore.bundle.v0.3+json',
}

/** Signs an artifact as a client of the deployment does, and writes the bundle. */
export function makeBundle(on: Deployment, choices: BundleChoices): MadeBundle {
  const { artifact, version = 'v0.3', content = 'message' } = choices
  const leaf = choices.key === undefined ? issueLeaf(on.fulcio, on.random, { ...(choices.sct === false ? {} : { ctLogs: [on.ctLog] }), ...choices.leaf }) : null
  const key = choices.key ?? leaf?.key
  if (key === undefined) throw new Error('nobody signs')
  const envelope = content === 'dsse' ? statementOf(artifact, choices.statement) : null
  const signed = envelope === null ? artifact : preAuthenticationEncoding(envelope)
  const hash = choices.hash ?? key.hash
  const signature = key.sign(signed, hash)
  const verifier: Verifier = leaf === null ? { key } : { key, certificate: leaf.der }
  const entries: Json = (choices.logs ?? []).map((choice) => logEntry(on, choice, { signature, verifier, hash, signed }, envelope))
  const stamps: Json = (choices.timestamps ?? []).map((choice) => raw(stamp(on, choice, signature), 'signedTimestamp'))
  const json = fields({
    mediaType: MEDIA_TYPES[version],
    verificationMaterial: fields({
      ...material(choices, version, leaf?.der ?? null, key),
      tlogEntries: entries.length === 0 ? undefined : entries,
      timestampVerificationData: stamps.length === 0 ? undefined : { rfc3161Timestamps: stamps },
    }),
    messageSignature: envelope === null ? { messageDigest: { algorithm: hash.replace('SHA-', 'SHA2_'), digest: base64Encode(hashOf(hash, artifact)) }, signature: base64Encode(signature) } : undefined,
    dsseEnvelope: envelope === null ? undefined : { payload: base64Encode(envelope.payload), payloadType: envelope.payloadType, signatures: [{ sig: base64Encode(signature) }] },
  })
  return { json, certificate: leaf?.der ?? null, key, signature, envelope }
}

/** From 0.3 on the certificate stands alone; before, in a chain. */
function material({ hint, chain }: BundleChoices, version: BundleVersion, certificate: Bytes | null, key: SigningKey): JsonFields {
  if (certificate === null) return { publicKey: { hint: hint ?? base64Encode(hashOf('SHA-256', key.spki)) } }
  if (chain === undefined && version.endsWith('0.3')) return { certificate: raw(certificate) }
  return { x509CertificateChain: { certificates: [certificate, ...(chain ?? [])].map((der) => raw(der)) } }
}

function stamp(on: Deployment, choice: true | (TimestampChoices & { readonly tsa?: TimestampAuthority, readonly over?: Uint8Array }), signature: Bytes): Bytes {
  return choice === true ? timestamp(on.tsa, signature) : timestamp(choice.tsa ?? on.tsa, choice.over ?? signature, choice)
}

function logEntry(on: Deployment, choice: 'v1' | 'v2' | LogChoice, logged: LoggedSignature, envelope: Envelope | null): JsonFields {
  const chosen: LogChoice = choice === 'v1' ? { log: on.rekorV1 } : choice === 'v2' ? { log: on.rekorV2 } : choice
  const log = chosen.log ?? on.rekorV1
  const body = bodyOf(log.version, chosen.kind ?? (envelope === null || log.version === 2 ? 'hashedrekord' : 'dsse'), { ...logged, ...chosen.logged }, chosen.envelope ?? envelope)
  const entry = log.version === 1 ? logV1(log, body, chosen.v1) : logV2(log, body, chosen.v2)
  return chosen.change?.(entry) ?? entry
}

function bodyOf(version: 1 | 2, kind: EntryKind, logged: LoggedSignature, envelope: Envelope | null): LogBody {
  if (kind === 'hashedrekord') return version === 1 ? hashedRekordV1(logged) : hashedRekordV2(logged)
  if (envelope === null) throw new Error(`an entry of kind ${kind} is about an envelope`)
  if (kind === 'intoto') return intotoV2(logged, envelope)
  return version === 1 ? dsseV1(logged, envelope) : dsseV2(logged, envelope)
}
