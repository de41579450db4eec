import { parsePolicy } from '../../src/policy/parse.ts'
import type { X509Signer } from '../../src/policy/policy.ts'
import { checkSignature } from '../../src/verify/check.ts'
import type { Checked } from '../../src/verify/checked.ts'
import type { Bytes } from '../sigstore/kit/der.ts'
import { DAY, NOW } from '../sigstore/kit/window.ts'
import { foundNotation, type Party } from './kit.ts'

export interface Question {
  /** By their names, as in a policy file; default: the party's own root and whole name. */
  readonly signers?: Readonly<Record<string, object>>
  readonly container?: 'jws' | 'cose'
  readonly at?: number
  readonly beside?: Parameters<typeof foundNotation>[2]
  readonly revoked?: readonly string[]
}

export const SUBJECT = 'C=DE, ST=BE, O=Vendor, CN=one'

export async function x509Signers(signers: Readonly<Record<string, object>>): Promise<readonly X509Signer[]> {
  if (Object.keys(signers).length === 0) return []
  const file = { version: 1, policies: [{ name: 'p', scopes: ['*'], signers: Object.fromEntries(Object.entries(signers).map(([name, x509]) => [name, { x509 }])) }] }
  const { entries } = await parsePolicy(JSON.stringify(file))
  return [...(entries[0]?.signers.values() ?? [])].filter((signer) => signer.kind === 'x509')
}

/** What checking an envelope gives, by signers of a policy. */
export async function judge(party: Party, bytes: Bytes, { signers, container = 'jws', at = NOW + DAY, beside, revoked = [] }: Question = {}): Promise<Checked> {
  const x509 = await x509Signers(signers ?? { vendor: { roots: [party.rootPem], subject: SUBJECT } })
  return checkSignature(foundNotation(container, bytes, beside), { keys: [], keyless: [], x509, trustedRoot: null, rootFailure: null, revoked: new Set(revoked), at, candidates: () => [], mostCandidates: 0, spend: () => undefined })
}

/** State and code, for short. */
export async function stateOf(party: Party, bytes: Bytes, question: Question = {}): Promise<string> {
  const { state, code } = await judge(party, bytes, question)
  return code === null ? state : `${state} ${code}`
}
