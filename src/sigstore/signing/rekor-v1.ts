import { base64Decode, base64Encode, hexDecode, hexEncode, utf8Encode } from '../../base/bytes.ts'
import { malformed, SealdexError } from '../../base/errors.ts'
import { arrayField, fixedObject, sizeField, stringField } from '../../base/json-fields.ts'
import { parseJson, type JsonObject } from '../../base/json.ts'
import { writePem } from '../../crypto/pem.ts'
import type { InclusionProof, LogEntry } from '../material.ts'
import { askJson, serviceError, type AskService } from './service.ts'
import type { ToLog } from './to-log.ts'

/** Logs a signature in a Rekor v1: `hashedrekord` 0.0.1, or `dsse` 0.0.1 for an envelope. Gives the entry as it was answered; whether it holds is not checked. Throws `service-error`. */
export async function logInV1(ask: AskService, service: string, entry: ToLog): Promise<LogEntry> {
  const what = 'a log entry'
  const answer = await askJson(ask, { service, path: '/api/v1/log/entries', what, body: entry.envelope === null ? hashedRekord(entry) : dsse(entry, entry.envelope) })
  try {
    const [only, another] = answer.values()
    return another === undefined ? readEntry(fixedObject(only, ['body', 'integratedTime', 'logID', 'logIndex', 'verification'], 'entry')) : malformed('There are several entries.')
  } catch (cause) {
    if (!(cause instanceof SealdexError)) throw cause
    return serviceError(service, `answered something else when asked for ${what}. ${cause.message}`, { cause })
  }
}

function hashedRekord({ signature, certificate, digest }: ToLog): unknown {
  return {
    apiVersion: '0.0.1', kind: 'hashedrekord',
    spec: { signature: { content: base64Encode(signature), publicKey: { content: pemIn(certificate.der) } }, data: { hash: { algorithm: 'sha256', value: hexEncode(digest) } } },
  }
}

function dsse({ signature, certificate }: ToLog, { payloadType, payload }: NonNullable<ToLog['envelope']>): unknown {
  const envelope = JSON.stringify({ payload: base64Encode(payload), payloadType, signatures: [{ sig: base64Encode(signature) }] })
  return { apiVersion: '0.0.1', kind: 'dsse', spec: { proposedContent: { envelope, verifiers: [pemIn(certificate.der)] } } }
}

function pemIn(der: Uint8Array): string {
  return base64Encode(utf8Encode(writePem('CERTIFICATE', der)))
}

/** The kind stands in the body, which is what the log signs. */
function readEntry(entry: JsonObject): LogEntry {
  const body = base64Decode(stringField(entry, 'body', 'entry'))
  const kind = fixedObject(parseJson(body), ['apiVersion', 'kind', 'spec'], 'entry.body')
  const verification = fixedObject(entry.get('verification'), ['inclusionProof', 'signedEntryTimestamp'], 'entry.verification')
  return {
    logId: hexEncode(hexDecode(stringField(entry, 'logID', 'entry'))),
    logIndex: sizeField(entry, 'logIndex', 'entry'),
    kind: stringField(kind, 'kind', 'entry.body'),
    version: stringField(kind, 'apiVersion', 'entry.body'),
    integratedTime: sizeField(entry, 'integratedTime', 'entry'),
    promise: base64Decode(stringField(verification, 'signedEntryTimestamp', 'entry.verification')),
    proof: readProof(fixedObject(verification.get('inclusionProof'), ['logIndex', 'rootHash', 'treeSize', 'hashes', 'checkpoint'], 'entry.verification.inclusionProof')),
    body,
  }
}

/** Hashes in hex, where a bundle has base64. */
function readProof(proof: JsonObject): InclusionProof {
  const where = 'entry.verification.inclusionProof'
  return {
    logIndex: sizeField(proof, 'logIndex', where),
    treeSize: sizeField(proof, 'treeSize', where),
    rootHash: hexDecode(stringField(proof, 'rootHash', where)),
    hashes: arrayField(proof, 'hashes', where).map((hash) => typeof hash === 'string' ? hexDecode(hash) : malformed(`${where}.hashes holds something else than texts.`)),
    checkpoint: stringField(proof, 'checkpoint', where),
  }
}
