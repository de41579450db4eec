/** Every stable code that an error, a verdict's reason, a signature or a place can carry; src/base/code-meanings.ts says what each means. */
export type Code = ReadingCode | OtherCode

/** What reading an object or a place can end with: all that recorded evidence says of what it does not hold. */
export type ReadingCode = typeof READING[number]

const READING = [
  // wrong use
  'bad-reference',
  // bytes and documents
  'malformed', 'malformed-json', 'malformed-der', 'malformed-base64', 'unsupported-digest', 'digest-mismatch', 'content-type-mismatch',
  // reading
  'not-found', 'reference-not-found', 'unauthorized', 'rate-limited', 'registry-error', 'unreachable', 'timeout', 'forbidden-address', 'request-budget',
  'too-large', 'evidence-too-large', 'too-deep', 'too-many-descriptors', 'too-many-referrers', 'too-many-signatures', 'not-in-evidence',
] as const

type OtherCode =
  // wrong use
  | 'bad-option' | 'bad-policy' | 'bad-key' | 'bad-password'
  // signatures
  | 'malformed-signature' | 'signature-invalid' | 'other-digest' | 'other-facts' | 'payload-unknown' | 'no-trusted-key' | 'outside-key-window'
  | 'no-signature-time' | 'namespace-mismatch' | 'expired' | 'form-unsupported' | 'critical-unknown' | 'plugin-needed' | 'no-signing-authority' | 'not-needed'
  // certificates and timestamps
  | 'bad-certificate' | 'untrusted-certificate' | 'certificate-expired' | 'certificate-misused' | 'bad-timestamp' | 'untrusted-timestamp'
  // sigstore
  | 'bad-trust-root' | 'trust-root-expired' | 'trust-root-invalid' | 'trust-root-old' | 'bundle-unsupported' | 'log-entry-invalid' | 'log-entry-mismatch'
  | 'log-unknown' | 'no-log-entry' | 'no-trusted-time' | 'no-trusted-identity' | 'no-sct' | 'other-signer' | 'artifact-needed'
  // signing without a key
  | 'bad-token' | 'bad-signing-config' | 'service-error'
  // writing
  | 'tag-immutable' | 'write-contended' | 'tag-changed' | 'bound-elsewhere' | 'registry-full' | 'delete-refused' | 'cannot-convert'
  // what a writer saw
  | 'copy-leaves-behind' | 'copy-breaks' | 'not-atomic' | 'digest-changed' | 'became-oci-index' | 'replaced' | 'others-kept' | 'overwritten' | 'not-listed'
  | 'earlier-stays'
  // reasons of a verdict
  | 'requirements-met' | 'no-scope' | 'rejected' | 'revoked' | 'not-covered' | 'threshold-not-met' | 'index-not-signed' | 'set-unsigned'
  | 'runtime-divergence' | 'nothing-runnable' | 'no-such-platform' | 'repository-not-met' | 'tag-not-met' | 'annotation-not-met' | 'attestation-not-met'
  | 'too-old' | 'place-failed' | 'no-signature' | 'recorders-word' | 'incomplete' | 'not-locked' | 'lock-older' | 'lock-digest' | 'lock-signers'

const KNOWN: ReadonlySet<string> = new Set(READING)

export function isReadingCode(text: string): text is ReadingCode {
  return KNOWN.has(text)
}
