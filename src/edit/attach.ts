import { SealdexError } from '../base/errors.ts'
import type { JsonValue } from '../base/json.ts'
import * as LIMITS from '../base/limits.ts'
import { quoted } from '../base/quoted.ts'
import type { Digest } from '../crypto/digest.ts'
import type { Signer } from '../crypto/private-key.ts'
import * as ANNOTATION from '../oci/annotations.ts'
import { platformName } from '../oci/platform.ts'
import type { KeylessSigner } from '../sigstore/signing/keyless.ts'
import { contentOf, type BlobContent } from '../source/blob-content.ts'
import type { UploadProgress } from '../source/blob-upload.ts'
import { attachArtifact, descriptorJson, fileArtifact, pushEmptyConfig, type Artifact } from './artifact.ts'
import type { Note, Writing, WrittenObject } from './context.ts'
import { signDetached } from './detached.ts'
import { openWriting, subjectOf, type WriteOptions } from './open-writing.ts'
import { openSigning } from './sign.ts'
import type { Subject, SubjectState } from './subject.ts'

export interface AttachOptions extends WriteOptions {
  /** The file's bytes, or content that is read piece by piece. */
  readonly content: Uint8Array<ArrayBuffer> | BlobContent
  /** A media type: what kind of thing it is. */
  readonly artifactType: string
  /** Of the file itself. Default: the same as `artifactType`. */
  readonly mediaType?: string
  /** A name for the file, without folders. */
  readonly title?: string
  /** Signs the artifact's manifest, so that what is attached is more than a claim (R5). */
  readonly signer?: Signer | KeylessSigner
  /** The time that is signed, as a Date or in seconds since 1970. Default: now. */
  readonly at?: Date | number
  /** Bytes of the file that the registry has taken. */
  readonly onUpload?: UploadProgress
}

export interface AttachResult {
  readonly version: 1
  /** Canonical. */
  readonly reference: string
  readonly subject: { readonly digest: Digest; readonly platform: string | null }
  readonly artifact: { readonly digest: Digest; readonly artifactType: string; readonly mediaType: string; readonly blob: Digest; readonly size: number }
  readonly state: 'attached' | 'already-attached'
  /** Null: it was not to be signed. */
  readonly signature: SubjectState | null
  readonly written: readonly WrittenObject[]
  readonly notes: readonly Note[]
}

/**
 * Attaches a file to what a reference names: a manifest whose `subject` names it, in the registry's list of referrers or at the digest tag (R2, W2, W4). The manifest is the
 * same for the same file, so that attaching again, or going on after a failure, ends the same. Throws a SealdexError: `bad-reference`, `bad-option`,
 * `reference-not-found`, `no-such-platform`, `unauthorized`, `registry-full`, `digest-mismatch` for content that is not what it was said to be, `write-contended`, and the codes of a registry that fails.
 */
export async function attach(reference: string, options: AttachOptions): Promise<AttachResult> {
  const { artifactType, mediaType = artifactType, title } = options
  for (const type of [artifactType, mediaType]) if (!isMediaType(type)) throw new SealdexError('bad-option', `${quoted(type)} is no media type, such as application/spdx+json.`)
  if (title !== undefined && !isTitle(title)) throw new SealdexError('bad-option', `${quoted(title)} is no name for a file.`)
  const content = 'chunks' in options.content ? options.content : await contentOf(options.content)
  const { writing, notes } = openWriting(reference, options, (content.size / LIMITS.uploadBytesPerSecond) * 1_000)
  const subject = await subjectOf(writing, options.platform)
  await pushFile(writing, content, options.onUpload)
  const titled: readonly (readonly [string, JsonValue])[] = title === undefined ? [] : [['annotations', new Map([[ANNOTATION.title, title]])]]
  const artifact = await fileArtifact(subject, artifactType, new Map([...descriptorJson(mediaType, content.digest, content.size), ...titled]))
  const attached = await attachArtifact(writing, subject.digest, artifact)
  const signed = options.signer === undefined ? null : await signArtifact(writing, { ...options, signer: options.signer }, artifact, subject)
  return {
    version: 1,
    reference: writing.reference.canonical,
    subject: { digest: subject.digest, platform: subject.platform === null ? null : platformName(subject.platform) },
    artifact: { digest: artifact.digest, artifactType, mediaType, blob: content.digest, size: content.size },
    state: attached === null ? 'already-attached' : 'attached',
    signature: signed?.state ?? null,
    written: [...(attached === null ? [] : [attached]), ...(signed?.written ?? [])],
    notes,
  }
}

/** Blobs before what names them: a failure leaves nothing behind that is referred to. */
async function pushFile(writing: Writing, content: BlobContent, onUpload: UploadProgress | undefined): Promise<void> {
  const { source, objects } = writing
  await pushEmptyConfig(writing)
  const result = await source.putBlob(objects.repository, content, objects.guard, onUpload)
  if (result.state !== 'written') throw new SealdexError(result.code, `${result.message} Nothing refers to what was sent so far; the same again goes on.`)
}

async function signArtifact(writing: Writing, options: AttachOptions & { readonly signer: Signer | KeylessSigner }, artifact: Artifact, subject: Subject): Promise<{ readonly state: SubjectState; readonly written: readonly WrittenObject[] }> {
  const { signer, source, at } = options
  try {
    const signing = openSigning({ ...writing.reference, tag: null, digest: artifact.digest }, { signer, source, ...(at !== undefined && { at }) }, [])
    const { signing: work, written } = await signDetached({ ...signing, ...writing, reference: signing.reference }, { digest: artifact.digest, platform: null, descriptor: artifact.descriptor }, subject)
    return { state: work.state, written }
  } catch (cause) {
    if (!(cause instanceof SealdexError)) throw cause
    throw new SealdexError(cause.code, `The file is attached, as ${artifact.digest}, and its manifest could not be signed; the same again goes on. ${cause.message}`, { cause })
  }
}

/** RFC 6838, type and subtype alone. */
function isMediaType(text: string): boolean {
  return /^[A-Za-z0-9][\w!#$&^.+-]{0,126}\/[A-Za-z0-9][\w!#$&^.+-]{0,126}$/.test(text)
}

function isTitle(text: string): boolean {
  return text !== '' && text.length <= 255 && text.isWellFormed() && !/[/\\\p{Cc}]/u.test(text)
}
