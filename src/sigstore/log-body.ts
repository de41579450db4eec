import { base64Decode, equalBytes, hexDecode, utf8Decode } from '../base/bytes.ts'
import { malformed, SealdexError } from '../base/errors.ts'
import { fixedObject, stringField } from '../base/json-fields.ts'
import { parseJson, type JsonObject, type JsonValue } from '../base/json.ts'
import { quoted } from '../base/quoted.ts'
import { parsePem, type PemBlock } from '../crypto/pem.ts'
import type { HashValue, LogEntry } from './material.ts'
import { hashNamed, listOf, protoObject, someBytes } from './proto-json.ts'

/** What a log entry says was signed, and by what. */
export interface LogBody {
  readonly signature: Uint8Array
  readonly verifier: { readonly kind: 'certificate' | 'key'; readonly der: Uint8Array<ArrayBuffer> }
  readonly digest: HashValue
  /** Of what: the bytes that are signed, or the payload inside a DSSE envelope. */
  readonly digestOf: 'signed' | 'payload'
}

type Reader = (spec: JsonObject) => LogBody

/** The kinds of entries that are read (formats.md 7.5, 13.1). */
const READERS: Readonly<Record<string, Reader>> = {
  'hashedrekord 0.0.1': readHashedRekord,
  'dsse 0.0.1': readDsse,
  'intoto 0.0.2': readIntoto,
  'hashedrekord 0.0.2': readHashedRekordV2,
  'dsse 0.0.2': readDsseV2,
}

/** Reads the body of an entry, and that it is of the kind that stands beside it. Throws `malformed…`, or `bundle-unsupported` for another kind. */
export function readLogBody({ body, kind, version }: LogEntry): LogBody {
  const root = fixedObject(parseJson(body), ['apiVersion', 'kind', 'spec'], 'the log entry')
  const named = `${stringField(root, 'kind', 'the log entry')} ${stringField(root, 'apiVersion', 'the log entry')}`
  const beside = `${kind} ${version}`
  if (beside !== ' ' && beside !== named) malformed(`The log entry is a ${quoted(named)}, and ${quoted(beside)} is said of it.`)
  const read = Object.hasOwn(READERS, named) ? READERS[named] : undefined
  if (read === undefined) throw new SealdexError('bundle-unsupported', `A log entry is of the kind ${quoted(named)}, which is not read: ${Object.keys(READERS).join(', ')}.`)
  return read(fixedObject(root.get('spec'), [], 'spec'))
}

function readHashedRekord(spec: JsonObject): LogBody {
  const data = fixedObject(spec.get('data'), ['hash'], 'spec.data')
  const signature = fixedObject(spec.get('signature'), ['content', 'publicKey'], 'spec.signature')
  const key = fixedObject(signature.get('publicKey'), ['content'], 'spec.signature.publicKey')
  return {
    signature: base64Decode(stringField(signature, 'content', 'spec.signature')),
    verifier: readPemVerifier(key, 'content', 'spec.signature.publicKey'),
    digest: readHexHash(data.get('hash'), 'spec.data.hash'),
    digestOf: 'signed',
  }
}

function readDsse(spec: JsonObject): LogBody {
  const signature = only(spec, 'signatures', 'spec', ['signature', 'verifier'])
  return {
    signature: base64Decode(stringField(signature, 'signature', 'spec.signatures[0]')),
    verifier: readPemVerifier(signature, 'verifier', 'spec.signatures[0]'),
    digest: readHexHash(spec.get('payloadHash'), 'spec.payloadHash'),
    digestOf: 'payload',
  }
}

function readIntoto(spec: JsonObject): LogBody {
  const content = fixedObject(spec.get('content'), ['envelope', 'hash', 'payloadHash'], 'spec.content')
  const envelope = fixedObject(content.get('envelope'), ['payload', 'payloadType', 'signatures'], 'spec.content.envelope')
  const signature = only(envelope, 'signatures', 'spec.content.envelope', ['sig', 'publicKey', 'keyid'])
  return {
    // base64 of the base64 that stands in the envelope
    signature: base64Decode(utf8Decode(base64Decode(stringField(signature, 'sig', 'spec.content.envelope.signatures[0]')))),
    verifier: readPemVerifier(signature, 'publicKey', 'spec.content.envelope.signatures[0]'),
    digest: readHexHash(content.get('payloadHash'), 'spec.content.payloadHash'),
    digestOf: 'payload',
  }
}

function readHashedRekordV2(spec: JsonObject): LogBody {
  const record = protoObject(spec.get('hashedRekordV002'), ['data', 'signature'], 'spec.hashedRekordV002')
  return { ...readSignatureV2(record.get('signature'), 'spec.hashedRekordV002.signature'), digest: readHash(record.get('data'), 'spec.hashedRekordV002.data'), digestOf: 'signed' }
}

function readDsseV2(spec: JsonObject): LogBody {
  const record = protoObject(spec.get('dsseV002'), ['payloadHash', 'signatures'], 'spec.dsseV002')
  const [signature] = listOf(record, 'signatures', 'spec.dsseV002', 1, readSignatureV2)
  if (signature === undefined) return malformed('spec.dsseV002.signatures is empty.')
  return { ...signature, digest: readHash(record.get('payloadHash'), 'spec.dsseV002.payloadHash'), digestOf: 'payload' }
}

/** The one element of a list. A second signature would have to be somebody's, and the bundle has one. */
function only(object: JsonObject, name: string, where: string, fields: readonly string[]): JsonObject {
  const [item, another] = listOf(object, name, where, 32, (value, path) => fixedObject(value, fields, path))
  return item !== undefined && another === undefined ? item : malformed(`${where}.${name} has not exactly one entry.`)
}

function readSignatureV2(value: JsonValue | undefined, where: string): Pick<LogBody, 'signature' | 'verifier'> {
  const signature = protoObject(value, ['content', 'verifier'], where)
  const path = `${where}.verifier`
  const verifier = protoObject(signature.get('verifier'), ['keyDetails', 'publicKey', 'x509Certificate'], path)
  const [certificate, key] = [verifier.get('x509Certificate') ?? null, verifier.get('publicKey') ?? null]
  if ((certificate === null) === (key === null)) malformed(`${path} needs a certificate or a key.`)
  const der = someBytes(protoObject(certificate ?? key ?? undefined, ['rawBytes'], path), 'rawBytes', path)
  return { signature: someBytes(signature, 'content', where), verifier: { kind: certificate === null ? 'key' : 'certificate', der } }
}

function readHash(value: JsonValue | undefined, where: string): HashValue {
  const object = protoObject(value, ['algorithm', 'digest'], where)
  const hash = hashNamed(stringField(object, 'algorithm', where)) ?? malformed(`${where}.algorithm is none that is read.`)
  return { hash, value: someBytes(object, 'digest', where) }
}

function readHexHash(value: JsonValue | undefined, where: string): HashValue {
  const object = fixedObject(value, ['algorithm', 'value'], where)
  const hash = hashNamed(stringField(object, 'algorithm', where)) ?? malformed(`${where}.algorithm is none that is read.`)
  return { hash, value: hexDecode(stringField(object, 'value', where)) }
}

const KINDS: Readonly<Record<string, 'certificate' | 'key'>> = { 'CERTIFICATE': 'certificate', 'PUBLIC KEY': 'key' }

/** PEM in base64, as Rekor v1 keeps certificates and keys. */
function readPemVerifier(object: JsonObject, name: string, where: string): LogBody['verifier'] {
  const block = readPem(utf8Decode(base64Decode(stringField(object, name, where))))
  const kind = KINDS[block?.label ?? '']
  return block === null || kind === undefined ? malformed(`${where}.${name} is neither a certificate nor a public key in PEM.`) : { kind, der: block.bytes }
}

function readPem(text: string): PemBlock | null {
  try {
    return parsePem(text)
  } catch {
    return null
  }
}

/** Whether both say the same bytes by the same hash. */
export function sameHash(a: HashValue, hash: HashValue['hash'], value: Uint8Array): boolean {
  return a.hash === hash && equalBytes(a.value, value)
}
