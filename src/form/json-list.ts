import { utf8Encode } from '../base/bytes.ts'
import { SealdexError } from '../base/errors.ts'
import { fixedObject, optionalString } from '../base/json-fields.ts'
import { parseJson, type JsonValue } from '../base/json.ts'
import * as ANNOTATION from '../oci/annotations.ts'
import type { Descriptor } from '../oci/descriptor.ts'
import { besideOf, readParts, type SignatureParts } from './cosign-annotations.ts'
import { broken, notRead, type FoundCommon, type FoundSignature } from './found.ts'

const FORM = 'json-list'
const PARTS = ['signature', 'bundle', 'certificate', 'chain', 'payload', 'key', 'timestamp'] as const
const FIELDS = ['name', ...PARTS] as const

/** `org.opencontainers.signature`: a JSON list of `{name, signature, bundle, certificate, chain}` in one annotation (formats.md 4). */
export function readJsonList(descriptor: Descriptor): readonly FoundSignature[] | null {
  const text = descriptor.annotations.get(ANNOTATION.jsonList)
  if (text === undefined) return null
  const list = entriesOf(text)
  if (list === null) return [broken(where(descriptor, ANNOTATION.jsonList))]
  return list.map((entry, i) => readEntry(descriptor, entry, `${ANNOTATION.jsonList}[${i}]`))
}

function entriesOf(text: string): readonly JsonValue[] | null {
  try {
    const value = parseJson(utf8Encode(text))
    return Array.isArray(value) ? value : null
  } catch (error) {
    if (error instanceof SealdexError) return null
    throw error
  }
}

function readEntry(descriptor: Descriptor, entry: JsonValue, at: string): FoundSignature {
  try {
    const object = fixedObject(entry, FIELDS, at)
    const field = (name: string): string | undefined => optionalString(object, name, at) ?? undefined
    if (field('name') !== undefined && field('name') !== 'dev.cosignproject.cosign') return notRead(where(descriptor, at))
    const parts: SignatureParts = {}
    for (const name of PARTS) {
      const text = field(name)
      if (text !== undefined) parts[name] = text
    }
    return readParts(FORM, descriptor, at, parts, parts.payload === undefined ? [] : [parts.payload], '')
  } catch (error) {
    if (error instanceof SealdexError) return broken(where(descriptor, at))
    throw error
  }
}

function where(descriptor: Descriptor, at: string): FoundCommon {
  return { form: FORM, beside: besideOf(descriptor), at }
}
