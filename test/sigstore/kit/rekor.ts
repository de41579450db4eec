import { base64Encode } from '../../../src/base/bytes.ts'
import { checkpointText, signNote, type NoteSigner } from './checkpoint.ts'
import type { Bytes } from './der.ts'
import { fields, raw, type JsonFields } from './json.ts'
import { makeKey, type KeyKind, type SigningKey } from './keys.ts'
import type { LogBody } from './log-body.ts'
import { inclusionPath, leafHash, rootOf } from './merkle.ts'
import { randomFrom, type Random } from './random.ts'
import { always, type Window } from './window.ts'

/** What both kinds of Rekor have in common: a key, a tree in memory, and entries with proofs out of it. */
export interface Rekor {
  readonly version: 1 | 2
  readonly key: SigningKey
  readonly logId: Bytes
  readonly host: string
  /** First line of its checkpoints. */
  readonly origin: string
  readonly validFor: Window
  /** Hashes of all leaves so far. */
  readonly leaves: Bytes[]
  /** Rekor v1 counts entries over all its shards: the index of this tree's first. */
  readonly firstIndex: number
}

export interface RekorChoices {
  readonly kind?: KeyKind
  readonly host?: string
  readonly validFor?: Window
  /** Entries that are there before ours. */
  readonly before?: number
  readonly firstIndex?: number
}

export function rekorOf(version: 1 | 2, random: Random, choices: Required<RekorChoices>, names: (key: SigningKey) => { origin: string, logId: Bytes }): Rekor {
  const key = makeKey(choices.kind, random)
  const leaves = Array.from({ length: choices.before }, () => leafHash(random.bytes(40)))
  return { version, key, host: choices.host, validFor: choices.validFor, leaves, firstIndex: choices.firstIndex, ...names(key) }
}

export const REKOR_DEFAULTS: Pick<Required<RekorChoices>, 'validFor' | 'before' | 'firstIndex'> = { validFor: always, before: 5, firstIndex: 0 }

/** What can be chosen wrong in a proof. */
export interface ProofChoices {
  /** Entries that come after ours before the checkpoint. */
  readonly after?: number
  readonly origin?: string
  readonly size?: number | string
  readonly root?: Uint8Array
  /** Other lines of the checkpoint. */
  readonly lines?: readonly string[]
  /** Instead of the log's own signature. */
  readonly signers?: readonly NoteSigner[]
  /** Signatures beside the log's. */
  readonly moreSigners?: readonly NoteSigner[]
  readonly hashes?: readonly Uint8Array[]
  /** In the proof itself. */
  readonly logIndex?: string
  readonly treeSize?: string
  readonly rootHash?: Uint8Array
}

export interface Placed {
  readonly index: number
  readonly proof: JsonFields
}

/** Puts a body into the log, and proves it. */
export function place(log: Rekor, body: LogBody, choices: ProofChoices = {}): Placed {
  const index = log.leaves.push(leafHash(body.bytes)) - 1
  const filler = randomFrom(`${log.origin}/${index}`)
  for (let k = 0; k < (choices.after ?? 3); k++) log.leaves.push(leafHash(filler.bytes(40)))
  const [size, root] = [log.leaves.length, rootOf(log.leaves)]
  const text = checkpointText(choices.origin ?? log.origin, choices.size ?? size, choices.root ?? root, choices.lines)
  const signers = choices.signers ?? [{ name: log.host, key: log.key }]
  const proof = fields({
    logIndex: choices.logIndex ?? String(index),
    rootHash: base64Encode(choices.rootHash ?? root),
    treeSize: choices.treeSize ?? String(size),
    hashes: (choices.hashes ?? inclusionPath(log.leaves, index)).map(base64Encode),
    checkpoint: { envelope: signNote(text, [...signers, ...(choices.moreSigners ?? [])]) },
  })
  return { index, proof }
}

/** The members of an entry in a bundle. */
export function entryJson(log: Rekor, body: LogBody, logIndex: string, rest: Parameters<typeof fields>[0]): JsonFields {
  return fields({ logIndex, logId: raw(log.logId, 'keyId'), kindVersion: { kind: body.kind, version: body.version }, ...rest, canonicalizedBody: base64Encode(body.bytes) })
}
