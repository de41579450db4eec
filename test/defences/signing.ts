import type { Row } from './table.ts'

const LIES = 'sigstore/signing/lies'

/** Signing without a key: no service is believed before it is verified (W1), and the token is told to nobody (T53). */
export const SIGNING: readonly Row[] = [
  ['W1', 'sigstore/signing/keyless.ts', 'await checked(() => verifyMaterial(material, envelope === null ? message : null, trustedRoot, { at, thresholds, strict: true }))', '', LIES, 'a log entry about another signature'],
  ['W1', 'sigstore/signing/keyless.ts', 'logs: logs.length,', 'logs: 0,', LIES, 'an entry of a log that the root does not know'],
  ['W1', 'sigstore/signing/keyless.ts', 'authorities: timestampAuthorities.length,', 'authorities: 0,', LIES, 'Rekor v1: a timestamp by nobody whom the root knows'],
  ['W1', 'sigstore/signing/keyless.ts', 'scts: Math.min(1, trustedRoot.ctLogs.length)', 'scts: 0', LIES, "a certificate without the CT log's promise"],
  ['W1', 'sigstore/signing/fulcio.ts', 'if (leaf.publicKey.keyId !== signer.publicKey.keyId) throw', 'if (false) throw', LIES, 'a certificate for another key'],
  ['W1', 'sigstore/signing/fulcio.ts', "await verifyCertificate({ kind: 'certificate', leaf, intermediates: [] }, trust, [leaf.notBefore], scts, null)", '', LIES, 'a certificate that does not hold is not logged'],
  ['W1', 'sigstore/signing/fulcio.ts', 'if (!token.isAbout(readIdentity(leaf))) throw', 'if (false) throw', LIES, 'a certificate of another identity'],
  ['W1', 'sigstore/signing/identity-token.ts', '!issuers.includes(issuer) || ', '', LIES, 'a certificate by another issuer of identities'],
  ['W1', 'sigstore/signing/identity-token.ts', 'repeated !== undefined && repeated !== subject', 'false', LIES, 'a certificate of another subject'],
  ['W1', 'sigstore/signing/identity-token.ts', "verified !== true && verified !== 'true'", 'false', 'sigstore/signing/identity-token', 'its issuer did not verify'],
  ['W1', 'sigstore/signing/timestamp.ts', 'if (parseTimestamp(token).info.nonce !== hexEncode(nonce)) throw', 'parseTimestamp(token)\n  if (false) throw', LIES, 'a timestamp for another request'],
  ['W1', 'edit/entry-signer.ts', "signer.kind === 'certificate' && own.isOwn(signer.identity)", "signer.kind === 'certificate'", 'edit/keyless', 'is signed again with renew, and by another identity'],
  ['W1', 'sigstore/cosign-material.ts', "if (bundle.size > 1) malformed('the log bundle", "if (false) malformed('the log bundle", 'sigstore/cosign-material', 'the log bundle in an annotation > refused: both forms in one'],
  ['W1', 'sigstore/cosign-material.ts', "if (timestamp.size > 1) malformed('the timestamp", "if (false) malformed('the timestamp", 'sigstore/cosign-material', 'the timestamp in an annotation > refused: both forms in one'],
  ['T12', 'source/signing-services.ts', 'readBody(answer.value, maxBytes, guard', 'readBody(answer.value, Infinity, guard', LIES, 'T12: tsa sends without end'],
  ['T53', 'source/signing-services.ts', 'allowAddress: mayPost,', 'allowAddress: () => true,', LIES, 'is spoken to over HTTPS only'],
  ['T53', 'source/signing-services.ts', "if (type === 'opaqueredirect' || (status >= 300 && status < 400))", 'if (false)', LIES, 'T53: fulcio leads elsewhere'],
  ['T53', 'sigstore/signing/service.ts', "return secrets.some((secret) => repeats(told, secret)) ? '' :", 'return', LIES, 'a refusal that repeats it (whole)'],
  ['T53', 'cli/identity-token.ts', 'if (/^eyJ[\\w-]+\\.[\\w-]+\\.[\\w-]+$/.test(name)) throw', 'if (false) throw', 'cli/sign-keyless', 'a token on the command line is refused'],
  ['T53', 'cli/identity-token.ts', "if (url === null || (url.protocol !== 'https:' &&", "if (url === null || (url.protocol !== 'http:' &&", 'cli/sign-keyless', 'GitHub Actions is asked over HTTPS only'],
]
