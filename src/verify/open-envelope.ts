import type { Code } from '../base/codes.ts'
import { SealdexError } from '../base/errors.ts'
import { parseJson } from '../base/json.ts'
import * as LIMITS from '../base/limits.ts'
import { parseDsse, preAuthEncoding } from '../envelope/dsse.ts'
import { IN_TOTO_PAYLOAD_TYPE, parseStatement, type Statement } from '../envelope/statement.ts'
import type { FoundEnvelope } from '../form/found.ts'
import { SIGN_PREDICATE } from '../policy/attestations.ts'
import { parseBundle, type Bundle } from '../sigstore/bundle.ts'
import type { SignedContent } from '../sigstore/material.ts'

/** An envelope, read and not checked. */
export type OpenedEnvelope =
  | { readonly state: 'broken'; readonly code: Code }
  /** Signed bytes that are read: `statement` is null for a payload type that is not in-toto's, and for a payload that does not parse. */
  | { readonly state: 'read'; readonly signatures: readonly Uint8Array<ArrayBuffer>[]; readonly signed: Uint8Array<ArrayBuffer>; readonly content: SignedContent; readonly inToto: boolean; readonly statement: Statement | null; readonly bundle: Bundle | null }
  /** A bundle over bytes that do not come along. */
  | { readonly state: 'message' }

export type EnvelopeRole = { readonly role: 'signature' } | { readonly role: 'attestation'; readonly predicateType: string } | { readonly role: 'broken'; readonly code: Code }

/** By its bytes, which are proved: each is opened once, for its role and for its check. */
const opened = new WeakMap<Uint8Array, OpenedEnvelope>()

/** Opens what was fetched; null where nothing was. */
export function openEnvelope({ bytes, container }: Pick<FoundEnvelope, 'bytes' | 'container'>): OpenedEnvelope | null {
  if (bytes === null) return null
  const known = opened.get(bytes) ?? open(bytes, container)
  opened.set(bytes, known)
  return known
}

function open(bytes: Uint8Array<ArrayBuffer>, container: FoundEnvelope['container']): OpenedEnvelope {
  try {
    return container === 'bundle' ? fromBundle(parseBundle(bytes)) : fromDsse(bytes)
  } catch (error) {
    if (!(error instanceof SealdexError)) throw error
    return { state: 'broken', code: error.code }
  }
}

function fromBundle(bundle: Bundle): OpenedEnvelope {
  const { content, signature } = bundle
  if (content.kind === 'message') return { state: 'message' }
  return { state: 'read', signatures: [signature], signed: content.signed, content, ...read(content.payloadType, content.payload), bundle }
}

function fromDsse(bytes: Uint8Array): OpenedEnvelope {
  const { payload, payloadType, signatures } = parseDsse(parseJson(bytes), 'envelope')
  if (signatures.length === 0 || signatures.length > LIMITS.envelopeSignatures) throw new SealdexError('malformed-signature', `The envelope has ${signatures.length} signatures; from 1 to ${LIMITS.envelopeSignatures} are read.`)
  const signed = preAuthEncoding(payloadType, payload)
  return { state: 'read', signatures, signed, content: { kind: 'dsse', payloadType, payload, signed }, ...read(payloadType, payload), bundle: null }
}

function read(payloadType: string, payload: Uint8Array): { readonly inToto: boolean; readonly statement: Statement | null } {
  if (payloadType !== IN_TOTO_PAYLOAD_TYPE) return { inToto: false, statement: null }
  try {
    return { inToto: true, statement: parseStatement(payload) }
  } catch (error) {
    if (!(error instanceof SealdexError)) throw error
    return { inToto: true, statement: null }
  }
}

/** The role comes from the payload's type and predicate alone; what can't be told is listed as a signature, so that nothing is dropped (R10, T28). */
export function roleOfEnvelope(found: FoundEnvelope): EnvelopeRole {
  const envelope = openEnvelope(found)
  if (envelope?.state === 'broken') return { role: 'broken', code: envelope.code }
  const statement = envelope?.state === 'read' ? envelope.statement : null
  return statement === null || statement.predicateType === SIGN_PREDICATE ? { role: 'signature' } : { role: 'attestation', predicateType: statement.predicateType }
}
