import { base64Encode, hexEncode, utf8Encode } from '../../../src/base/bytes.ts'
import { canonicalJson } from '../../../src/base/canonical-json.ts'
import type { Bytes } from './der.ts'
import type { JsonFields } from './json.ts'
import { hashOf } from './keys.ts'
import type { LogBody } from './log-body.ts'
import type { Random } from './random.ts'
import { entryJson, place, REKOR_DEFAULTS, rekorOf, type ProofChoices, type Rekor, type RekorChoices } from './rekor.ts'
import { NOW } from './window.ts'

/** Rekor v1: an ECDSA key, a promise (SET) with the time, a tree whose checkpoints name host and tree. */
export function makeRekorV1(random: Random, choices: RekorChoices = {}): Rekor {
  const host = choices.host ?? 'rekor.test'
  const treeId = Array.from(random.bytes(19), (byte) => byte % 10).join('').replace(/^0/, '1')
  return rekorOf(1, random, { ...REKOR_DEFAULTS, kind: 'P-256', firstIndex: 4_163_431, ...choices, host }, (key) => ({ origin: `${host} - ${treeId}`, logId: hashOf('SHA-256', key.spki) }))
}

/** The SET: over the canonical JSON of these four members. */
export function signPromise(log: Rekor, body: Uint8Array, integratedTime: number, logIndex: number): Bytes {
  return log.key.sign(utf8Encode(canonicalJson({ body: base64Encode(body), integratedTime, logID: hexEncode(log.logId), logIndex })))
}

export interface V1Choices {
  readonly integratedTime?: number
  readonly promise?: boolean
  readonly proof?: boolean | ProofChoices
}

/** Logs a body: the entry as a bundle carries it. */
export function logV1(log: Rekor, body: LogBody, { integratedTime = NOW, promise = true, proof = true }: V1Choices = {}): JsonFields {
  const placed = place(log, body, typeof proof === 'boolean' ? {} : proof)
  const index = log.firstIndex + placed.index
  return entryJson(log, body, String(index), {
    integratedTime: String(integratedTime),
    inclusionPromise: promise ? { signedEntryTimestamp: base64Encode(signPromise(log, body.bytes, integratedTime, index)) } : undefined,
    inclusionProof: proof === false ? undefined : placed.proof,
  })
}
