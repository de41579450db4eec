import { base64Decode, concatBytes, equalBytes, utf8Encode } from '../base/bytes.ts'
import { SealdexError } from '../base/errors.ts'
import * as LIMITS from '../base/limits.ts'
import { sha256Now } from '../crypto/digest.ts'
import { verifySignature } from '../crypto/signature.ts'
import type { TransparencyLog } from './trust.ts'

interface NoteSignature {
  readonly name: string
  /** First four bytes of the key's hash. */
  readonly hint: Uint8Array
  readonly signature: Uint8Array
}

/** A log's statement about its tree, as a signed note (formats.md 7.3). Not checked yet. */
export interface Checkpoint {
  readonly origin: string
  readonly size: number
  readonly root: Uint8Array<ArrayBuffer>
  /** What is signed, with its last line break. */
  readonly text: string
  readonly signatures: readonly NoteSignature[]
}

const SIGNATURE_LINE = /^\u2014 ([^\s+]{1,256}) ([A-Za-z0-9+/]+={0,2})$/
const V1_ORIGIN = /^(.*) - \d+$/

function refuse(why: string): never {
  throw new SealdexError('log-entry-invalid', `The checkpoint does not hold: ${why}.`)
}

/** Reads a signed note whose text is a checkpoint. Throws `log-entry-invalid`, `malformed-base64`. */
export function parseCheckpoint(envelope: string): Checkpoint {
  // signature lines hold no blank line, so the last one ends the text
  const blank = envelope.lastIndexOf('\n\n')
  if (blank < 0 || !envelope.endsWith('\n')) refuse('it is not a text, a blank line and signatures')
  const text = envelope.slice(0, blank + 1)
  const lines = envelope.slice(blank + 2, -1).split('\n')
  if (lines.length > LIMITS.checkpointSignatures) refuse(`it has ${lines.length} signatures; at most ${LIMITS.checkpointSignatures} are read`)
  const [origin = '', size = '', root = '', ...extensions] = text.slice(0, -1).split('\n')
  if (origin === '' || !/^(?:0|[1-9][0-9]{0,15})$/.test(size) || !Number.isSafeInteger(Number(size))) refuse('its first lines are not the origin and the size of a tree')
  const hash = base64Decode(root)
  if (hash.length !== 32) refuse('its third line is not a hash')
  if (extensions.includes('')) refuse('a line of its text is empty')
  return { origin, size: Number(size), root: hash, text, signatures: lines.map(parseSignature) }
}

function parseSignature(line: string): NoteSignature {
  const [, name, encoded] = SIGNATURE_LINE.exec(line) ?? []
  if (name === undefined || encoded === undefined) return refuse('a line below it is no signature')
  const bytes = base64Decode(encoded)
  if (bytes.length < 5) refuse('a signature of it is too short')
  return { name, hint: bytes.subarray(0, 4), signature: bytes.subarray(4) }
}

/** Whether a Rekor v1 wrote it: its origin is `host - treeID`. */
export function isV1Checkpoint(checkpoint: Checkpoint): boolean {
  return V1_ORIGIN.test(checkpoint.origin)
}

/**
 * Checks that the log itself signed it: the signature with the origin's name and the log key's hint, whatever others (witnesses, other keys) stand beside it (T35).
 * Throws `log-entry-invalid`.
 */
export async function verifyCheckpoint(checkpoint: Checkpoint, log: TransparencyLog): Promise<void> {
  const { origin, text, signatures } = checkpoint
  const name = V1_ORIGIN.exec(origin)?.[1] ?? origin
  // a Rekor v1 names itself as it was configured; its key alone says which log it is
  if (name === origin && !log.origins.includes(origin)) refuse(`its origin is not the log ${log.baseUrl}`)
  const hint = keyHint(log, name)
  const own = signatures.find((signature) => signature.name === name && equalBytes(signature.hint, hint))
  if (own === undefined) refuse('the log did not sign it')
  if (!await verifySignature(log.key, log.algorithm, own.signature, utf8Encode(text))) refuse('its signature is not by the log')
}

const hints = new WeakMap<TransparencyLog, Map<string, Uint8Array>>()

/** ECDSA: the first bytes of SHA-256 of the SPKI; Ed25519: of the name, a line break, 1 and the key. */
function keyHint(log: TransparencyLog, name: string): Uint8Array {
  const known = hints.get(log) ?? new Map<string, Uint8Array>()
  hints.set(log, known)
  const { key } = log
  const input = key.type === 'ed25519' ? concatBytes(utf8Encode(`${name}\n`), Uint8Array.of(1), key.raw) : key.spki
  const hint = known.get(name) ?? sha256Now(input).subarray(0, 4)
  // names are checked against the trusted root or are few: no stranger can fill this
  if (known.size < 16) known.set(name, hint)
  return hint
}
