import { base64Encode } from '../base/bytes.ts'
import type { Code } from '../base/codes.ts'
import { SealdexError } from '../base/errors.ts'
import { JsonNumber, type JsonObject, type JsonValue } from '../base/json.ts'
import { digestOf, type Digest } from '../crypto/digest.ts'
import type { Signer } from '../crypto/private-key.ts'
import type { PublicKey } from '../crypto/public-key.ts'
import * as ANNOTATION from '../oci/annotations.ts'
import * as MEDIA from '../oci/media.ts'
import { cosignTag } from '../oci/place.ts'
import { isTag, parseReference } from '../oci/reference.ts'
import type { LoadedDocument } from '../verify/objects.ts'
import type { Note, Writing, WrittenObject } from './context.ts'
import { exportable, type Convertible, type ExportSource, type Unconvertible } from './convertible.ts'
import { signAgain } from './export-again.ts'
import { bundleForm } from './export-bundle.ts'
import { notationForm } from './export-notation.ts'
import { openWriting, type WriteOptions } from './open-writing.ts'
import { emptySigManifest, layersOf, uniteLayers } from './sig-manifest.ts'
import { writeUntilItStays, type Slot } from './write.ts'

export type ExportForm = 'cosign' | 'bundle' | 'notation'

export interface ExportOptions extends Omit<WriteOptions, 'platform'> {
  readonly to: ExportForm
  /** `cosign`: keys that may have made signatures which do not carry their payload. */
  readonly keys?: readonly PublicKey[]
  /** The repository name under which such signatures were made. */
  readonly signedRepository?: string
  /** `bundle`, `notation`: signs the other bytes; only what it signed before is signed again. For `notation` an RSA key signs with PSS. */
  readonly signer?: Signer
  /** `notation`: PEM, the certificate of the signer's key first, each issuer after it, the root last. */
  readonly certificates?: string
  /** The time that is signed and judged by, as a Date. Default: now. */
  readonly at?: Date
}

export interface ExportResult {
  readonly version: 1
  /** Canonical. */
  readonly reference: string
  readonly to: ExportForm
  readonly converted: readonly { readonly subject: Digest; readonly form: string; readonly at: string; readonly state: 'written' | 'there' }[]
  readonly notConverted: readonly (Unconvertible & { readonly code: Code })[]
  /** Signatures that stood before where the tools of this form look. */
  readonly inPlace: number
  readonly written: readonly WrittenObject[]
  readonly notes: readonly Note[]
}

/**
 * Brings the signatures of an image to where other tools look. `cosign`: the same signatures with their payloads at its `.sig` tags, beside what stands there
 * (formats.md 5, 12.5). `bundle` and `notation` sign other bytes: what the key signed before is signed again as a Sigstore bundle, or by notation's rules with the
 * certificates of the key. What cannot be brought along is listed with `cannot-convert`. Throws a SealdexError: `cannot-convert` where a key or certificates are
 * needed, or notation has no algorithm for the key; `bad-certificate`, `untrusted-certificate`, `certificate-expired`, `certificate-misused`; and the codes of reading and writing.
 */
export async function exportSignatures(reference: string, options: ExportOptions): Promise<ExportResult> {
  const { to, keys = [], signedRepository } = options
  const signer = to === 'cosign' ? null : signerFor(to, options)
  const { writing, notes } = openWriting(reference, options)
  const at = Math.floor((options.at?.getTime() ?? Date.now()) / 1000)
  const source = { reference: writing.reference, objects: writing.objects, at, signedRepository: signedRepository === undefined ? null : parseReference(signedRepository) }
  const common = { version: 1, reference: writing.reference.canonical, to, notes } as const
  if (signer === null) return { ...common, ...(await moveAll(writing, { ...source, keys })) }
  const form = to === 'bundle' ? bundleForm(writing, signer, at) : await notationForm(writing, signer, options.certificates ?? '', at)
  return { ...common, ...(await signAgain(writing, source, signer.publicKey, form)) }
}

function signerFor(to: 'bundle' | 'notation', { signer, certificates }: ExportOptions): Signer {
  if (signer === undefined) throw new SealdexError('cannot-convert', `A ${to === 'bundle' ? 'bundle' : 'notation signature'} signs other bytes than the signatures that are there, so it takes the key itself: --key FILE.`)
  if (to === 'notation' && certificates === undefined) throw new SealdexError('cannot-convert', 'A notation signature names its signer by a certificate: --certificate FILE, in PEM, that of the key first, the root last.')
  return signer
}

type Moved = Pick<ExportResult, 'converted' | 'notConverted' | 'inPlace' | 'written'>

async function moveAll(writing: Writing, source: ExportSource): Promise<Moved> {
  const { convertible, unconvertible, inPlace } = await exportable(source)
  const bySubject = [...Map.groupBy(convertible, ({ subject }) => subject)]
  const results = await Promise.all(bySubject.map(([subject, all]) => moveTo(writing, subject, all)))
  return {
    inPlace,
    converted: results.flatMap(({ converted }) => converted),
    notConverted: unconvertible.map((one) => ({ ...one, code: 'cannot-convert' as const })),
    written: results.flatMap(({ written }) => written),
  }
}

/** The signatures of one subject to its `.sig` tag, beside all layers that stand there. */
async function moveTo(writing: Writing, subject: Digest, all: readonly Convertible[]): Promise<Pick<ExportResult, 'converted' | 'written'>> {
  const tag = cosignTag(subject, 'sig')
  if (!isTag(tag)) throw new SealdexError('cannot-convert', `${subject} is too long for a tag of cosign's.`)
  const { objects, source } = writing
  for (const { payload } of all) await pushed(writing, payload)
  const layers = await Promise.all(all.map(layerOf))
  const slot: Slot<LoadedDocument | null, Uint8Array<ArrayBuffer>> = {
    async read() {
      const loaded = await objects.tagged(tag)
      if (loaded.state === 'absent') return null
      if (loaded.state !== 'read') throw new SealdexError(loaded.code, `${loaded.message} Nothing is written over what could not be read.`)
      if (loaded.value.document.kind !== 'manifest') throw new SealdexError('form-unsupported', `At ${tag} stands something that is no manifest of cosign's; it was left as it is.`)
      return loaded.value
    },
    unite(seen) {
      const standing = seen?.document.raw ?? emptySigManifest()
      const there = new Set(layersOf(standing).map(nameOf))
      const added = layers.filter((layer) => !there.has(nameOf(layer)))
      return uniteLayers(standing, new Map([['layers', added]]), (config) => pushed(writing, config))
    },
    version: (seen) => seen?.digest ?? '',
    put: (bytes, over) => source.putManifest(objects.repository, { tag }, bytes, MEDIA.ociManifest, objects.guard, over === null ? {} : { ifMatch: over.digest }),
  }
  const { first, last, writes } = await writeUntilItStays(slot, writing.timing)
  const known = new Set(first === null ? [] : layersOf(first.document.raw).map(nameOf))
  return {
    converted: all.map(({ found }, i) => ({ subject, form: found.form, at: found.at, state: known.has(nameOf(layers[i] ?? new Map())) ? 'there' : 'written' })),
    written: writes === 0 || last === null ? [] : [{ kind: 'tag', tag, digest: last.digest }],
  }
}

/** One layer a signature, as cosign writes it; an annotation without text is none (formats.md 13.5). */
async function layerOf({ found, payload, certificate }: Convertible): Promise<JsonObject> {
  const { chains, logBundles, timestamps } = found.material
  const annotations = new Map<string, JsonValue>([[ANNOTATION.signature, base64Encode(found.signature)]])
  for (const [name, text] of [[ANNOTATION.certificate, certificate], [ANNOTATION.chain, chains[0]], [ANNOTATION.bundle, logBundles[0]], [ANNOTATION.timestamp, timestamps[0]]] as const) {
    if (typeof text === 'string') annotations.set(name, text)
  }
  return new Map<string, JsonValue>([['mediaType', MEDIA.simpleSigning], ['size', new JsonNumber(String(payload.length))], ['digest', await digestOf(payload)], ['annotations', annotations]])
}

/** Payload and signature: what tells one signature from another. */
function nameOf(layer: JsonObject): string {
  const annotations = layer.get('annotations')
  const signature = annotations instanceof Map ? (annotations as JsonObject).get(ANNOTATION.signature) : undefined
  return JSON.stringify([layer.get('digest'), signature])
}

async function pushed({ source, objects }: Writing, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const result = await source.putBlob(objects.repository, bytes, objects.guard)
  if (result.state !== 'written') throw new SealdexError(result.code, result.message)
}
