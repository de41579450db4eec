import { parseReference } from '../oci/reference.ts'
import { entryFor, type Policy } from '../policy/policy.ts'
import { Guard } from '../source/guarded.ts'
import { gather } from './gather.ts'
import { inspectionOf, type Inspection } from './inspect.ts'
import type { Facts } from './judge.ts'
import { Objects } from './objects.ts'
import { clock, platformOf, type ReadOptions } from './options.ts'
import { needsRoot, trustFor, type TrustOptions } from './trust.ts'
import { writeVerdict, type Verdict } from './verdict.ts'

export interface VerifyOptions extends ReadOptions, TrustOptions {
  readonly policy: Policy | Promise<Policy>
  /** Read every place, also what the policy does not need. */
  readonly all?: boolean
  /** Payload bytes for signatures that do not carry theirs (R4). */
  readonly payloads?: readonly Uint8Array<ArrayBuffer>[]
}

/** A verdict, and the picture of what it was reached from, without a second look. */
export interface Examination {
  readonly verdict: Verdict
  readonly inspection: () => Inspection
}

/**
 * Decides whether what the reference names may run (signed-index.md, R1 to R11). Throws `bad-reference`, `bad-option` or `bad-policy` for wrong
 * use only; what a registry answers, or fails to, ends in the verdict.
 */
export async function verify(reference: string, options: VerifyOptions): Promise<Verdict> {
  return (await decide(reference, options)).verdict
}

/** As {@link verify}, with what was read beside the verdict: for those who show a person why. */
export async function examine(reference: string, options: VerifyOptions): Promise<Examination> {
  const { verdict, facts, reading } = await decide(reference, options)
  return { verdict, inspection: () => inspectionOf(facts, reading) }
}

interface Decided {
  readonly verdict: Verdict
  readonly facts: Facts
  readonly reading: 'needed' | 'all'
}

async function decide(reference: string, options: VerifyOptions): Promise<Decided> {
  const parsed = parseReference(reference)
  const policy = await options.policy
  const objects = new Objects(options.source, parsed.repository, new Guard(options))
  const reading = options.all === true ? 'all' : 'needed'
  const [entry, at] = [entryFor(policy, parsed.repository), clock(options)]
  const { facts, decision } = await gather({
    reference: parsed,
    objects,
    policy,
    entry,
    platform: platformOf(options),
    at,
    reading,
    payloads: options.payloads ?? [],
    trust: await trustFor(options, needsRoot(entry), at),
  })
  if (decision === null) throw new TypeError('a policy was given, so there is a decision')
  return { verdict: writeVerdict(facts, decision, policy, objects.consulted, reading), facts, reading }
}
