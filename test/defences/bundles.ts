import type { Row } from './table.ts'

const T31 = 'sigstore/attacks/t31-t32-t36'
const T35 = 'sigstore/attacks/t34-t35-t38'
const BUNDLE = 'sigstore/bundle'
const VERIFY = 'sigstore/verify-bundle'

/** Sigstore bundles, log entries and trusted roots. F7: formats.md section 7. */
export const BUNDLES: readonly Row[] = [
  ['T27', 'sigstore/trust.ts', 'logs.find((log) => log.ids.includes(id)) ?? null', 'logs.find((log) => log.ids.includes(id)) ?? logs[0] ?? null', VERIFY, 'by somebody unknown is noted in either'],
  ['T28', 'envelope/statement.ts', 'if (!TYPES.has(type)) malformed(', 'if (false) malformed(', 'envelope/statement', 'T28: another type'],
  ['T28', 'envelope/statement.ts', "if (predicateType === '') malformed(", 'if (false) malformed(', 'envelope/statement', 'T28: no predicate type'],
  ['T28', 'envelope/statement.ts', 'if (subjects.length === 0) malformed(', 'if (false) malformed(', 'envelope/statement', 'T28: no subject'],
  ['T29', 'sigstore/bundle.ts', 'if (bytes.length > LIMITS.manifestBytes)', 'if (false)', BUNDLE, 'T29: more than 4 MiB'],
  ['T31', 'sigstore/log-entry.ts', 'return { log, logIndex: promise === null ? proven : entry.logIndex, time,', 'return { log, logIndex: promise === null ? proven : entry.logIndex, time: time ?? entry.integratedTime,', T31, 'integratedTime without a promise'],
  ['T32', 'sigstore/evidence.ts', 'ticking < sources || timestamps.length < authorities', 'timestamps.length < authorities', VERIFY, 'T32: sources are counted'],
  ['T31', 'sigstore/evidence.ts', 'if (time === null || time <= at + LIMITS.clockSkewSeconds) return true', 'if (at > 0) return true', VERIFY, 'one that is still to come is none'],
  ['T30', 'sigstore/evidence.ts', '(strict ? past : earliest).map(', 'earliest.map(', 'sigstore/attacks/suite-cases', 'rekor2-multiple-timestamps'],
  ['T30', 'sigstore/evidence.ts', '(strict ? past : earliest).map(', 'past.map(', 'sigstore/attacks/suite-cases', 'rekor2-multiple-timestamps'],
  ['T36', 'sigstore/trusted-root.ts', '  checkCanonical(json)\n', '', 'sigstore/trusted-root', 'a number that has no canonical form'],
  ['T33', 'sigstore/trusted-key.ts', "if (start === null) malformed(", 'if (false) malformed(', 'sigstore/attacks/suite-cases', 'trust-root-tlog-missing-validity-start'],
  ['T36', 'sigstore/verify-material.ts', 'if (options.key !== undefined && identities !== null) throw', 'if (false) throw', 'sigstore/attacks/suite-cases', 'managed-key-and-client-identity'],
  ['T32', 'sigstore/bundle-entries.ts', 'if (entries.findIndex((other) => other.logId === logId && other.logIndex === logIndex) !== at) malformed(', 'if (false) malformed(', BUNDLE, 'one entry twice'],
  ['T33', 'sigstore/evidence.ts', 'const proven = times.length === 0 ? [at] : times.map(({ time }) => time)', 'const proven = times.map(({ time }) => time)', VERIFY, 'T33: a log’s key that has ended by now'],
  ['T35', 'sigstore/log-entry.ts', 'if (proof.treeSize !== checkpoint.size || !equal', 'if (!equal', T35, 'Rekor v2: '],
  ['T35', 'sigstore/merkle.ts', 'if (index >= size) refuse(', 'if (false) refuse(', 'sigstore/merkle', 'T35: no other index in a tree of this size'],
  ['T35', 'sigstore/proto-json.ts', '/^(?:0|[1-9][0-9]{0,15})$/.test(text)', '/^-?[0-9]{1,16}$/.test(text)', BUNDLE, 'T35: a negative index'],
  ['T36', 'sigstore/verify-material.ts', "return signer.kind === 'key' ? key : other(", 'return key.keyId.length > 0 ? key : other(', VERIFY, 'T36: the key that the caller gives, and no other'],
  ['T47', 'envelope/dsse.ts', '`DSSEv1 ${type.length} `', '`DSSEv1 ${payloadType.length} `', 'envelope/dsse', 'what is signed counts bytes, not characters'],
  ['T48', 'envelope/dsse.ts', "if (/[+/]/.test(text)) throw", 'if (false) throw', 'envelope/dsse', 'T48: base64 of an envelope'],
  ['T48', 'base/bytes.ts', 'new Uint8Array(SHORT + 4)', 'new Uint8Array(SHORT)', 'base/bytes', 'T48: of any length, and what was decoded before leaves nothing'],
  ['T49', 'envelope/statement.ts', 'if (subjects.length > LIMITS.statementSubjects) malformed(', 'if (false) malformed(', 'envelope/statement', 'T49: 1,025 subjects'],
  ['T6', 'sigstore/proto-json.ts', "if (name.includes('_') && !known.includes(name) && known.includes(camelCase(name))) malformed(", 'if (false) malformed(', BUNDLE, 'T6: a name in its other spelling'],
  ['F7', 'sigstore/bundle-entries.ts', "if (minor > 1 && proof === null) malformed(", 'if (false) malformed(', BUNDLE, '0.2 without a proof'],
  ['F7', 'sigstore/bundle-entries.ts', "if (minor === 1 && promise === null) malformed(", 'if (false) malformed(', BUNDLE, '0.1 without a promise'],
  ['F7', 'sigstore/bundle-entries.ts', "if (note === '') malformed(", 'if (false) malformed(', BUNDLE, 'a proof without a checkpoint'],
  ['F7', 'sigstore/verify-material.ts', "if (own !== null && !equalBytes(own, value)) throw", 'if (false) throw', VERIFY, 'a P-256 certificate over SHA-256'],
]
