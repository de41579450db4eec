import { hexEncode } from '../base/bytes.ts'
import { SealdexError } from '../base/errors.ts'
import { quoted } from '../base/quoted.ts'
import type { HashName } from '../crypto/algorithms.ts'
import { IN_TOTO_PAYLOAD_TYPE, parseStatement, type Statement, type StatementSubject } from '../envelope/statement.ts'
import { signedBytes, type Artifact } from './artifact.ts'
import { parseBundle, type Bundle } from './bundle.ts'
import type { MaterialOptions } from './requirements.ts'
import type { TrustedRoot } from './trust.ts'
import type { SignedBytes } from './signed-bytes.ts'
import { verifyMaterial, type MaterialResult } from './verify-material.ts'

export interface BundleOptions extends Omit<MaterialOptions, 'at'> {
  /** Later times are not believed; now, where it is not given. */
  readonly at?: Date
}

/** A bundle that holds, and all that it rests on. */
export interface BundleResult extends MaterialResult {
  readonly mediaType: string
  /** What was signed in a DSSE envelope; null for a signature over the artifact itself. */
  readonly statement: Statement | null
}

/**
 * Verifies a Sigstore bundle about an artifact (its bytes, or its digest): the signature, the certificate's path and identity or the caller's key, log entries, timestamps, SCTs.
 * Whatever broken came along is an error unless `strict` is false. Throws a {@link SealdexError}; for what, docs/codes.md.
 */
export async function verifyBundle(bundle: Bundle | Uint8Array, artifact: Artifact, trust: TrustedRoot, options: BundleOptions = {}): Promise<BundleResult> {
  const parsed = bundle instanceof Uint8Array ? parseBundle(bundle) : bundle
  const { at = new Date(), strict = true, ...rest } = options
  const isMessage = parsed.content.kind === 'message'
  const statement = isMessage ? null : await statementAbout(parsed, artifact)
  const result = await verifyMaterial(parsed, isMessage ? signedBytes(artifact) : null, trust, { ...rest, strict, at: at.getTime() / 1000 })
  return { mediaType: parsed.mediaType, statement, ...result }
}

/** The statement of the envelope, if the artifact is one of its subjects. What the envelope holds is believed only once the signature is checked. */
async function statementAbout({ content }: Bundle, artifact: Artifact): Promise<Statement | null> {
  if (content.kind !== 'dsse') return null
  if (content.payloadType !== IN_TOTO_PAYLOAD_TYPE) throw new SealdexError('bundle-unsupported', `The envelope holds ${quoted(content.payloadType)}; only in-toto statements say which artifact they are about.`)
  const statement = parseStatement(content.payload)
  const bytes = signedBytes(artifact)
  for (const subject of statement.subjects) if (await isAbout(subject, bytes)) return statement
  throw new SealdexError('other-digest', 'The artifact is none of the subjects that the signed statement is about.')
}

const HASHES: readonly (readonly [string, HashName])[] = [['sha256', 'SHA-256'], ['sha384', 'SHA-384'], ['sha512', 'SHA-512']]

/** At least one digest is the artifact's, and none that can be compared is another's. */
async function isAbout({ digest }: StatementSubject, bytes: SignedBytes): Promise<boolean> {
  let found = false
  for (const [name, hash] of HASHES) {
    const stated = digest.get(name)
    const own = stated === undefined ? null : await bytes.hash(hash)
    if (own === null) continue
    if (hexEncode(own) !== stated) return false
    found = true
  }
  return found
}
