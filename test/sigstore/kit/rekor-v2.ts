import { utf8Encode } from '../../../src/base/bytes.ts'
import { rawPublicKey } from './checkpoint.ts'
import type { JsonFields } from './json.ts'
import { hashOf } from './keys.ts'
import type { LogBody } from './log-body.ts'
import type { Random } from './random.ts'
import { entryJson, place, REKOR_DEFAULTS, rekorOf, type ProofChoices, type Rekor, type RekorChoices } from './rekor.ts'

/** Rekor v2: no time, no promise; its checkpoints' origin is its host, its id the whole of the note key's hash (formats.md 13, point 4). */
export function makeRekorV2(random: Random, choices: RekorChoices = {}): Rekor {
  const host = choices.host ?? 'log2026-1.rekor.test'
  return rekorOf(2, random, { ...REKOR_DEFAULTS, kind: 'Ed25519', ...choices, host }, (key) => ({
    origin: host,
    logId: key.kind === 'Ed25519' ? hashOf('SHA-256', utf8Encode(`${host}\n`), Uint8Array.of(1), rawPublicKey(key)) : hashOf('SHA-256', key.spki),
  }))
}

/** Logs a body: the entry as a bundle carries it. */
export function logV2(log: Rekor, body: LogBody, proof: ProofChoices = {}): JsonFields {
  const placed = place(log, body, proof)
  return entryJson(log, body, String(placed.index), { inclusionProof: placed.proof })
}
