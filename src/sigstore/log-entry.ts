import { base64Encode, equalBytes, utf8Encode } from '../base/bytes.ts'
import { canonicalJson } from '../base/canonical-json.ts'
import { SealdexError } from '../base/errors.ts'
import { formatTime } from '../base/time.ts'
import { verifySignature } from '../crypto/signature.ts'
import { isWithin } from '../x509/time.ts'
import type { SignedBytes } from './signed-bytes.ts'
import { isV1Checkpoint, parseCheckpoint, verifyCheckpoint } from './checkpoint.ts'
import { inOrder } from './in-order.ts'
import { readLogBody } from './log-body.ts'
import type { InclusionProof, LogEntry } from './material.ts'
import { leafHash, rootFromProof } from './merkle.ts'
import { logOf, type TransparencyLog } from './trust.ts'

/** An entry that a trusted log vouches for, about this very signature. */
export interface VerifiedEntry {
  readonly log: TransparencyLog
  /** Null where nobody vouches for it: Rekor v1 proves the place in one of its trees, and signs the number over all of them only in a promise. */
  readonly logIndex: number | null
  /** Seconds since 1970, where the log signed it; null else (T31). */
  readonly time: number | null
  /** By its promise, by a proof that it is in the tree, or both. */
  readonly by: 'promise' | 'inclusion' | 'both'
}

/** What the entry has to be about. */
export interface EntrySubject {
  readonly signature: Uint8Array
  readonly verifier: { readonly kind: 'certificate' | 'key'; readonly der: Uint8Array }
  readonly signed: SignedBytes
  /** The payload inside a DSSE envelope; null for a message. */
  readonly payload: SignedBytes | null
}

/**
 * Checks one entry: a log of the trusted root promised it within its key's validity, or has it in its tree, or both, as far as it comes with either; and it is about
 * this signature (T27). Throws `log-unknown`, `log-entry-invalid`, `log-entry-mismatch`, or what its reading throws.
 */
export async function verifyLogEntry(entry: LogEntry, subject: EntrySubject, logs: readonly TransparencyLog[]): Promise<VerifiedEntry> {
  const log = logOf(logs, entry.logId)
  if (log === null) throw new SealdexError('log-unknown', `The log ${entry.logId} is none of the trusted root's.`)
  const { promise, proof } = entry
  if (promise === null && proof === null) throw new SealdexError('log-entry-invalid', 'The log entry has neither a promise nor a proof of the log.')
  const [time, proven] = await inOrder(promise === null ? Promise.resolve(null) : verifyPromise(entry, promise, log), proof === null ? Promise.resolve(null) : verifyProof(entry, proof, log), verifyBody(entry, subject))
  return { log, logIndex: promise === null ? proven : entry.logIndex, time, by: proof === null ? 'promise' : (promise === null ? 'inclusion' : 'both') }
}

/** The signed entry timestamp: the log's signature over the canonical JSON of the entry (formats.md 5). Gives the time that it signed. */
async function verifyPromise({ body, integratedTime, logId, logIndex }: LogEntry, promise: Uint8Array, log: TransparencyLog): Promise<number> {
  if (integratedTime === null) throw new SealdexError('log-entry-invalid', 'The log entry has a promise and no time.')
  if (!isWithin(log.validFor, integratedTime)) throw new SealdexError('log-unknown', `The key of the log ${log.baseUrl} was not valid at ${formatTime(integratedTime)}.`)
  const signed = utf8Encode(canonicalJson({ body: base64Encode(body), integratedTime, logID: logId, logIndex }))
  if (!await verifySignature(log.key, log.algorithm, promise, signed)) throw new SealdexError('log-entry-invalid', 'The signed entry timestamp is not by the log, or is about another entry.')
  return integratedTime
}

/** Gives the index that is proved, null where it is not the entry's. The body as it is leads, by the proof, to a root that the log signed; all numbers that are said twice are the same (T35, formats.md 13.3). */
async function verifyProof({ logIndex, body }: LogEntry, proof: InclusionProof, log: TransparencyLog): Promise<number | null> {
  const checkpoint = parseCheckpoint(proof.checkpoint)
  // a Rekor v1 counts over all of its trees outside, within one inside
  const isV1 = isV1Checkpoint(checkpoint)
  const index = isV1 ? proof.logIndex : logIndex
  if (index !== proof.logIndex) throw new SealdexError('log-entry-invalid', `The entry says index ${logIndex}, its proof ${proof.logIndex}.`)
  if (proof.treeSize !== checkpoint.size || !equalBytes(proof.rootHash, checkpoint.root)) throw new SealdexError('log-entry-invalid', 'The proof is about another tree than its checkpoint.')
  if (!equalBytes(rootFromProof(leafHash(body), index, checkpoint.size, proof.hashes), checkpoint.root)) throw new SealdexError('log-entry-invalid', 'The inclusion proof does not lead to the root.')
  await verifyCheckpoint(checkpoint, log)
  return isV1 ? null : index
}

/** The entry is about this signature, by this certificate or key, over these bytes (T27). */
async function verifyBody(entry: LogEntry, { signature, verifier, signed, payload }: EntrySubject): Promise<void> {
  const body = readLogBody(entry)
  if (!equalBytes(body.signature, signature)) mismatch('another signature')
  if (body.verifier.kind !== verifier.kind || !equalBytes(body.verifier.der, verifier.der)) mismatch('another certificate or key')
  const about = body.digestOf === 'signed' ? signed : payload
  if (about === null) mismatch('a DSSE envelope, where a message is signed')
  const hash = await about.hash(body.digest.hash)
  if (hash === null) throw new SealdexError('artifact-needed', `The log entry has the ${body.digest.hash} hash of the artifact; give the artifact itself, or its digest by that hash.`)
  if (!equalBytes(hash, body.digest.value)) mismatch('other bytes')
}

function mismatch(what: string): never {
  throw new SealdexError('log-entry-mismatch', `The log entry is about ${what}.`)
}
