import { parsePlatformName, type Platform } from '../oci/platform.ts'
import { parseReference } from '../oci/reference.ts'
import { entryFor, type Policy } from '../policy/policy.ts'
import { Guard, type GuardOptions } from '../source/guarded.ts'
import type { Source } from '../source/source.ts'
import { gather } from './gather.ts'
import { Objects } from './objects.ts'
import { writeVerdict, type Verdict } from './verdict.ts'

export interface ReadOptions extends GuardOptions {
  readonly source: Source
  /** `os/arch[/variant]`: judge that platform's manifests only, and hand out their digest. */
  readonly platform?: string
  /** The one clock, cut to whole seconds; now unless given. */
  readonly at?: Date
}

export interface VerifyOptions extends ReadOptions {
  readonly policy: Policy | Promise<Policy>
  /** Read every place, also what the policy does not need. */
  readonly all?: boolean
  /** Payload bytes for signatures that do not carry theirs (R4). */
  readonly payloads?: readonly Uint8Array<ArrayBuffer>[]
}

/**
 * Decides whether what the reference names may run (signed-index.md, R1 to R11). Throws `bad-reference`, `bad-option` or `bad-policy` for wrong
 * use only; what a registry answers, or fails to, ends in the verdict.
 */
export async function verify(reference: string, options: VerifyOptions): Promise<Verdict> {
  const parsed = parseReference(reference)
  const policy = await options.policy
  const objects = new Objects(options.source, parsed.repository, new Guard(options))
  const reading = options.all === true ? 'all' : 'needed'
  const { facts, decision } = await gather({
    reference: parsed,
    objects,
    policy,
    entry: entryFor(policy, parsed.repository),
    platform: platformOf(options),
    at: clock(options),
    reading,
    payloads: options.payloads ?? [],
  })
  if (decision === null) throw new TypeError('a policy was given, so there is a decision')
  return writeVerdict(facts, decision, policy, objects.consulted, reading)
}

export function platformOf(options: ReadOptions): Platform | null {
  return options.platform === undefined ? null : parsePlatformName(options.platform)
}

/** Seconds since 1970; the clock is read here and nowhere else. */
export function clock(options: ReadOptions): number {
  return Math.floor((options.at ?? new Date()).getTime() / 1000)
}
