import { base64Encode, hexEncode, utf8Encode } from '../../../src/base/bytes.ts'
import type { Deployment } from './deployment.ts'
import type { Bytes } from './der.ts'
import { issueLeaf, type LeafChoices } from './fulcio.ts'
import { hashOf, pem, type SigningKey } from './keys.ts'
import { hashedRekordV1 } from './log-body.ts'
import { place } from './rekor.ts'
import { signPromise } from './rekor-v1.ts'
import { timestamp, type TimestampChoices } from './tsa.ts'
import { NOW } from './window.ts'

/** What a layer of cosign's older `.sig` manifest carries when signed without a key (formats.md 5, and 13, point 5). */
export interface CosignSignature {
  readonly payload: Bytes
  readonly annotations: Readonly<Record<string, string>>
  readonly key: SigningKey
}

export interface CosignChoices {
  readonly digest: string
  readonly reference?: string
  readonly leaf?: LeafChoices
  readonly sct?: boolean
  readonly log?: boolean
  readonly integratedTime?: number
  readonly timestamp?: boolean | TimestampChoices
  readonly optional?: Readonly<Record<string, string>> | null
}

const PREFIX = 'dev.sigstore.cosign'

export function makeCosignSignature(on: Deployment, choices: CosignChoices): CosignSignature {
  const { digest, reference = 'registry.test/demo/app', log = true, integratedTime = NOW, optional = null } = choices
  const leaf = issueLeaf(on.fulcio, on.random, { ...(choices.sct === false ? {} : { ctLogs: [on.ctLog] }), ...choices.leaf })
  const critical = { 'identity': { 'docker-reference': reference }, 'image': { 'docker-manifest-digest': digest }, 'type': 'cosign container image signature' }
  const payload = utf8Encode(JSON.stringify({ critical, optional }))
  const signature = leaf.key.sign(payload)
  const annotations: Record<string, string> = {
    'dev.cosignproject.cosign/signature': base64Encode(signature),
    [`${PREFIX}/certificate`]: pem('CERTIFICATE', leaf.der),
    [`${PREFIX}/chain`]: '',
  }
  if (log) {
    const body = hashedRekordV1({ signature, verifier: { key: leaf.key, certificate: leaf.der }, hash: 'SHA-256', signed: payload })
    const logIndex = on.rekorV1.firstIndex + place(on.rekorV1, body).index
    const set = signPromise(on.rekorV1, body.bytes, integratedTime, logIndex)
    const Payload = { body: base64Encode(body.bytes), integratedTime, logIndex, logID: hexEncode(on.rekorV1.logId) }
    annotations[`${PREFIX}/bundle`] = JSON.stringify({ SignedEntryTimestamp: base64Encode(set), Payload })
  }
  if (choices.timestamp !== undefined && choices.timestamp !== false) {
    const token = timestamp(on.tsa, signature, choices.timestamp === true ? {} : choices.timestamp)
    annotations[`${PREFIX}/rfc3161timestamp`] = JSON.stringify({ SignedRFC3161Timestamp: base64Encode(token) })
  }
  return { payload, annotations, key: leaf.key }
}

/** The digest of an image that is only a name here. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${hexEncode(hashOf('SHA-256', bytes))}`
}
