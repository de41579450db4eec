import { ATTACHED } from './attached.ts'
import { BUNDLES } from './bundles.ts'
import { CERTIFICATES } from './certificates.ts'
import { COPY } from './copy.ts'
import { IMAGES } from './images.ts'
import { KEYLESS } from './keyless.ts'
import { NOTATION } from './notation.ts'
import { POLICIES } from './policies.ts'
import { SERVER } from './server.ts'
import { SIGNING } from './signing.ts'
import { TUF } from './tuf.ts'

/** A defence, and the test that must fail once it is taken out of the source. */
export interface Defence {
  /** Line of threats.md, or rule of signed-index.md. */
  readonly threat: string
  readonly file: string
  /** Stands exactly once in the file. */
  readonly find: string
  readonly replace: string
  /** Test file below test/. */
  readonly test: string
  /** Part of the test's name, as it is written; ` > ` before it stands the group. */
  readonly name: string
}

export type Row = readonly [threat: string, file: string, find: string, replace: string, test: string, name: string]

const BYTES: readonly Row[] = [
  ['T1', 'oci/document.ts', 'if (hasManifests && hasLayers) malformed(', 'if (false) malformed(', 'hostile/bytes', 'T1: manifests together with layers'],
  ['T1', 'verify/objects.ts', 'if (fetched.contentType !== null && fetched.contentType.toLowerCase() !==', 'if (false && fetched.contentType?.toLowerCase() !==', 'hostile/bytes', 'T1: the honest body of the reference as'],
  ['T2', 'verify/graph.ts', 'if (document.mediaType !== node.mediaType || loaded.size', 'if (loaded.size', 'hostile/bytes', 'T2: the descriptor says image'],
  ['T2', 'verify/graph.ts', ' || loaded.size !== node.size)', ')', 'hostile/bytes', 'T2: a lie about the size'],
  ['T2', 'verify/graph.ts', 'if (known.mediaType !== mediaType || known.size !== size)', 'if (false)', 'hostile/bytes', 'T2: one digest with two sizes'],
  ['T3', 'crypto/digest.ts', '=== digest ? ({ digest, bytes }', '!== null ? ({ digest, bytes }', 'hostile/bytes', 'T3: the body of another digest'],
  ['T3', 'crypto/digest.ts', '=== digest ? ({ digest, bytes }', '!== null ? ({ digest, bytes }', 'hostile/evidence', 'T3: bytes that do not have the digest'],
  ['T3', 'verify/graph.ts', "if (this.#objects.source.kind === 'registry') return", 'if (index) return', 'hostile/bytes', 'T3: in a layout bytes of another digest'],
  ['T3', 'verify/judge.ts', 'graph.wrongLeaves.has(digest)', 'false && digest', 'hostile/child-bytes', 'child-bytes_fail'],
  ['T3', 'verify/gather.ts', 'leaves.askAlong()', '', 'hostile/child-bytes', 'by the index that is signed, reading what is needed'],
  ['T3', 'verify/objects.ts', "result.code === 'digest-mismatch' ? 'answered' : null", "'answered'", 'hostile/child-bytes', 'absent, an error, a broken answer'],
  ['T3', 'verify/leaf-bytes.ts', ' || !this.#fits) return', ') return', 'hostile/child-bytes', 'never at the cost of a place'],
  ['T4', 'source/registry-reader.ts', 'reference.digest === null ? tagged', 'reference.tag !== null ? tagged', 'hostile/bytes', 'T4: a reference with tag and digest'],
  ['T5', 'crypto/digest.ts', '/^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/', '/^[a-z0-9]+:/', 'hostile/bytes', 'T5: sha256:'],
  ['T6', 'base/json-fields.ts', 'if (twin !== undefined) malformed(', 'if (false) malformed(', 'hostile/json', 'T6: "Manifests" beside'],
  ['T6', 'base/json-fields.ts', "if (!/[^ -~]/.test(name)) return name.toLowerCase()", 'if (true) return name.toLowerCase()', 'hostile/json', 'T6: "ſubject"'],
  ['T7', 'base/json.ts', 'if (members.has(name)) {', 'if (false) {', 'hostile/json', 'T7: "manifests" twice'],
  ['T8', 'verify/subjects.ts', 'annotations: Object.fromEntries([...signed.annotations].map(([name, value]) => [name, plainValue(value)])),',
    'annotations: [...signed.annotations].reduce<Record<string, unknown>>((all, [name, value]) => { all[name] = plainValue(value); return all }, {}),', 'hostile/json', 'T8: nor does a signed __proto__'],
  ['T9', 'base/json-fields.ts', '/^(?:0|[1-9][0-9]{0,15})$/.test(value.text) ? Number(value.text) : Number.NaN', 'Number(value.text)', 'hostile/json', 'T9: size -1'],
  ['T10', 'base/bytes.ts', "'utf-8', { fatal: true,", "'utf-8', { fatal: false,", 'hostile/json', 'T10: bytes that are no UTF-8'],
  ['T10', 'base/json-fields.ts', "if (typeof member !== 'string') wrong(", 'if (false) wrong(', 'hostile/json', 'T10: an annotation that is a number'],
  ['T11', 'base/json.ts', 'if (++this.#depth > LIMITS.jsonDepth)', 'if (++this.#depth < 0)', 'hostile/json', 'T11: deep brackets'],
  ['T12', 'source/body.ts', 'if (size > maxBytes) return', 'if (false) return', 'hostile/json', 'T12: a body without end'],
  ['T12', 'source/guarded.ts', 'return this.bytes > this.#maxBytes ?', 'return false ?', 'hostile/json', 'T12: a 3 MiB annotation'],
  ['T13', 'oci/document.ts', 'if (list.length > LIMITS.descriptors) {', 'if (false) {', 'hostile/graph', 'T13: 10,000 descriptors'],
  ['T13', 'verify/graph.ts', ' || (nested && depth >= LIMITS.indexDepth)) continue', ') continue', 'hostile/graph', 'T13: indexes 200 deep'],
  ['T13', 'source/guarded.ts', 'if (this.requests >= this.#maxRequests)', 'if (false)', 'hostile/graph', 'T13: the requests of one verification run out'],
  ['T13', 'source/registry-referrers.ts', "=== 'too-many-descriptors' ? 'too-many' : null", "=== 'too-many-descriptors' ? [] : null", 'hostile/graph', 'T13: 10000 referrers'],
  ['T13', 'verify/graph.ts', 'if (this.nodes.size + index.manifests.length > LIMITS.graphNodes) {', 'if (this.nodes.size > 6_000) {', 'hostile/graph', 'T13: many indexes with many platforms'],
  ['T14', 'source/body.ts', 'if (size > maxBytes) return', 'if (false) return', 'hostile/json', 'T14: a gzip bomb'],
]

const MEANING: readonly Row[] = [
  ['R7', 'verify/judge.ts', 'unmet.push(...unreadIndexes(graph, coverage, entry))', '', 'hostile/graph', 'absent for us alone'],
  ['R7', 'verify/judge.ts', 'unmet.push(...unreadIndexes(graph, coverage, entry))', '', 'hostile/graph', 'T13: indexes 200 deep'],
  ['R7', 'verify/judge.ts', "entry.require.coverage === 'each' || !coverage.of(node).met)", '!coverage.of(node).met)', 'hostile/graph', 'signed itself, or by an index above it'],
  ['R7', 'oci/platform.ts', "return { ...platform, os: os === 'macos' ? 'darwin' : os, architecture, variant }", 'return platform', 'hostile/graph', 'an unsigned image first in the list, with another spelling'],
  ['R7', 'oci/platform.ts', "optionalString(object, 'os', where) || 'linux'", "optionalString(object, 'os', where) ?? ''", 'hostile/graph', 'no os where linux/arm64'],
  ['R7', 'verify/graph.ts', "if (known.role === 'artifact') known.role =", 'if (false) known.role =', 'hostile/graph', 'an object listed first with unknown/unknown'],
  ['R7', 'verify/graph.ts', 'ownSays ? await this.#objects.document(digest, mediaType) : loaded)', 'loaded)', 'hostile/graph', 'an artifact that is listed at two levels'],
  ['R2', 'verify/checker.ts', '[found.signature, ...found.payloads]', '[found.signature]', 'hostile/signatures', 'with a wrong payload, or none'],
  ['R4', 'verify/checker.ts', 'this.#options.platformsOf(signed.digest).every(', 'this.#options.platformsOf(signed.digest).some(', 'hostile/graph', 'a signed platform is true of the image'],
  ['T15', 'oci/document.ts', "const list = arrayField(raw, 'manifests', 'index')", "const list = Array.isArray(raw.get('manifests')) ? (raw.get('manifests') as never[]) : []", 'hostile/json', 'T15: manifests null'],
  ['T15', 'verify/judge.ts', 'return coverage.of(graph.root).met ? {', 'return coverage !== null ? {', 'hostile/meaning', 'T15: an empty index'],
  ['T16', 'verify/checked.ts', 'if (signed.digest !== found.beside.digest)', 'if (false)', 'hostile/meaning', 'T16: is a mismatch'],
  ['T17', 'verify/checked.ts', 'if (await verifySignature(trusted.key, algorithm, signature, signed)) return trusted', 'if (await verifySignature(trusted.key, algorithm, signature, signed) || algorithm) return trusted', 'hostile/meaning', 'T17: an annotation or hint'],
  ['T18', 'verify/requirements.ts', 'signed.annotations.get(name) !== value', '(signature.found.beside.annotations?.get(name) ?? signed.annotations.get(name)) !== value', 'hostile/meaning', 'T18: facts beside the signature'],
  ['T19', 'verify/coverage.ts', 'if (node === undefined || this.of(node).met) return []', 'if (node === undefined || this.of(node) !== null) return []', 'hostile/meaning', 'T19: the siblings'],
  ['T20', 'verify/coverage.ts', 'if (node === undefined || this.of(node).met) return []', 'if (node === undefined || this.of(node) !== null) return []', 'hostile/meaning', 'T20: an unsigned twin'],
  ['T21', 'verify/attachments.ts', "if (attachment.by === 'manifest' && (signed.has(digest) || lists.has(digest)))", 'if (signed.size > 0)', 'hostile/meaning', 'T21: an annotation that gives it'],
  ['T21', 'verify/places.ts', 'else if (result.value.document.subject?.digest === subject.digest) {', 'else {', 'hostile/meaning', 'T21: a referrer whose own subject'],
  ['T22', 'form/cosign-annotations.ts', 'group.payload === undefined ? loosePayloads : [group.payload]', '[...(group.payload === undefined ? [] : [group.payload]), ...loosePayloads]', 'hostile/meaning', 'T22: two signatures under one short suffix'],
  ['T23', 'verify/checker.ts', 'Math.min(wanted, free, this.#allowance)', 'Math.min(wanted, free)', 'verify/checker', 'have an end in one verification'],
  ['R9', 'verify/gather.ts', 'entry !== null && policy?.denyKeyIds.size === 0', 'entry !== null', 'verify/checker', 'also beside a signature that would suffice'],
  ['T23', 'verify/checker.ts', 'const free = this.#allowed.get(subject) ?? LIMITS.signaturesTried', 'const free = 1e6', 'hostile/signatures', 'T23: forged hints'],
  ['T23', 'verify/checker.ts', 'fresh.filter(({ found }) => isHinted(found, this.#context))', 'fresh.slice(0, 0)', 'hostile/signatures', 'T23: 20,000 of nobody'],
  ['T23', 'verify/checker.ts', 'if (names.has(identity)) return false', '', 'hostile/signatures', 'T23: the same signature a thousand times'],
  ['T23', 'form/cosign-sig.ts', "String(i).padStart(5, '0')", 'i', 'hostile/sig-tag', 'T23: 1,000 layers'],
  ['T24', 'verify/requirements.ts', 'if (!repositoryMet(', 'if (false && !repositoryMet(', 'hostile/replay', 'T24: the verdict says what is bound'],
  ['T24', 'verify/requirements.ts', 'signed.tag !== reference.tag)', 'false)', 'hostile/replay', 'T24: an index signed as v1'],
  ['T24', 'verify/requirements.ts', '(reference.tag === null || signed.tag', '(reference.tag !== null && signed.tag', 'hostile/replay', 'T24: an index signed as v1'],
  ['T25', 'verify/requirements.ts', 'if (require.maxAgeSeconds !== null && ', 'if (false && require.maxAgeSeconds !== null && ', 'hostile/replay', 'T25: an old signed index'],
  ['T25', 'verify/requirements.ts', 'time <= at + LIMITS.clockSkewSeconds && ', '', 'hostile/replay', 'T25: a signature that is from the future'],
  ['T25', 'verify/checked.ts', 'if (signed.expiresAt !== null && at > signed.expiresAt)', 'if (false)', 'hostile/replay', 'T25: past its own expiry'],
  ['T25', 'verify/checked.ts', "if (time === null) return 'no-signature-time'", 'if (time === null) return null', 'hostile/replay', 'T25: a key out of its window'],
  ['T26', 'verify/coverage.ts', 'const { threshold, coverage: mode } = this.#entry.require', 'const { coverage: mode } = this.#entry.require\n    const threshold = 1', 'hostile/replay', 'T26: the verdict says who signed what'],
  ['T26', 'verify/requirements.ts', ' || !require.from.includes(signer)', '', 'hostile/replay', 'T26: a signer whom the policy knows'],
]

const PRIMITIVES: readonly Row[] = [
  ['T39', 'crypto/signature.ts', '(long ? length < 0x80 : length > 0x7f)', 'false', 'hostile/primitives', 'T39: a BER length'],
  ['T39', 'crypto/signature.ts', 'if (padded && (der[at + 3] ?? 0) < 0x80) return null', '', 'hostile/primitives', 'T39: a leading zero'],
  ['T39', 'crypto/signature.ts', 'raw !== null && areEcdsaScalars(key.type, raw) ? raw : null', 'raw', 'crypto/signature', 'T39, T42, T45: ranges and lengths'],
  ['T40', 'crypto/public-key.ts', 'uncompressedPoint(type, point) ??', 'Uint8Array.from(point) ??', 'hostile/primitives', 'T40: a point off the curve'],
  ['T41', 'verify/coverage.ts', 'about.add(signature.signer)', 'about.add(signature.found.at)', 'hostile/primitives', 'T41'],
  ['T42', 'crypto/public-key.ts', 'if (!isStrictEd25519Point(point)) badKey(', 'if (false) badKey(', 'hostile/primitives', 'T42: the identity'],
  ['T42', 'crypto/signature.ts', ' && isStrictEd25519Nonce(signature.subarray(0, 32))', '', 'crypto/signature', 'T39, T42, T45: ranges and lengths'],
  ['T43', 'crypto/public-key.ts', "if (hexEncode(exponent) !== '010001') badKey(", 'if (false) badKey(', 'hostile/primitives', 'T43: e = 1'],
  ['T43', 'crypto/public-key.ts', 'if (bits < min || bits > max) badKey(', 'if (false) badKey(', 'hostile/primitives', 'T43: 512 bits'],
  ['T45', 'crypto/signature.ts', 'if (signature.length !== key.signatureBytes) return null', '', 'crypto/signature', 'T39, T42, T45: ranges and lengths'],
  ['R4', 'verify/facts.ts', 'if (facts.size !== null && beside.size !== null && facts.size !== beside.size) return false', '', 'hostile/primitives', 'a signed descriptor with another size'],
  ['R4', 'verify/check.ts', 'if (signature.namespace !== INLINE_NAMESPACE)', 'if (false)', 'hostile/primitives', 'honest: allowed; in another namespace'],
  ['R4', 'envelope/simple-signing.ts', 'if (type !== TYPE) malformed(', 'if (false) malformed(', 'hostile/signatures', 'of another type'],
  ['R8', 'verify/requirements.ts', "return signature.signed?.role === 'list' ? ['not-covered'] :", 'return', 'hostile/signatures', 'a list signature covers nothing'],
  ['R9', 'verify/judge.ts', "if (revoked && state !== 'mismatch' &&", "if (false && state !== 'mismatch' &&", 'hostile/policy', 'the same key as signer and revoked'],
  ['R9', 'verify/judge.ts', 'if (policy.denyDigests.has(digest))', 'if (false)', 'hostile/policy', 'a revoked digest anywhere'],
  ['R9', 'verify/judge.ts', 'else if (other !== undefined) reasons', 'else if (false) reasons', 'hostile/policy', 'a revoked digest names its bytes'],
  ['R9', 'verify/gather.ts', 'await discovery.lookUpRevoked(asked)', 'false', 'hostile/policy', 'a revoked digest names its bytes'],
  ['R1', 'verify/blobs.ts', 'if (bytes.length !== size) return', 'if (bytes.length === 0) return', 'hostile/sig-tag', 'a size that lies'],
  ['R2', 'verify/places.ts', 'return isTag(tag) ?', 'return tag ?', 'hostile/sig-tag', 'an image named by sha512'],
]

const NETWORK: readonly Row[] = [
  ['T50', 'source/registry-auth.ts', 'if (!mayFollow(realm, access.origin)) return', 'if (false) return', 'hostile/network', 'T50: http://169.254.169.254/token'],
  ['T50', 'source/registry-auth.ts', 'if (credential === null || mayReceiveCredentials(realm, access.origin)) return null', 'if (access) return null', 'hostile/network', 'T50: a public host'],
  ['T53', 'source/registry-http.ts', 'headers = withoutAuthorization(headers)', '', 'hostile/network', 'T53: to another origin'],
  ['T53', 'source/registry-http.ts', 'if (!mayFollow(next, registryOrigin) ||', 'if (', 'hostile/network', 'T53: to file:'],
  ['T53', 'source/registry-http.ts', 'if (hops >= LIMITS.redirects)', 'if (false)', 'hostile/network', 'T53: in a circle'],
  ['T54', 'source/token-cache.ts', 'request.scope, request.credential])', 'request.scope])', 'hostile/network', 'T54'],
  ['T55', 'source/guarded.ts', 'this.#timeoutMs = options.timeoutMs ?? LIMITS.deadlineMs', 'this.#timeoutMs = LIMITS.deadlineMs', 'hostile/network', 'T55: one that drips'],
  ['R2', 'source/registry-referrers.ts', '[404, 405, 501].includes(', '[401, 403, 404, 405, 500, 501, 503].includes(', 'hostile/absent', 'referrers > 503 is failed'],
  ['R2', 'source/registry-reader.ts', 'return response.status === 404 && home ?', 'return response.status >= 400 ?', 'hostile/absent', 'digest-tag > 403 is failed'],
  ['R2', 'verify/judge.ts', "...failedPlaces(lack?.proved === true ? withoutGone(facts) : facts, lacking.size > 0).filter(({ effect }) => effect === 'decides'), ", '', 'hostile/absent', 'sig-tag > 403 is failed'],
  ['R2', 'verify/judge.ts', '[...failedPlaces(facts, false), ...untried(facts, false)]', 'untried(facts, false)', 'hostile/absent', 'where another place has what the policy needs'],
  ['R2', 'verify/objects.ts', 'if (fetched.contentType !== null && !isIndexType(', 'if (false && !isIndexType(', 'hostile/absent', 'a page of a proxy for the reference'],
  ['E2', 'source/recorded.ts', 'if (found === null) return failed(', "if (found === null) return { state: 'absent' }\n  if (found === null) return failed(", 'hostile/evidence', 'a place that is not listed'],
  ['E2', 'source/recorded.ts', '  refuseTwice(places)\n', '', 'hostile/evidence', 'a place listed twice'],
  ['E2', 'source/layout-source.ts', 'if (recorded.reference !== null && parseReference(recorded.reference).repository.name !== reference.repository.name)', 'if (false)', 'hostile/evidence', 'evidence of another repository'],
  ['E3', 'source/layout-source.ts', 'if (name.length > 1) return ambiguous()', '', 'hostile/evidence', 'a tag that names two things'],
  ['E4', 'verify/graph.ts', 'return loaded.final === true ?', "return loaded.code === 'digest-mismatch' && this.#objects.source.kind !== 'registry' ?", 'hostile/evidence', 'T3: a nested index with other bytes'],
  ['T59', 'oci/reference.ts', '"${printable(text)}" is no image', '"${text}" is no image', 'hostile/output', 'T59: a bidi mark'],
  ['T60', 'base/quoted.ts', 'return `"${escaped}"', 'return `"${cut}"', 'hostile/output', 'T60: a name that stands twice'],
  ['T60', 'verify/judge.ts', '${plain(platform)}', '${platform}', 'hostile/output', 'T60: platforms of a stranger'],
  ['T60', 'crypto/digest.ts', '${quoted(text)} is no digest', '${text} is no digest', 'hostile/output', 'T60: a digest'],
  ['T14', 'cli/node-body.ts', ' || encodings.length > MOST_ENCODINGS', '', 'cli/node-http', 'content-encoding gzip,gzip,gzip,gzip,gzip,gzip'],
  ['T53', 'cli/node-http.ts', "if (url.username !== '' || url.password !== '')", 'if (false)', 'cli/node-http', 'http://me:secret@127.0.0.1/ is not asked'],
  ['T55', 'cli/node-http.ts', ', ...(signal !== undefined && { signal })', '', 'cli/node-http', 'the signal ends it before the answer'],
]

export const DEFENCES: readonly Defence[] = [...BYTES, ...MEANING, ...PRIMITIVES, ...NETWORK, ...TUF, ...CERTIFICATES, ...BUNDLES, ...IMAGES, ...KEYLESS, ...NOTATION, ...POLICIES, ...SIGNING, ...ATTACHED, ...COPY, ...SERVER].map(([threat, file, find, replace, test, name]) => (
  { threat, file: file.startsWith('worker/') ? file : `src/${file}`, find, replace, test: `test/${test}.test.ts`, name }
))
