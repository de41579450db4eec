import { equalBytes } from '../base/bytes.ts'
import { SealdexError } from '../base/errors.ts'
import { stringifyJson, type JsonValue } from '../base/json.ts'
import { formatTime } from '../base/time.ts'
import { VERSION } from '../base/version.ts'
import { digestOf, hexOf } from '../crypto/digest.ts'
import type { Signer } from '../crypto/private-key.ts'
import { readEcdsaSignature, verifySignature } from '../crypto/signature.ts'
import { parseCose } from '../envelope/cose.ts'
import { parseJws } from '../envelope/jws.ts'
import type { NotationAlgorithm } from '../envelope/notation-attributes.ts'
import { parseNotationPayload, writeNotationPayload } from '../envelope/notation-payload.ts'
import { writeJws } from '../envelope/write-jws.ts'
import { NOTATION_FORM } from '../form/notation.ts'
import * as ANNOTATION from '../oci/annotations.ts'
import * as MEDIA from '../oci/media.ts'
import type { CheckedSignature } from '../verify/checker.ts'
import { factsFit, factsOfNotation } from '../verify/facts.ts'
import type { LoadedDocument } from '../verify/objects.ts'
import type { Certificate } from '../x509/certificate.ts'
import { artifactOf, attachArtifact, descriptorJson, EMPTY, pushEmptyConfig, type Artifact } from './artifact.ts'
import type { Writing, WrittenObject } from './context.ts'
import type { OtherForm } from './export-again.ts'
import { algorithmOf, certificatesFor } from './notation-certificates.ts'
import { subjectField } from './referrer.ts'
import { rootSubject } from './subject.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** Who signs, checked. */
interface NotationSigner {
  readonly signer: Signer
  readonly algorithm: NotationAlgorithm
  readonly certificates: readonly Certificate[]
  /** Seconds since 1970. */
  readonly at: number
}

/** Notation's signatures (formats.md 9), by a key with its certificates (PEM, the signer's first, the root last). Throws as {@link algorithmOf} and {@link certificatesFor} do. */
export async function notationForm(writing: Writing, signer: Signer, pem: string, at: number): Promise<OtherForm> {
  const own: NotationSigner = { signer, algorithm: algorithmOf(signer), certificates: await certificatesFor(signer, pem, at), at }
  return {
    isInPlace: ({ found }) => found.form === NOTATION_FORM,
    isSame: (signature) => isSame(signature, own),
    write: (subject, expiresAt) => write(writing, subject, own, expiresAt),
  }
}

/** By the same certificate, about the same thing, and in force: a certificate alone is a claim, so the key is tried. */
async function isSame({ found }: CheckedSignature, { signer, algorithm, certificates, at }: NotationSigner): Promise<boolean> {
  if (found.kind !== 'notation' || found.bytes === null) return false
  try {
    const envelope = found.container === 'jws' ? parseJws(found.bytes) : parseCose(found.bytes)
    const isOurs = certificates.length === envelope.certificates.length && certificates.every(({ der }, i) => equalBytes(der, envelope.certificates[i] ?? new Uint8Array(0)))
    if (!isOurs || !(await verifySignature(signer.publicKey, algorithm.name, envelope.signature, envelope.signed, 'raw'))) return false
    const facts = factsOfNotation(parseNotationPayload(envelope.payload), envelope)
    return facts.digest === found.beside.digest && facts.role === 'image' && factsFit(facts, found.beside, false) && (facts.expiresAt === null || at <= facts.expiresAt)
  } catch (error) {
    if (!(error instanceof SealdexError)) throw error
    return false
  }
}

async function write(writing: Writing, subject: LoadedDocument, own: NotationSigner, expiresAt: number | null): Promise<WrittenObject | null> {
  const envelope = await envelopeAbout(subject, own, expiresAt)
  await pushEmptyConfig(writing)
  const pushed = await writing.source.putBlob(writing.objects.repository, envelope, writing.objects.guard)
  if (pushed.state !== 'written') throw new SealdexError(pushed.code, pushed.message)
  return attachArtifact(writing, subject.digest, await manifestOf(subject, envelope, own))
}

function envelopeAbout({ digest, size, document: { mediaType } }: LoadedDocument, { signer, algorithm, certificates, at }: NotationSigner, expiry: number | null): Promise<Bytes> {
  return writeJws({
    payload: writeNotationPayload({ digest, mediaType, size }),
    algorithm, signingTime: at, expiry,
    certificates: certificates.map(({ der }) => der),
    agent: `sealdex/${VERSION}`,
    sign: (bytes) => joseSignature(signer, algorithm, bytes),
  })
}

/** What a key in a service answers is tried before anything is written. */
async function joseSignature(signer: Signer, { name, signatureBytes }: NotationAlgorithm, bytes: Bytes): Promise<Bytes> {
  const { publicKey } = signer
  const signature = await signer.sign(bytes)
  const raw = publicKey.type === 'rsa' ? signature : readEcdsaSignature(signature, signatureBytes / 2)
  if (raw !== null && (await verifySignature(publicKey, name, raw, bytes, 'raw'))) return raw
  throw new SealdexError('bad-key', 'What the signer answers is no signature by its own key.')
}

/** As notation writes it (12.4): the type is the config's, and the thumbprints of all certificates are a JSON list in an annotation. */
async function manifestOf(subject: LoadedDocument, envelope: Bytes, { certificates, at }: NotationSigner): Promise<Artifact> {
  const thumbprints = await Promise.all(certificates.map(async ({ der }) => hexOf(await digestOf(der))))
  return artifactOf(MEDIA.ociManifest, new Map<string, JsonValue>([
    ['config', descriptorJson(MEDIA.notationSignature, await digestOf(EMPTY), EMPTY.length)],
    ['layers', [descriptorJson(MEDIA.jws, await digestOf(envelope), envelope.length)]],
    ['subject', subjectField(rootSubject(subject))],
    ['annotations', new Map([[ANNOTATION.notationThumbprints, stringifyJson(thumbprints)], [ANNOTATION.created, formatTime(at)]])],
  ]))
}
