import { SealdexError } from '../base/errors.ts'
import type { JsonValue } from '../base/json.ts'
import { Mismatch, type Shape } from './shape.ts'
import type { PolicyFile } from './schema.ts'

/** What can't be said in a policy of ours is an error that names it; nothing is ever left out in silence. Throws `bad-policy`. */
export function refuse(where: string, what: string): never {
  throw new SealdexError('bad-policy', `${where} ${what}. That cannot be said in a policy of sealdex, so nothing was imported.`)
}

/** Reads a document of another tool's; unknown fields are refused by name, since they could be a restriction. */
export function shaped<T>(shape: Shape<T>, json: JsonValue, what: string): T {
  try {
    return shape(json, '')
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error
    throw new SealdexError('bad-policy', `${what} is not one that is read, at ${error.at || 'its top'}: ${error.why}. Nothing was imported.`, { cause: error })
  }
}

/** What an importer makes of a document. */
export interface Imported {
  readonly file: PolicyFile
  /** Where the other tool would decide otherwise, one sentence each: never more strictly than ours. */
  readonly notes: readonly string[]
}
