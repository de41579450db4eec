import { base64Decode } from '../base/bytes.ts'
import { SealdexError } from '../base/errors.ts'
import { isDigest } from '../crypto/digest.ts'
import * as ANNOTATION from '../oci/annotations.ts'
import type { Descriptor } from '../oci/descriptor.ts'
import type { ImageIndex } from '../oci/document.ts'
import { besideOf } from './cosign-annotations.ts'
import { broken, notRead, type Beside, type FoundSignature } from './found.ts'

const FORM = 'ssh-inline'
const KEY = { version: 'version', type: 'type', descriptor: 'descriptor', data: 'data' } as const

/** The sign-index prototype, version 0.2: five annotations on the descriptor, without a suffix (formats.md 4 and 12.9). */
export function readSshInline(descriptor: Descriptor): readonly FoundSignature[] | null {
  const found = readGroup(descriptor.annotations, '', besideOf(descriptor))
  return found === null ? null : [found]
}

/** Version 0.1: the same annotations on the index itself, each key followed by `.<digest of the platform manifest>`. */
export function readSshInlineIndex(index: ImageIndex): readonly FoundSignature[] | null {
  const start = `${ANNOTATION.inlinePrefix}${KEY.data}.`
  const found: FoundSignature[] = []
  for (const name of index.annotations.keys()) {
    if (!name.startsWith(start)) continue
    const digest = name.slice(start.length)
    const entry = index.manifests.find((descriptor) => descriptor.digest === digest)
    if (!isDigest(digest)) continue
    const beside = entry === undefined ? { digest, mediaType: null, size: null, platform: null, annotations: null } : besideOf(entry)
    const signature = readGroup(index.annotations, `.${digest}`, beside)
    if (signature !== null) found.push(signature)
  }
  return found.length === 0 ? null : found
}

function readGroup(annotations: ReadonlyMap<string, string>, suffix: string, beside: Beside): FoundSignature | null {
  const at = `${ANNOTATION.inlinePrefix}${KEY.data}${suffix}`
  const get = (name: string): string | undefined => annotations.get(`${ANNOTATION.inlinePrefix}${name}${suffix}`)
  const [data, descriptor] = [get(KEY.data), get(KEY.descriptor)]
  if (data === undefined && descriptor === undefined) return null
  const where = { form: FORM, beside, at }
  if (get(KEY.type) !== 'ssh' || !['0.1', '0.2'].includes(get(KEY.version) ?? '')) return notRead(where)
  try {
    return { ...where, kind: 'ssh-descriptor', descriptor: base64Decode(descriptor ?? ''), armored: base64Decode(data ?? '') }
  } catch (error) {
    if (error instanceof SealdexError) return broken(where)
    throw error
  }
}
