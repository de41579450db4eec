import { expect } from 'vitest'
import { base64Encode } from '../../../src/base/bytes.ts'
import { trustOf, type Deployment } from '../kit/deployment.ts'
import { IDENTITY, ISSUER } from '../kit/fulcio.ts'
import type { Json, JsonFields } from '../kit/json.ts'
import type { SigningKey } from '../kit/keys.ts'
import { ARTIFACT } from '../kit/valid.ts'
import { verdictOn, type Verdict } from '../kit/verdict.ts'

/** What else is asked than the usual: a certificate of the kit's identity, one log, one time, one SCT. */
export interface Asked {
  readonly artifact?: Uint8Array<ArrayBuffer>
  readonly trust?: JsonFields
  readonly key?: SigningKey
  readonly identity?: string
  readonly pattern?: string
  readonly issuer?: string
  readonly logs?: number
  readonly times?: number
  readonly timestamps?: number
  readonly scts?: number
}

async function ask(on: Deployment, bundle: JsonFields, strict: boolean, asked: Asked): Promise<Verdict> {
  const { artifact = ARTIFACT, trust = trustOf(on), key, issuer = ISSUER, logs, times, timestamps, scts } = asked
  const identity = asked.pattern === undefined ? { identity: asked.identity ?? IDENTITY, issuer } : { identityPattern: asked.pattern, issuer }
  const thresholds = { ...(logs === undefined ? {} : { logs }), ...(times === undefined ? {} : { times }), ...(timestamps === undefined ? {} : { authorities: timestamps }), ...(scts === undefined ? {} : { scts }) }
  return verdictOn({ bundle, artifact, trust, strict, thresholds, ...(key === undefined ? { identities: [identity] } : { key }) })
}

export async function accepted(on: Deployment, bundle: JsonFields, asked: Asked = {}): Promise<void> {
  for (const strict of [true, false]) expect(await ask(on, bundle, strict, asked)).toMatchObject({ code: null })
}

/** Refused as a bundle and (where broken things are passed over) with an image's other evidence. Gives the first one's code. */
export async function refused(on: Deployment, bundle: JsonFields, code: string | Asked | null = null, asked: Asked = typeof code === 'object' ? code ?? {} : {}): Promise<string> {
  const [strict, lenient] = [await ask(on, bundle, true, asked), await ask(on, bundle, false, asked)]
  expect(strict.code).not.toBeNull()
  expect(lenient.code).not.toBeNull()
  if (typeof code === 'string') expect(strict.code).toBe(code)
  return strict.code ?? ''
}

function materialOf(bundle: JsonFields): JsonFields {
  return bundle['verificationMaterial'] as JsonFields
}

export function entriesOf(bundle: JsonFields): readonly JsonFields[] {
  return materialOf(bundle)['tlogEntries'] as JsonFields[]
}

export function withMaterial(bundle: JsonFields, change: Readonly<Record<string, Json>>): JsonFields {
  return { ...bundle, verificationMaterial: { ...materialOf(bundle), ...change } }
}

export function withEntries(bundle: JsonFields, entries: readonly JsonFields[]): JsonFields {
  return withMaterial(bundle, { tlogEntries: [...entries] })
}

export function withTimestamps(bundle: JsonFields, tokens: readonly Uint8Array[]): JsonFields {
  return withMaterial(bundle, { timestampVerificationData: { rfc3161Timestamps: tokens.map((token) => ({ signedTimestamp: base64Encode(token) })) } })
}
