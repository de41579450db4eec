import type { Row } from './table.ts'

const SIGNATURES = 'sigstore/tuf/attacks'
const BYTES = 'sigstore/tuf/bytes'
const DELEGATIONS = 'sigstore/tuf/delegations'
const REFRESH = 'sigstore/tuf/refresh'

/** Issue 6: the client workflow of the TUF specification, section 5. */
export const TUF: readonly Row[] = [
  ['TUF', 'sigstore/tuf/signed.ts', 'if (await verifySignature(key.publicKey, key.algorithm, signature, document.message)) counted', 'counted', SIGNATURES, 'timestamp by another key'],
  ['TUF', 'sigstore/tuf/signed.ts', 'keyIds.includes(keyId) ? keys.get(keyId) : null', 'keys.get(keyId)', SIGNATURES, 'by the key of another role'],
  ['TUF', 'sigstore/tuf/signed.ts', 'if (counted.size >= threshold) return', 'if (counted.size >= 1) return', SIGNATURES, 'too few: one of two'],
  ['TUF', 'sigstore/tuf/signed.ts', 'counted.add(key.publicKey.keyId)', 'counted.add(hex)', SIGNATURES, 'too few: one of two, twice'],
  ['TUF', 'sigstore/tuf/signed.ts', 'counted.add(key.publicKey.keyId)', 'counted.add(keyId)', SIGNATURES, 'too few: one of two, under two ids'],
  ['TUF', 'sigstore/tuf/signed.ts', 'if (written !== type) malformed(', 'if (false) malformed(', SIGNATURES, 'a document of another role in its place'],
  ['TUF', 'sigstore/tuf/signed.ts', 'if (signatures.length > LIMITS.tuf.signatures)', 'if (false)', BYTES, 'more signatures than are tried'],
  ['TUF', 'sigstore/tuf/fields.ts', 'return threshold >= 1 ?', 'return threshold >= 0 ?', SIGNATURES, 'a root with a threshold of 0'],
  ['TUF', 'sigstore/tuf/fields.ts', 'if (new Set(keyIds).size !== keyIds.length)', 'if (false)', SIGNATURES, 'a root with a key named twice'],
  ['TUF', 'sigstore/tuf/rules.ts', '  await requireThreshold(next, current.content.roles.root, current.content.keys, `root version ${current.version}`)\n', '', SIGNATURES, 'that the one before did not sign'],
  ['TUF', 'sigstore/tuf/rules.ts', "  await requireThreshold(next, next.content.roles.root, next.content.keys, 'the new root itself')\n", '', SIGNATURES, 'that only the one before signed'],
  ['TUF', 'sigstore/tuf/rules.ts', 'if (next.version !== current.version + 1)', 'if (next.version <= current.version)', SIGNATURES, 'of version 3 in the place of version 2'],
  ['TUF', 'sigstore/tuf/rules.ts', 'if (next.version !== current.version + 1)', 'if (next.version > current.version + 1)', SIGNATURES, 'of version 1 in the place of version 2'],
  ['TUF', 'sigstore/tuf/rules.ts', "  await requireThreshold(root, root.content.roles.root, root.content.keys, 'the root itself')\n", '', SIGNATURES, 'a pinned one that its own keys did not sign'],
  ['TUF', 'sigstore/tuf/refresh.ts', 'requireFresh(root, `Root version ${root.version}`, session.now)', '', SIGNATURES, 'the last one expired'],
  ['TUF', 'sigstore/tuf/refresh.ts', 'if (root.version >= last) invalid(', 'if (false) invalid(', SIGNATURES, 'roots > without end'],
  ['TUF', 'sigstore/tuf/refresh.ts', 'if (rotatesOnlineKeys(root.content, next.content)) await', 'if (false) await', SIGNATURES, 'is possible after a stolen key was replaced'],
  ['TUF', 'sigstore/tuf/rules.ts', 'if (timestamp.version < trusted.version) invalid(', 'if (false) invalid(', SIGNATURES, 'to an older timestamp'],
  ['TUF', 'sigstore/tuf/rules.ts', 'if (snapshot < before) invalid(', 'if (false) invalid(', SIGNATURES, 'to an older snapshot'],
  ['TUF', 'sigstore/tuf/rules.ts', 'return timestamp.version === trusted.version ? trusted : timestamp', 'return timestamp', SIGNATURES, 'a timestamp of the same version that says something else'],
  ['TUF', 'sigstore/tuf/rules.ts', 'if (now.version < before.version) invalid(', 'if (false) invalid(', SIGNATURES, 'to older targets'],
  ['TUF', 'sigstore/tuf/rules.ts', "if (now === undefined) invalid('The snapshot leaves out targets that were in it before.')", 'if (now === undefined) continue', SIGNATURES, 'by leaving targets out'],
  ['TUF', 'sigstore/tuf/refresh.ts', "requireFresh(timestamp, 'The timestamp', session.now)", '', SIGNATURES, 'timestamp expired'],
  ['TUF', 'sigstore/tuf/refresh.ts', "requireFresh(snapshot, 'The snapshot', session.now)", '', SIGNATURES, 'snapshot expired'],
  ['TUF', 'sigstore/tuf/repository.ts', 'requireFresh(targets, `The targets of ${quoted(signer.name)}`, this.#session.now)', '', SIGNATURES, 'targets expired'],
  ['TUF', 'sigstore/tuf/rules.ts', 'if (!(await hasHashes(bytes, hashes))) invalid(', 'if (false) invalid(', SIGNATURES, 'a snapshot of another hash'],
  ['TUF', 'sigstore/tuf/rules.ts', 'if (length !== null && bytes.length !== length)', 'if (false)', SIGNATURES, 'targets of another length'],
  ['TUF', 'sigstore/tuf/rules.ts', 'if (document.version !== meta.version) invalid(', 'if (false) invalid(', SIGNATURES, 'a snapshot of another version'],
  ['TUF', 'sigstore/tuf/session.ts', 'if (answer.value.length > maxBytes)', 'if (false)', BYTES, 'timestamp.json without end'],
  ['TUF', 'sigstore/tuf/session.ts', 'return this.#bytes > LIMITS.tuf.totalBytes ?', 'return false ?', BYTES, 'more than a run may read'],
  ['TUF', 'sigstore/tuf/repository.ts', 'if (!(await isRight(bytes))) invalid(', 'if (false) invalid(', BYTES, 'a target of another hash'],
  ['TUF', 'sigstore/tuf/repository.ts', 'bytes.length === length && hasHashes(bytes, hashes)', 'bytes.length === length', BYTES, 'a target of another hash'],
  ['TUF', 'sigstore/tuf/repository.ts', 'if (visited.has(signer.name)) continue', '', DELEGATIONS, 'each once, where they delegate in a circle'],
  ['TUF', 'sigstore/tuf/repository.ts', 'if (visited.size >= delegations) invalid(', 'if (false) invalid(', DELEGATIONS, 'no more than 32'],
  ['TUF', 'sigstore/tuf/repository.ts', 'if (asked.at(-1)?.terminating === true) open.length = 0', '', DELEGATIONS, 'nobody outside of a terminating one'],
  ['TUF', 'sigstore/tuf/repository.ts', 'return last < 0 ? asked :', 'return last < 99 ? asked :', DELEGATIONS, 'the next one, where the first (terminating: true) has it not'],
  ['TUF', 'sigstore/tuf/roles.ts', 'if (list.length > LIMITS.tuf.delegationsListed)', 'if (false)', DELEGATIONS, 'no list of more than 1,024'],
  ['TUF', 'sigstore/tuf/roles.ts', 'if (names.has(name)) malformed(', 'if (false) malformed(', DELEGATIONS, 'under the name targets'],
  ['TUF', 'sigstore/tuf/paths.ts', 'patterns.length === segments.length && ', '', DELEGATIONS, '* is within one segment'],
  ['TUF', 'sigstore/tuf/repository.ts', '${encodeURIComponent(signer.name)}.json', '${signer.name}.json', DELEGATIONS, 'of a role called ../x'],
  ['TUF', 'sigstore/tuf/repository.ts', 'if (!isTargetPath(path)) throw', 'if (false) throw', REFRESH, 'has no target whose name leaves it'],
  ['TUF', 'sigstore/tuf/repository.ts', 'if (kept !== null && await isRight(kept)) return kept', 'if (kept !== null) return kept', REFRESH, 'target/trusted_root.json that was changed where it was kept'],
  ['TUF', 'sigstore/tuf/refresh.ts', 'session.cached(name, (bytes) => followRoot(root, bytes))', "session.cached(name, async (bytes) => (await import('./roles.ts')).readRoot(bytes))", REFRESH, 'a root that was put where the next one is kept'],
  ['TUF', 'sigstore/tuf/refresh.ts', 'requireFresh(trusted, `${answer.message} The timestamp that was kept`, session.now)', '', REFRESH, 'what was kept serves until it expires'],
]
