import type { Row } from './table.ts'

/** What is attached, listed and taken away. */
export const ATTACHED: readonly Row[] = [
  ['R8', 'verify/attachments.ts', '.filter(({ digest }) => vouched.has(digest))', '', 'verify/attachments', 'a list of what is attached is signed by whoever vouches'],
  ['R8', 'verify/attachments.ts', "const lists = new Set(facts.places.flatMap(({ lists = [] }) => lists).filter(", "const lists = new Set(facts.places.flatMap(({ attachments }) => attachments).filter(", 'verify/attachments', 'a list of what is attached is signed by whoever vouches'],
  ['R8', 'verify/completeness.ts', 'const state = absent.length > 0 || extra.length > 0 ?', 'const state = extra.length > 0 ?', 'edit/list', 'missing: an entry that the list of referrers does not name'],
  ['R8', 'verify/completeness.ts', 'const extra = list === undefined ? [] :', 'const extra = list ? [] : list === undefined ? [] :', 'edit/list', 'extra: what was attached after it'],
  ['R8', 'verify/completeness.ts', "if (states.has('failed')) return true", '', 'edit/list', 'one is missing and another not readable'],
  ['R8', 'verify/completeness.ts', 'list === undefined ? [newest] : list.entries', 'list === undefined ? [] : list.entries', 'edit/list', 'the list itself hidden, and its signature left'],
  ['R8', 'verify/completeness.ts', '[threshold - 1]', '[0]', 'edit/list', 'no list, or one by a stranger: nobody vouches'],
  ['R8', 'verify/completeness.ts', "signed?.role !== 'list' || ", 'signed === null || ', 'edit/list', 'no list, or one by a stranger: nobody vouches'],
  ['R8', 'verify/completeness.ts', 'b.vouched - a.vouched || ', 'a.vouched - b.vouched || ', 'edit/list', 'an older list put in the place of the newest'],
  ['R8', 'verify/judge.ts', 'wrong.length === 0 && lack === null) {', 'wrong.length === 0) {', 'edit/list', 'unfetchable: what could not be read may be there'],
  ['R8', 'edit/list.ts', 'if (failed !== undefined) throw', 'if (false) throw', 'edit/list', 'half a list is not signed'],
  ['R10', 'edit/predicate.ts', 'if (predicateType === SIGN_PREDICATE) throw', 'if (false) throw', 'edit/attest', 'types > a type of image signatures is refused'],
  ['W2', 'edit/prunable.ts', "checked.state === 'untrusted' && STRANGERS.has(checked.code)", "checked.state === 'untrusted'", 'edit/prune', 'what could not be judged stays, and is told'],
  ['W2', 'edit/prunable.ts', 'if (reasons.includes(null)) return', 'if (false) return', 'edit/prune', "an object that carries others"],
  ['W2', 'edit/prune.ts', 'if (entry === null || entry.reject) throw', 'if (false) throw', 'edit/prune', 'a policy that names nobody for this repository'],
  ['W2', 'edit/prune.ts', 'const done = dryRun ?', 'const done = !options ?', 'edit/prune', 'a dry run says the same and writes nothing'],
  ['W2', 'edit/referrer.ts', 'digest !== null && suffixes.every((suffix) => gone.has(suffix))', 'digest !== null', 'edit/detached', 'W2: an index in which others have signed too'],
  ['W4', 'edit/referrer.ts', 'if (!isThere && (seen || looks % 2 === 0)) await pushManifest(writing, object)', '', 'edit/listed', 'one that is not listed is pushed again'],
  ['W4', 'edit/referrer.ts', '(seen || list.value.every(({ digest }) => known.has(digest)))', 'list', 'edit/listed', 'where others came meanwhile it is looked at twice'],
  ['W4', 'edit/remove.ts', "if (removal !== undefined && annotationKind(name).kind === 'content') left.set(", "if (removal === null) left.set(", 'edit/prune', 'W2: entries, fields and annotations of others stay as they are; a tombstone'],
  ['W4', 'source/blob-upload.ts', '    await this.#resume()\n', '    this.#session = null\n', 'source/blob-upload', 'a piece that arrived although its answer did not'],
  ['W4', 'source/blob-upload.ts', 'return bytes.length === this.#content.size ? this.#finish(bytes) : this.#changed()', 'return this.#finish(bytes)', 'edit/attach', 'content that is not what it was said to be'],
  ['W4', 'source/write-result.ts', "if (status === 507) return 'registry-full'", '', 'source/blob-upload', 'no room is the end, and said'],
]
