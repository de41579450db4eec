import type { AlgorithmName } from '../crypto/algorithms.ts'
import type { Digest } from '../crypto/digest.ts'
import type { PublicKey } from '../crypto/public-key.ts'
import type { Certificate } from '../x509/certificate.ts'
import type { TimeWindow } from '../x509/time.ts'

/** A transparency log or a CT log that is trusted. */
export interface TransparencyLog {
  readonly baseUrl: string
  /** Names under which a Rekor v2 of this URL may sign its checkpoints: host with port, host alone. */
  readonly origins: readonly string[]
  /** Lower-case hex of the ids by which evidence may name it: of the log, and of its checkpoint's key. */
  readonly ids: readonly string[]
  readonly key: PublicKey
  readonly algorithm: AlgorithmName
  /** When the key signs for the log. */
  readonly validFor: TimeWindow
}

/** A certificate authority (Fulcio) or a timestamp authority that is trusted. */
export interface Authority {
  readonly uri: string
  /** From the issuing certificate, or a timestamp authority's own, to the root: as the trusted root has them. */
  readonly chain: readonly Certificate[]
  /** When its certificates were issued, or its timestamps made. */
  readonly validFor: TimeWindow
}

/** `trusted_root.json`, read and checked: what keyless evidence is judged by. Nothing that comes with evidence is ever put into it (T36). */
export interface TrustedRoot {
  /** SHA-256 of the canonical JSON: what a verdict says it rests on. */
  readonly digest: Digest
  readonly logs: readonly TransparencyLog[]
  readonly ctLogs: readonly TransparencyLog[]
  readonly certificateAuthorities: readonly Authority[]
  readonly timestampAuthorities: readonly Authority[]
}

/** The log of this id, or null. */
export function logOf(logs: readonly TransparencyLog[], id: string): TransparencyLog | null {
  return logs.find((log) => log.ids.includes(id)) ?? null
}
