import * as ANNOTATION from '../oci/annotations.ts'
import type { Descriptor } from '../oci/descriptor.ts'
import { besideOf, PART_OF_KEY, readSuffixed, type SignatureParts } from './cosign-annotations.ts'
import { notRead, type FoundSignature } from './found.ts'

/** cosign's keys, each also under the vendor of its signature. */
const PARTS: ReadonlyMap<string, keyof SignatureParts> = new Map([...PART_OF_KEY].flatMap(([key, part]) => [[key, part], [`dev.cosignproject.cosign/${key.split('/')[1]}`, part]]))

const SIGNATURE_KEY = /^sign\.([^/]+)\/signature(?:\.|$)/

/** The generic spelling `sign.<vendor>/<ftype>.<uniq>` (formats.md 4): cosign's vendor is read, a signature of another vendor is named as unsupported. */
export function readGenericAnnotations(descriptor: Descriptor): readonly FoundSignature[] | null {
  const known = readSuffixed(descriptor, ANNOTATION.genericPrefix, PARTS, () => 'generic') ?? []
  const foreign: FoundSignature[] = []
  for (const name of descriptor.annotations.keys()) {
    const vendor = SIGNATURE_KEY.exec(name)?.[1]
    if (vendor === undefined || `${vendor}/signature` === ANNOTATION.signature) continue
    foreign.push(notRead({ form: 'generic', beside: besideOf(descriptor), at: name }))
  }
  return known.length + foreign.length === 0 ? null : [...known, ...foreign]
}
