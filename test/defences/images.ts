import type { Row } from './table.ts'

/** Signatures made without a key, and attestations, as images carry them. */
export const IMAGES: readonly Row[] = [
  ['R10', 'verify/open-envelope.ts', 'statement === null || statement.predicateType === SIGN_PREDICATE', 'statement !== undefined', 'verify/keyless', 'are no signatures, and signed ones are told'],
  ['R10', 'policy/signer.ts', "if (other !== undefined) fail(entry, other === signer.name", "if (false) fail(entry, other === signer.name", 'policy/parse', 'one identity under two names'],
  ['R9', 'verify/judge.ts', '...untried(facts, lacking.size > 0), ...trustFailure(facts)]', '...untried(facts, lacking.size > 0)]', 'verify/keyless', 'one that could not be had: keyless is indeterminate'],
  ['R9', 'verify/check-certified.ts', '(!signer.log || log) && (!signer.sct || sct)', 'true', 'verify/keyless', 'whom the relaxed demand of one signer lets in'],
  ['R9', 'verify/check-certified.ts', 'revoked: revoked.has(keyId)', 'revoked: false', 'verify/keyless', 'a certificate whose key the policy revokes'],
  ['T37', 'verify/check-certified.ts', 'signers.find((one) => matchesIdentity(identity, requirementOf(one))) ?? null', 'signers[0] ?? null', 'verify/fixtures', 'keyless-ci, alternative 0'],
  ['T37', 'policy/signer.ts', 'if (issuer === undefined) return fail(', 'if (issuer === undefined && false) return fail(', 'policy/parse', 'an identity without its issuer'],
  ['T27', 'verify/check-certified.ts', 'thresholds: { logs: log ? 1 : 0, scts: sct ? 1 : 0 }', 'thresholds: { logs: 0, scts: 0 }', 'verify/fixtures', 'keyless-no-sct_fail, itself'],
  ['W5', 'verify/checked.ts', "if (signer.kind === 'key' && signer.log && (proof?.log ?? null) === null)", 'if (false)', 'verify/keyless', '"log": true demands an entry'],
  ['W5', 'verify/requirements.ts', 'youngEnough(signature.time ?? signed.signedAt,', 'youngEnough(signed.signedAt,', 'verify/keyless', 'W5: the age, and the window of a key'],
  ['R5', 'verify/attachments.ts', "(state === 'accepted' && signed !== null ? [signed.digest, ", '(signed !== null ? [signed.digest, ', 'verify/keyless', 'are no signatures, and signed ones are told'],
  ['R11', 'verify/attempts.ts', "if (attempts > left) throw new NoneLeft('too-many-signatures')", '', 'verify/checker', 'are bounded, whatever stands in the index'],
  ['R11', 'verify/attempts.ts', "if (this.#expired()) throw new NoneLeft('timeout')", '', 'verify/checker', 'end with the deadline'],
  ['R11', 'verify/judge.ts', 'if (facts.late.size > 0) return', 'if (facts.late.size < 0) return', 'verify/checker', 'end with the deadline'],
  ['R11', 'verify/checker.ts', 'this.#allowedOf(subject, items.filter((item) => hinted.has(item)), results)', 'this.#allowedOf(subject, items, results)', 'verify/checker', 'leave enough for a signature that names its key'],
]
