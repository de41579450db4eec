import { base64Decode, hexEncode } from '../base/bytes.ts'
import * as ANNOTATION from '../oci/annotations.ts'
import type { Descriptor } from '../oci/descriptor.ts'
import { broken, NO_MATERIAL, type Beside, type FoundSignature, type SignatureMaterial } from './found.ts'

/** What belongs to one signature, by what it is; the texts are annotations as they stand. */
export interface SignatureParts {
  signature?: string
  payload?: string
  key?: string
  certificate?: string
  chain?: string
  bundle?: string
  timestamp?: string
}

export const PART_OF_KEY: ReadonlyMap<string, keyof SignatureParts> = new Map([
  [ANNOTATION.signature, 'signature'],
  [ANNOTATION.payload, 'payload'],
  [ANNOTATION.key, 'key'],
  [ANNOTATION.certificate, 'certificate'],
  [ANNOTATION.chain, 'chain'],
  [ANNOTATION.bundle, 'bundle'],
  [ANNOTATION.timestamp, 'timestamp'],
])

/** Payloads, certificates … that are tried for a signature whose own suffix has none: bounded, since pairing is then by cryptography (R3). */
const LOOSE = 4

/**
 * cosign's annotations on a descriptor (formats.md 4): plain, with an integer suffix (gaps are legal), with a hash suffix of the annotation or
 * of the key. The listing annotation of the hash form proves nothing and is not read (T22). Null: no such annotation stands there.
 */
export function readCosignAnnotations(descriptor: Descriptor): readonly FoundSignature[] | null {
  return readSuffixed(descriptor, '', PART_OF_KEY, formOfSuffix)
}

/** Reads groups of annotations `<prefix><key><suffix>`; shared with the generic spelling, whose keys have a prefix. */
export function readSuffixed(
  descriptor: Descriptor,
  prefix: string,
  parts: ReadonlyMap<string, keyof SignatureParts>,
  formOf: (suffix: string) => string,
): readonly FoundSignature[] | null {
  const groups = new Map<string, SignatureParts>()
  for (const [name, text] of descriptor.annotations) {
    const split = splitKey(name, prefix, parts)
    if (split === null) continue
    const group = groups.get(split.suffix) ?? {}
    group[split.part] = text
    groups.set(split.suffix, group)
  }
  const signed = [...groups].filter(([, group]) => group.signature !== undefined)
  if (signed.length === 0) return null
  const loose = [...groups.values()].filter((group) => group.signature === undefined)
  const loosePayloads = loose.flatMap((group) => group.payload ?? []).slice(0, LOOSE)
  return signed.map(([suffix, group]) => {
    const at = `${prefix}${ANNOTATION.signature}${suffix}`
    return readParts(formOf(suffix), descriptor, at, group, group.payload === undefined ? loosePayloads : [group.payload], suffix, loose)
  })
}

/** One signature out of its texts; what is not canonical base64, or empty, is `invalid` and stays visible. */
export function readParts(form: string, beside: Beside, at: string, parts: SignatureParts, payloads: readonly string[], suffix: string, loose: readonly SignatureParts[] = []): FoundSignature {
  const common = { form, beside: besideOf(beside), at }
  const signature = decoded(parts.signature ?? '')
  const stored = payloads.map(decoded)
  if (signature === null || signature.length === 0 || (parts.payload !== undefined && stored.includes(null))) {
    return broken(common)
  }
  return {
    ...common,
    kind: 'simple-signing',
    signature,
    payloads: stored.filter((bytes) => bytes !== null),
    payloadBlob: null,
    keyHints: hintsOf(parts.key, suffix),
    material: materialOf(parts, loose),
  }
}

/** What stands beside the signature; of each kind that its own suffix lacks, what stands under suffixes without a signature. An empty text is none (formats.md 13.5). */
export function materialOf(own: SignatureParts, loose: readonly SignatureParts[] = []): SignatureMaterial {
  if (loose.length === 0 && own.certificate === undefined && own.chain === undefined && own.bundle === undefined && own.timestamp === undefined) return NO_MATERIAL
  const texts = (part: keyof SignatureParts): readonly string[] => (own[part] === undefined ? loose.flatMap((parts) => parts[part] ?? []).slice(0, LOOSE) : [own[part]]).filter((text) => text !== '')
  return { certificates: texts('certificate'), chains: texts('chain'), logBundles: texts('bundle'), timestamps: texts('timestamp') }
}

/** The parts of one signature that stand in annotations without a suffix (`.sig` and `.att` layers). */
export function plainParts(annotations: ReadonlyMap<string, string>): SignatureParts {
  const parts: SignatureParts = {}
  for (const [name, part] of PART_OF_KEY) {
    const text = annotations.get(name)
    if (text !== undefined) parts[part] = text
  }
  return parts
}

export function besideOf(descriptor: Beside): Beside {
  return { digest: descriptor.digest, mediaType: descriptor.mediaType, size: descriptor.size, platform: descriptor.platform, annotations: descriptor.annotations }
}

function splitKey(name: string, prefix: string, parts: ReadonlyMap<string, keyof SignatureParts>): { part: keyof SignatureParts; suffix: string } | null {
  if (!name.startsWith(prefix)) return null
  const bare = name.slice(prefix.length)
  // both the vendor's name and the keys hold dots, so a suffix begins after the slash
  const dot = bare.indexOf('.', bare.indexOf('/'))
  const part = parts.get(dot < 0 ? bare : bare.slice(0, dot))
  return part === undefined ? null : { part, suffix: dot < 0 ? '' : bare.slice(dot) }
}

function formOfSuffix(suffix: string): string {
  if (suffix === '') return 'plain'
  if (/^\.\d{1,6}$/.test(suffix)) return 'integer-suffix'
  return /^\.[0-9a-f]{7,}$/.test(suffix) ? 'hash-suffix' : 'other-suffix'
}

function hintsOf(key: string | undefined, suffix: string): string[] {
  const hint = key === undefined ? null : decoded(key)
  return [...(hint?.length === 32 ? [hexEncode(hint)] : []), ...(/^\.[0-9a-f]{7,}$/.test(suffix) ? [suffix.slice(1)] : [])]
}

function decoded(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return base64Decode(text)
  } catch {
    return null
  }
}
