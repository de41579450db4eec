import { utf8Encode } from '../base/bytes.ts'
import { SealdexError } from '../base/errors.ts'
import { formatTime } from '../base/time.ts'
import { digestOf } from '../crypto/digest.ts'
import type { Signer } from '../crypto/private-key.ts'
import * as ANNOTATION from '../oci/annotations.ts'
import { attachArtifact, descriptorJson, fileArtifact, pushEmptyConfig } from './artifact.ts'
import { BUNDLE_TYPE } from './attest.ts'
import type { Signing, Writing, WrittenObject } from './context.ts'
import { isCosigns } from './convertible.ts'
import type { OtherForm } from './export-again.ts'
import { openSigning } from './sign.ts'
import { isInForce } from './signed-before.ts'
import { bundleAbout, SIGN_PREDICATE } from './statement.ts'
import type { LoadedDocument } from '../verify/objects.ts'
import { rootSubject } from './subject.ts'

/** Sigstore bundles that refer to what they sign (formats.md 6). `at`: seconds since 1970. */
export function bundleForm(writing: Writing, signer: Signer, at: number): OtherForm {
  return {
    isInPlace: ({ found, place }) => isCosigns(found, place),
    isSame: async (signature) => signature.found.kind === 'envelope' && signature.found.container === 'bundle' && isInForce(signature),
    write: (subject, expiresAt) => writeBundle({ ...openSigning(writing.reference, { signer, source: writing.source, at, ...(expiresAt !== null && { expiresAt }) }, []), ...writing }, subject),
  }
}

async function writeBundle(signing: Signing, loaded: LoadedDocument): Promise<WrittenObject | null> {
  const subject = rootSubject(loaded)
  const { objects, source, facts } = signing
  const bundle = utf8Encode(await bundleAbout(signing, [subject]))
  await pushEmptyConfig(signing)
  const pushed = await source.putBlob(objects.repository, bundle, objects.guard)
  if (pushed.state !== 'written') throw new SealdexError(pushed.code, pushed.message)
  return attachArtifact(signing, subject.digest, await fileArtifact(subject, BUNDLE_TYPE, descriptorJson(BUNDLE_TYPE, await digestOf(bundle), bundle.length), new Map([
    [ANNOTATION.created, formatTime(facts.signedAt)],
    [ANNOTATION.bundleContent, 'dsse-envelope'],
    [ANNOTATION.bundlePredicateType, SIGN_PREDICATE],
  ])))
}
