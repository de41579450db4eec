import { base64Encode } from '../../../src/base/bytes.ts'

/** Plain JSON, as the kit writes it and the mutations walk it. */
export type Json = null | boolean | number | string | Json[] | JsonFields
export interface JsonFields {
  [name: string]: Json
}

/** An object without the members that are undefined. */
export function fields(members: Readonly<Record<string, Json | undefined>>): JsonFields {
  const out: JsonFields = {}
  for (const [name, value] of Object.entries(members)) if (value !== undefined) out[name] = value
  return out
}

/** `{"rawBytes":…}`, and the like. */
export function raw(bytes: Uint8Array, name: string = 'rawBytes'): JsonFields {
  return { [name]: base64Encode(bytes) }
}

export function omit(object: JsonFields, name: string): JsonFields {
  return Object.fromEntries(Object.entries(object).filter(([key]) => key !== name))
}
