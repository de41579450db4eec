import type { Code } from '../base/codes.ts'
import { SealdexError } from '../base/errors.ts'
import type { Digest } from '../crypto/digest.ts'
import type { Reference } from '../oci/reference.ts'
import type { RegistryWriter } from '../source/registry-writer.ts'
import type { Source } from '../source/source.ts'
import type { Loaded, LoadedDocument, Objects } from '../verify/objects.ts'
import type { EntrySigner } from './entry-signer.ts'
import type { Facts } from './signature-entry.ts'
import type { Timing } from './clock.ts'

/** Something that a writer saw and its user should know. */
export interface Note {
  readonly code: Code
  readonly message: string
}

/** One object that was written, by what it is found. */
export interface WrittenObject {
  readonly kind: 'referrer' | 'digest-tag' | 'tag'
  readonly tag: string | null
  readonly digest: Digest
}

/** Where one subject stands: `writing` comes before each write, `done` at the end of its watch. */
export interface Progress {
  readonly subject: Digest
  readonly step: 'signing' | 'writing' | 'done'
}

/** What all writers share. */
export interface Writing {
  readonly reference: Reference
  readonly source: Source & RegistryWriter
  readonly objects: Objects
  readonly timing: Timing
  readonly note: (code: Code, message: string) => void
}

/** What all layouts share. */
export interface Signing extends Writing {
  readonly signer: EntrySigner
  readonly facts: Facts
  readonly renew: boolean
  readonly force: boolean
  readonly progress: (progress: Progress) => void
}

/** What was asked for, or the error that says why it is not there. */
export function loadedOrThrow(loaded: Loaded, what: string): LoadedDocument {
  if (loaded.state === 'read') return loaded.value
  if (loaded.state === 'absent') throw new SealdexError('reference-not-found', `${what} is not in the registry.`)
  throw new SealdexError(loaded.code, loaded.message)
}
