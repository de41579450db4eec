import type { Row } from './table.ts'

/** Copies and exports. W6: what is copied, and in which order; W2 and W4: what stands at the destination stays; 12.5: layers of one digest. */
export const COPY: readonly Row[] = [
  ['T3', 'copy/stream.ts', 'if (digest.digest() !== blob.digest) this.#fail(', 'if (false) this.#fail(', 'copy/hostile-source', 'with one wrong byte'],
  ['T12', 'copy/stream.ts', 'if (size > blob.size) this.#fail(', 'if (false) this.#fail(', 'copy/hostile-source', 'without end'],
  ['T12', 'copy/plan.ts', 'if (depth > LIMITS.attachedDepth)', 'if (depth > 99)', 'copy/hostile-source', 'four levels deep'],
  ['T55', 'copy/watch.ts', 'this.#timer = setTimeout(() => this.#stalled.abort(), this.#stallMs)', 'this.#timer = undefined', 'copy/hostile-source', 'of which nothing more comes'],
  ['T16', 'copy/plan.ts', 'all.add(digest))', 'all)', 'copy/round-trip', 'cosign-bundle-referrers'],
  ['R2', 'copy/copy.ts', 'for (const digest of attached.get(subject.digest) ?? [])', 'for (const digest of [...attached.values()].flat())', 'copy/hostile-source', 'attached to something else'],
  ['W6', 'copy/carry.ts', 'const lost = (await this.children(node)) ??', 'const lost =', 'copy/destination', 'what is named comes before what names it'],
  ['W6', 'copy/copy.ts', "root.state !== 'lost' && (await this.#name(before))", '(await this.#name(before))', 'cli/copy', 'exit status 3'],
  ['W6', 'copy/carry.ts', "if (there.state === 'read') this.#stood.add(node.digest)", '', 'copy/destination', 'entries of others at the digest tag that are being written'],
  ['W6', 'copy/tags.ts', 'const attached = this.#keepsLists ? []', 'const attached = true ? []', 'copy/round-trip', 'digest tags, every case of the fixtures > cosign-bundle-referrers'],
  ['W2', 'copy/tags.ts', 'const united = uniteIndexes(standing, ours)', 'const united = ours', 'copy/destination', 'entries of others at the digest tag'],
  ['W2', 'copy/tags.ts', "  throw new SealdexError('form-unsupported', `At ${tag} of", "  if (tag === '') throw new SealdexError('form-unsupported', `At ${tag} of", 'copy/destination', 'is left and said'],
  ['W2', 'copy/layout-target.ts', 'if (index !== null && (await openLayout(store)).annotations.has(ANNOTATION.evidence))', 'if (false)', 'cli/copy', 'recorded evidence is no destination'],
  ['W2', 'edit/export.ts', "if (loaded.value.document.kind !== 'manifest') throw", 'if (false) throw', 'edit/export', 'holds something else is left as it is'],
  ['W2', 'cli/layout-store.ts', 'if ((await realpath(join(root, inside))) !== join(root, inside)) throw', 'if (false) throw', 'cli/copy', 'a link to elsewhere'],
  ['W2', 'cli/layout-store.ts', 'if (found !== null && !found.isDirectory()) throw', 'if (false) throw', 'cli/copy', 'a tar that is there'],
  ['W6', 'copy/layout-target.ts', 'return running.digest() === digest', 'return true', 'cli/copy', 'a layout gets what it lacks'],
  ['12.5', 'edit/sig-manifest.ts', 'new Set(own.map(sortedText))', "new Set(own.map((layer) => String(layer.get('digest'))))", 'copy/destination', 'two of one digest above all'],
  ['12.5', 'edit/export.ts', "return JSON.stringify([layer.get('digest'), signature])", "return JSON.stringify([layer.get('digest')])", 'edit/export', 'two of one payload above all'],
  ['T16', 'edit/convertible.ts', 'return subject === found.beside.digest ? { found, place, subject, payload: stored', 'return subject ? { found, place, subject, payload: stored', 'edit/export', 'about another is not moved'],
  ['T36', 'edit/export-bundle.ts', 'if (one.certificate === null && (await own.hasSigned(one.found, one.payload, at)))', 'if (one)', 'edit/export', 'by the key that signed'],
  ['T13', 'oci/tar-scan.ts', "if (start + entry.size > archive.size) malformed('The archive is cut short.')", '', 'oci/tar-scan', 'longer than the archive'],
  ['T13', 'oci/tar-scan.ts', "if (files.has(path)) malformed('The archive holds two files of one name.')", '', 'oci/tar-scan', 'two files of one name'],
]
