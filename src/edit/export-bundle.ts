import { utf8Encode } from '../base/bytes.ts'
import { SealdexError } from '../base/errors.ts'
import { formatTime } from '../base/time.ts'
import { digestOf, type Digest } from '../crypto/digest.ts'
import type { Signer } from '../crypto/private-key.ts'
import { ANNOTATION } from '../oci/annotations.ts'
import { attachArtifact, descriptorJson, fileArtifact, pushEmptyConfig } from './artifact.ts'
import { BUNDLE_TYPE } from './attest.ts'
import { loadedOrThrow, type Signing, type Writing, type WrittenObject } from './context.ts'
import type { Convertible, Unconvertible } from './convertible.ts'
import type { ExportResult } from './export.ts'
import { openSigning } from './sign.ts'
import { bundleAbout, SIGN_PREDICATE } from './statement.ts'
import { rootSubject } from './subject.ts'
import { entrySigner } from './entry-signer.ts'

interface ExportedBundles {
  readonly converted: ExportResult['converted']
  readonly written: readonly WrittenObject[]
  /** By others than the key: their word is not given again in its name. */
  readonly foreign: readonly Unconvertible[]
}

/** Signs again, as a Sigstore bundle that refers to it (formats.md 6), each subject that the key signed before. */
export async function exportBundles(writing: Writing, all: readonly Convertible[], signer: Signer, at: number): Promise<ExportedBundles> {
  const own = entrySigner(signer)
  const mine: Convertible[] = []
  const foreign: Unconvertible[] = []
  for (const one of all) {
    if (one.certificate === null && (await own.hasSigned(one.found, one.payload, at))) mine.push(one)
    else foreign.push({ subject: one.subject, form: one.found.form, at: one.found.at, message: `The signature ${one.found.at} beside ${one.subject} is not by the key that was given.` })
  }
  const signing: Signing = { ...openSigning(writing.reference, { signer, source: writing.source, at }, []), ...writing }
  const written: WrittenObject[] = []
  for (const subject of new Set(mine.map((one) => one.subject))) written.push(...(await writeBundleFor(signing, subject)))
  return { converted: mine.map(({ subject, found }) => ({ subject, form: found.form, at: found.at, state: 'written' })), written, foreign }
}

async function writeBundleFor(signing: Signing, digest: Digest): Promise<readonly WrittenObject[]> {
  const { objects, source, facts } = signing
  const subject = rootSubject(loadedOrThrow(await objects.document(digest, null), digest))
  const bundle = utf8Encode(await bundleAbout(signing, [subject]))
  await pushEmptyConfig(signing)
  const pushed = await source.putBlob(objects.repository, bundle, objects.guard)
  if (pushed.state !== 'written') throw new SealdexError(pushed.code, pushed.message)
  const artifact = await fileArtifact(subject, BUNDLE_TYPE, descriptorJson(BUNDLE_TYPE, await digestOf(bundle), bundle.length), new Map([
    [ANNOTATION.created, formatTime(facts.signedAt)],
    [ANNOTATION.bundleContent, 'dsse-envelope'],
    [ANNOTATION.bundlePredicateType, SIGN_PREDICATE],
  ]))
  const attached = await attachArtifact(signing, digest, artifact)
  return attached === null ? [] : [attached]
}
