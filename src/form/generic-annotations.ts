import * as ANNOTATION from '../oci/annotations.ts'
import type { Descriptor } from '../oci/descriptor.ts'
import { besideOf, readSuffixed, type SignatureParts } from './cosign-annotations.ts'
import type { FoundSignature } from './found.ts'

const PARTS: ReadonlyMap<string, keyof SignatureParts> = new Map([
  [ANNOTATION.signature, 'signature'],
  ['dev.cosignproject.cosign/payload', 'payload'],
  ['dev.cosignproject.cosign/key', 'key'],
  ['dev.cosignproject.cosign/certificate', 'certificate'],
  ['dev.cosignproject.cosign/chain', 'chain'],
  ['dev.cosignproject.cosign/bundle', 'bundle'],
  ['dev.cosignproject.cosign/rfc3161timestamp', 'timestamp'],
  [ANNOTATION.payload, 'payload'],
  [ANNOTATION.key, 'key'],
  [ANNOTATION.certificate, 'certificate'],
  [ANNOTATION.chain, 'chain'],
  [ANNOTATION.bundle, 'bundle'],
  [ANNOTATION.timestamp, 'timestamp'],
])

const SIGNATURE_KEY = /^sign\.([^/]+)\/signature(?:\.|$)/

/** The generic spelling `sign.<vendor>/<ftype>.<uniq>` (formats.md 4): cosign's vendor is read, a signature of another vendor is named as unsupported. */
export function readGenericAnnotations(descriptor: Descriptor): readonly FoundSignature[] | null {
  const known = readSuffixed(descriptor, ANNOTATION.genericPrefix, PARTS, () => 'generic') ?? []
  const foreign: FoundSignature[] = []
  for (const name of descriptor.annotations.keys()) {
    const vendor = SIGNATURE_KEY.exec(name)?.[1]
    if (vendor === undefined || `${vendor}/signature` === ANNOTATION.signature) continue
    foreign.push({ form: 'generic', beside: besideOf(descriptor), at: name, kind: 'unreadable', state: 'unsupported', code: 'form-unsupported' })
  }
  return known.length + foreign.length === 0 ? null : [...known, ...foreign]
}
