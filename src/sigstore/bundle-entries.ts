import { base64Decode, hexEncode } from '../base/bytes.ts'
import { malformed } from '../base/errors.ts'
import type { JsonObject, JsonValue } from '../base/json.ts'
import * as LIMITS from '../base/limits.ts'
import type { InclusionProof, LogEntry } from './material.ts'
import { bytesOf, indexOf, listOf, optionalMessage, protoObject, someBytes, textOf } from './proto-json.ts'

/** More levels than a tree of 2^53 entries has. */
const MOST_HASHES = 64

/** The log entries of a bundle of version 0.`minor`: at most 32, none twice, each with what that version demands (formats.md 7.1). Throws `malformed`, `malformed-base64`. */
export function readLogEntries(material: JsonObject, minor: number, where: string): readonly LogEntry[] {
  const entries = listOf(material, 'tlogEntries', where, LIMITS.bundleLogEntries, readLogEntry)
  for (const [at, entry] of entries.entries()) {
    const { logId, logIndex, promise, proof } = entry
    if (minor === 1 && promise === null) malformed(`${where}.tlogEntries[${at}] has no inclusionPromise, which a bundle of version 0.1 needs.`)
    if (minor > 1 && proof === null) malformed(`${where}.tlogEntries[${at}] has no inclusionProof, which a bundle of version 0.${minor} needs.`)
    if (entries.findIndex((other) => other.logId === logId && other.logIndex === logIndex) !== at) malformed(`${where}.tlogEntries holds one entry twice.`)
  }
  return entries
}

/** One TransparencyLogEntry. Throws `malformed`, `malformed-base64`. */
export function readLogEntry(item: JsonValue, where: string): LogEntry {
  const entry = protoObject(item, ['logIndex', 'logId', 'kindVersion', 'integratedTime', 'inclusionPromise', 'inclusionProof', 'canonicalizedBody'], where)
  const logId = protoObject(entry.get('logId'), ['keyId'], `${where}.logId`)
  const kindVersion = optionalMessage(entry, 'kindVersion', ['kind', 'version'], where) ?? new Map<string, JsonValue>()
  const promise = optionalMessage(entry, 'inclusionPromise', ['signedEntryTimestamp'], where)
  const integratedTime = indexOf(entry, 'integratedTime', where)
  return {
    logId: hexEncode(someBytes(logId, 'keyId', `${where}.logId`)),
    logIndex: indexOf(entry, 'logIndex', where),
    kind: textOf(kindVersion, 'kind', `${where}.kindVersion`),
    version: textOf(kindVersion, 'version', `${where}.kindVersion`),
    integratedTime: integratedTime === 0 ? null : integratedTime,
    promise: promise === null ? null : someBytes(promise, 'signedEntryTimestamp', `${where}.inclusionPromise`),
    proof: readProof(entry, where),
    body: someBytes(entry, 'canonicalizedBody', where),
  }
}

function readProof(entry: JsonObject, above: string): InclusionProof | null {
  const proof = optionalMessage(entry, 'inclusionProof', ['logIndex', 'rootHash', 'treeSize', 'hashes', 'checkpoint'], above)
  if (proof === null) return null
  const where = `${above}.inclusionProof`
  const checkpoint = optionalMessage(proof, 'checkpoint', ['envelope'], where)
  const note = checkpoint === null ? '' : textOf(checkpoint, 'envelope', `${where}.checkpoint`)
  if (note === '') malformed(`${where} has no checkpoint, so nobody signed its root.`)
  return {
    logIndex: indexOf(proof, 'logIndex', where),
    treeSize: indexOf(proof, 'treeSize', where),
    rootHash: bytesOf(proof, 'rootHash', where),
    hashes: listOf(proof, 'hashes', where, MOST_HASHES, (hash, path) => typeof hash === 'string' ? base64Decode(hash) : malformed(`${path} is no text.`)),
    checkpoint: note,
  }
}

/** The timestamps of a bundle, at most 32, unread. Throws `malformed`, `malformed-base64`. */
export function readTimestampList(data: JsonObject, where: string): readonly Uint8Array<ArrayBuffer>[] {
  return listOf(data, 'rfc3161Timestamps', where, LIMITS.bundleTimestamps, (item, path) => someBytes(protoObject(item, ['signedTimestamp'], path), 'signedTimestamp', path))
}
