import { utf8Encode } from '../base/bytes.ts'
import { SealdexError } from '../base/errors.ts'
import { isJsonObject, parseJson, type JsonObject, type JsonValue } from '../base/json.ts'
import * as LIMITS from '../base/limits.ts'
import { verifyBytes, type Digest, type VerifiedBytes } from '../crypto/digest.ts'
import * as ANNOTATION from '../oci/annotations.ts'
import { parseDescriptor, type Descriptor } from '../oci/descriptor.ts'
import { openLayout, type Layout, type LayoutFiles } from '../oci/layout.ts'
import { parseReference, type Repository } from '../oci/reference.ts'
import type { Guard } from './guarded.ts'
import { cosignSavedImage, cosignSavedTag, distinct, hasNames, namedByTag, type Named } from './layout-names.ts'
import { scanLayout, type LayoutScan } from './layout-scan.ts'
import { missingObject, placeOf, placeOfTag, readRecorded, recordedFailure, type Recorded } from './recorded.ts'
import { ABSENT, failed, failedForGood, read, type FetchedManifest, type Read, type Source } from './source.ts'

/** An image layout as a source. */
export interface LayoutSource extends Source {
  readonly kind: 'layout' | 'recorded'
  /** What recorded evidence says of itself (E2); null for a layout that another tool made, which is taken as the whole repository. */
  readonly recorded: Recorded | null
}

/** Opens an image layout as a source. Throws `malformed` or `malformed-json` if it is none, or its record breaks the grammar; `too-large` past a limit. */
export async function layoutSource(files: LayoutFiles): Promise<LayoutSource> {
  const layout = await openLayout(files)
  const recorded = readRecorded(layout)
  const objects: Objects = (digest, maxBytes, guard) => readObject(layout, recorded, digest, maxBytes, guard)
  const manifest = async (digest: Digest, guard: Guard) => {
    const object = await objects(digest, LIMITS.manifestBytes, guard)
    return object.state === 'read' ? read<FetchedManifest>({ object: object.value, contentType: null }) : object
  }
  const named: ByName = async (name, guard) => {
    if (name.length > 1) return ambiguous()
    if (name[0] === undefined) return missing(recorded, 'reference')
    const found = await manifest(name[0], guard)
    return found.state === 'read' ? read({ ...found.value, claimedType: mediaTypeOf(layout.entries, name[0]) }) : found
  }
  const common = {
    manifest: (_repository: Repository, digest: Digest, guard: Guard) => manifest(digest, guard),
    blob: (_repository: Repository, digest: Digest, guard: Guard) => objects(digest, LIMITS.blobBytes, guard),
  }
  return recorded === null ? unmarked(layout, common, named) : marked(layout, recorded, common, named)
}

type Objects = (digest: Digest, maxBytes: number, guard: Guard) => Promise<Read<VerifiedBytes>>
type ByDigest = Pick<Source, 'manifest' | 'blob'>
type ByName = (name: Named, guard: Guard) => Promise<Read<FetchedManifest>> | Read<never>

/** A layout of the whole repository: what is not in it is absent. */
function unmarked(layout: Layout, common: ByDigest, named: ByName): LayoutSource {
  let scan: Promise<LayoutScan> | null = null
  const scanned = (guard: Guard) => {
    scan ??= scanLayout(layout, guard.signal).catch((error: unknown) => {
      // the next one may have more time
      scan = null
      throw error
    })
    return scan
  }
  const { entries } = layout
  return {
    ...common,
    kind: 'layout',
    recorded: null,
    async resolve(reference, guard) {
      if (reference.digest !== null) return common.manifest(reference.repository, reference.digest, guard)
      const byName = namedByTag(entries, reference.repository, reference.tag ?? 'latest')
      if (byName.length > 0 || hasNames(entries)) return named(byName, guard)
      const saved = cosignSavedImage(entries)
      return saved.length === 1 ? named(saved, guard) : attempt(async () => onlyOne(entries, await scanned(guard), named, guard))
    },
    async tagged(repository, tag, guard) {
      const byName = namedByTag(entries, repository, tag)
      return named(byName.length > 0 ? byName : cosignSavedTag(entries, tag), guard)
    },
    referrers: (_repository, subject, guard) => attempt(async () => read((await scanned(guard)).referrers.get(subject) ?? [])),
  }
}

/** The only entry that is neither a referrer nor a child of another (E3). */
function onlyOne(entries: readonly Descriptor[], scan: LayoutScan, named: ByName, guard: Guard): ReturnType<ByName> {
  const roots = distinct(entries.filter((entry) => !scan.hasSubject.has(entry.digest) && !scan.children.has(entry.digest)))
  return roots.length === 1 ? named(roots, guard) : ABSENT
}

/** Recorded evidence: what it does not list is *failed*; what it says is absent, and what a tag names, is the recorder's word (E2). */
function marked(layout: Layout, recorded: Recorded, common: ByDigest, named: ByName): LayoutSource {
  return {
    ...common,
    kind: 'recorded',
    recorded,
    async resolve(reference, guard) {
      // what was recorded of one repository says nothing of another
      if (recorded.reference !== null && parseReference(recorded.reference).repository.name !== reference.repository.name) return missing(recorded, 'another repository')
      // asked for in vain, it was recorded as what the reference names, whether that was a tag or a digest
      if (recorded.failures.has('reference') && recorded.reference === reference.canonical) return missing(recorded, 'reference')
      const name: Named = reference.digest !== null ? [reference.digest] : namedByTag(layout.entries, reference.repository, reference.tag ?? 'latest')
      return named(name, guard)
    },
    async tagged(repository, tag, guard) {
      return recordedFailure(placeOfTag(recorded, tag)) ?? named(namedByTag(layout.entries, repository, tag), guard)
    },
    async referrers(_repository, subject) {
      return recordedFailure(placeOf(recorded, subject, 'referrers')) ?? attempt(async () => read(recordedList(layout.entries, subject)))
    },
  }
}

async function readObject(layout: Layout, recorded: Recorded | null, digest: Digest, maxBytes: number, guard: Guard): Promise<Read<VerifiedBytes>> {
  if (guard.expired) return failed('timeout', `${digest} was not read from the layout before the deadline.`)
  return attempt(async () => {
    const bytes = await layout.blob(digest, maxBytes)
    if (bytes === null) return missing(recorded, digest)
    const overBudget = guard.received(bytes.byteLength)
    if (overBudget !== null) return failed(overBudget, `With ${digest} the bytes read for one verification passed their limit.`)
    const object = await verifyBytes(bytes, digest)
    return object === null ? failedForGood('digest-mismatch', `The layout files bytes under ${digest} that do not have this digest.`) : read(object)
  })
}

function missing(recorded: Recorded | null, object: string): Read<never> {
  return recorded === null ? ABSENT : missingObject(recorded, object)
}

function mediaTypeOf(entries: readonly Descriptor[], digest: Digest): string | null {
  return entries.find((entry) => entry.digest === digest)?.mediaType ?? null
}

function ambiguous(): Read<never> {
  return failedForGood('malformed', 'The layout has two entries of one name with different digests.')
}

/** The entries that stood in the list of this subject, as they stood there. */
function recordedList(entries: readonly Descriptor[], subject: Digest): readonly Descriptor[] {
  return entries.filter((entry) => subjectsOf(entry).includes(subject)).map(asListed)
}

function subjectsOf(entry: Descriptor): readonly JsonValue[] {
  const text = entry.annotations.get(ANNOTATION.listed)
  const list = text === undefined ? [] : parseJson(utf8Encode(text))
  if (Array.isArray(list)) return list as readonly JsonValue[]
  throw new SealdexError('malformed', `${ANNOTATION.listed} is no list.`)
}

/** Without what the recorder added. */
function asListed(entry: Descriptor): Descriptor {
  const annotations = entry.raw.get('annotations')
  if (!isJsonObject(annotations)) return entry
  const theirs: JsonObject = new Map([...annotations].filter(([name]) => name !== ANNOTATION.listed))
  const raw = new Map(entry.raw)
  if (theirs.size > 0) raw.set('annotations', theirs)
  else raw.delete('annotations')
  return parseDescriptor(raw, 'index.json')
}

/** What throws past a limit or for what breaks the grammar, as a read that failed. */
async function attempt<T>(work: () => Promise<Read<T>>): Promise<Read<T>> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof SealdexError) return failed(error.code, error.message)
    return failed('unreachable', 'The files of the layout could not be read.')
  }
}
