import { verify, type Policy, type ReadOptions, type Reference, type Source, type Verdict } from '../src/index.ts'
import type { Call } from './call.ts'
import { Problem } from './problem.ts'
import { quoted } from './text.ts'

/** The policy of this name, or the default. Throws `unknown-policy` and `policy-required`: without a policy nothing is ever allowed. */
export function policyNamed({ settings }: Call, name: string | undefined): Policy {
  if (name === undefined) {
    if (settings.policy === null) throw new Problem('policy-required', 'This server has no default policy, and the request names none.')
    return settings.policy
  }
  const policy = settings.policies.get(name)
  if (policy === undefined) throw new Problem('unknown-policy', `There is no policy ${quoted(name)} here.`)
  return policy
}

/** The budgets and the clock of one request. */
export function readOptions({ settings }: Call, source: Source, platform: string | undefined): ReadOptions {
  const { maxRequests, timeoutMs, maxBytes } = settings.limits
  return { source, at: settings.now(), maxRequests, timeoutMs, maxBytes, ...(platform !== undefined && { platform }) }
}

export interface Question {
  readonly reference: Reference
  readonly policy: Policy
  readonly platform: string | undefined
  /** Default: the registry. */
  readonly source?: Source
}

export async function decide(call: Call, { reference, policy, platform, source = call.settings.source() }: Question): Promise<Verdict> {
  const { trustedRoot } = call.settings
  const verdict = await verify(reference.canonical, { ...readOptions(call, source, platform), policy, ...(trustedRoot !== undefined && { trustedRoot }) })
  call.noted.outcome = verdict.outcome
  return verdict
}
