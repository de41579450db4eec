import { utf8Encode } from '../base/bytes.ts'
import { SealdexError } from '../base/errors.ts'
import { stringifyJson, type JsonValue } from '../base/json.ts'
import * as LIMITS from '../base/limits.ts'
import { formatTime } from '../base/time.ts'
import { algorithmOf, digestOf, hexOf, type Digest } from '../crypto/digest.ts'
import type { Signer } from '../crypto/private-key.ts'
import { IN_TOTO_PAYLOAD_TYPE } from '../envelope/statement.ts'
import * as ANNOTATION from '../oci/annotations.ts'
import { platformName } from '../oci/platform.ts'
import type { KeylessSigner } from '../sigstore/signing/keyless.ts'
import { writeBundle } from '../sigstore/signing/write-material.ts'
import { attachArtifact, descriptorJson, fileArtifact, pushEmptyConfig, type Artifact } from './artifact.ts'
import { attestedBefore } from './attested-before.ts'
import type { Note, Signing, WrittenObject } from './context.ts'
import { openWriting, subjectOf, type WriteOptions } from './open-writing.ts'
import { readPredicate, type Predicate } from './predicate.ts'
import { openSigning } from './sign.ts'
import { optionalFacts } from './signature-entry.ts'
import type { Subject } from './subject.ts'

export interface AttestOptions extends WriteOptions {
  /** A key, or {@link keylessSigner}. */
  readonly signer: Signer | KeylessSigner
  /** The predicate's file. */
  readonly predicate: Uint8Array
  /** A URI, or one of cosign's short names (`spdxjson`, `slsaprovenance1` …). */
  readonly type: string
  /** Signed along, as annotations of the statement's subject. The prefix `dev.sealdex/` is refused. */
  readonly annotations?: Readonly<Record<string, string>>
  /** The time that is signed, as a Date or in seconds since 1970. Default: now. */
  readonly at?: Date | number
  readonly expiresAt?: Date | number
}

export interface AttestResult {
  readonly version: 1
  /** Canonical. */
  readonly reference: string
  readonly subject: { readonly digest: Digest; readonly platform: string | null }
  readonly predicateType: string
  /** The manifest that carries the bundle. */
  readonly attestation: Digest
  /** `already-attested`: the same key stated the same before, and nothing was written. */
  readonly state: 'attested' | 'already-attested'
  readonly written: readonly WrittenObject[]
  readonly notes: readonly Note[]
}

export const BUNDLE_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json'

/**
 * Signs an in-toto statement about what a reference names, and attaches it as cosign does (formats.md 6): a DSSE envelope in a Sigstore bundle, as a referrer. An attestation
 * is never a signature (R10). What the same key stated before, the time apart, is not written again. Throws a SealdexError: `bad-reference`, `bad-option` for a predicate or type that is not read, `too-large`, and what {@link attach} throws.
 */
export async function attest(reference: string, options: AttestOptions): Promise<AttestResult> {
  const { signer, source, at, expiresAt, annotations } = options
  const { writing, notes } = openWriting(reference, options)
  const signing: Signing = {
    ...openSigning(writing.reference, { signer, source, ...(at !== undefined && { at }), ...(expiresAt !== undefined && { expiresAt }), ...(annotations !== undefined && { annotations }) }, []),
    ...writing,
  }
  const predicate = readPredicate(options.type, options.predicate, signing.facts.signedAt)
  const subject = await subjectOf(writing, options.platform)
  const { predicateType } = predicate
  const done = { version: 1, reference: writing.reference.canonical, subject: { digest: subject.digest, platform: subject.platform === null ? null : platformName(subject.platform) }, predicateType, notes } as const
  const statementAt = (signedAt: number): Uint8Array => statementOf({ ...signing, facts: { ...signing.facts, signedAt } }, subject, readPredicate(options.type, options.predicate, signedAt))
  const earlier = 'kind' in signer ? null : await attestedBefore(writing, subject.digest, { key: signer.publicKey, predicateType, statementAt })
  if (earlier !== null) return { ...done, attestation: earlier, state: 'already-attested', written: [] }
  const artifact = await pushBundle(signing, subject, predicate)
  const attached = await attachArtifact(writing, subject.digest, artifact)
  return { ...done, attestation: artifact.digest, state: 'attested', written: attached === null ? [] : [attached] }
}

/** The manifest that carries the signed statement; its blobs are there, and nothing refers to it yet. */
async function pushBundle(signing: Signing, subject: Subject, predicate: Predicate): Promise<Artifact> {
  const { source, objects } = signing
  const bundle = utf8Encode(writeBundle(await signing.signer.signEnvelope(IN_TOTO_PAYLOAD_TYPE, statementOf(signing, subject, predicate))))
  if (bundle.length > LIMITS.blobBytes) throw new SealdexError('too-large', `With its signature the attestation has ${bundle.length} bytes, and readers take ${LIMITS.blobBytes}: attach the file, and sign that ("sealdex attach --key").`)
  await pushEmptyConfig(signing)
  const pushed = await source.putBlob(objects.repository, bundle, objects.guard)
  if (pushed.state !== 'written') throw new SealdexError(pushed.code, pushed.message)
  return fileArtifact(subject, BUNDLE_TYPE, descriptorJson(BUNDLE_TYPE, await digestOf(bundle), bundle.length), new Map([
    [ANNOTATION.created, formatTime(signing.facts.signedAt)],
    [ANNOTATION.bundleContent, 'dsse-envelope'],
    [ANNOTATION.bundlePredicateType, predicate.predicateType],
  ]))
}

/** With the repository as the subject's name, as cosign writes it, and the facts of W5 beside it. */
function statementOf({ facts, reference }: Signing, { digest, platform }: Subject, { predicateType, predicate }: Predicate): Uint8Array<ArrayBuffer> {
  const about = new Map<string, JsonValue>([['name', reference.repository.name], ['digest', new Map([[algorithmOf(digest), hexOf(digest)]])], ['annotations', optionalFacts(platform, facts)]])
  return utf8Encode(stringifyJson(new Map<string, JsonValue>([['_type', 'https://in-toto.io/Statement/v1'], ['subject', [about]], ['predicateType', predicateType], ['predicate', predicate]])))
}
