import { LIMITS, isJsonObject, loadTrustedRoot, parseJson, parsePolicy, policyFromOptions, registryReadOnly, SealdexError, stringifyJson, VERSION, type Policy, type RegistryOptions, type Source } from '../src/index.ts'
import { addressRules, type AddressRules } from './addresses.ts'
import { keysIn } from './keys.ts'
import type { Limited, Limits, Lines, Settings } from './settings.ts'
import { quoted } from './text.ts'

/** Variables by name; what is no text (a binding of the Worker's) is passed over. */
export type Env = Readonly<Record<string, unknown>>

/** Variables that are known (docs/deploy.md). */
export const VARIABLES = ['ALLOWED_REGISTRIES', 'KEYS', 'ALLOWED_SIGNERS', 'POLICY', 'POLICIES', 'TRUSTED_ROOT', 'MAX_REQUESTS', 'TIMEOUT_MS', 'MAX_BYTES'] as const

type Variable = typeof VARIABLES[number]

/** What differs from runtime to runtime. */
export interface Surroundings {
  readonly log: Settings['log']
  readonly asset: Settings['asset']
  readonly maxRequests: number
  /** Loopback registries may be asked without being listed. Default: false. */
  readonly loopback?: boolean
  /** How registries are spoken to. */
  readonly registry?: (addresses: AddressRules) => RegistryOptions
  /**
   * One registry client for all requests, which then share its tokens. Not in workerd: there a request that ends early leaves what it had begun
   * undone for ever, and nobody may wait for a token that it asked for. Default: one for each request.
   */
  readonly shared?: boolean
  /** Default: nobody waits, since the runtime sees to that. */
  readonly lines?: Lines
}

/** Reads the settings once. Throws `bad-option` or `bad-policy` that names the variable. */
export async function settingsFromEnv(env: Env, { log, asset, maxRequests, loopback = false, registry: options, shared = false, lines = { questions: atOnce, tars: atOnce } }: Surroundings): Promise<Settings> {
  const text = (name: Variable): string | null => {
    const value = env[name]
    return typeof value === 'string' && value.trim() !== '' ? value : null
  }
  const addresses = named('ALLOWED_REGISTRIES', () => addressRules({ registries: (text('ALLOWED_REGISTRIES') ?? '').split(/[\s,]+/).filter((entry) => entry !== ''), loopback }))
  const encoder = new TextEncoder()
  const [policies, root] = [text('POLICIES'), text('TRUSTED_ROOT')]
  const limits: Limits = {
    maxRequests: countOf('MAX_REQUESTS', text('MAX_REQUESTS'), maxRequests),
    timeoutMs: countOf('TIMEOUT_MS', text('TIMEOUT_MS'), LIMITS.deadlineMs),
    maxBytes: countOf('MAX_BYTES', text('MAX_BYTES'), LIMITS.evidenceBytes),
    bodyMs: LIMITS.bodyMs,
  }
  const open = (): Source => registryReadOnly({ userAgent: `sealdex/${VERSION}`, ...options?.(addresses), allowAddress: addresses.mayAsk })
  const client = open()
  return {
    source: shared ? () => client : open,
    addresses,
    policy: await defaultPolicy(text('POLICY'), text('KEYS'), text('ALLOWED_SIGNERS')),
    policies: policies === null ? new Map() : await policiesIn(encoder.encode(policies)),
    trustedRoot: root === null ? undefined : await namedLater('TRUSTED_ROOT', () => loadTrustedRoot(root)),
    now: () => new Date(),
    log,
    asset,
    limits,
    lines,
  }
}

const atOnce: Limited = (work) => work()

async function defaultPolicy(policy: string | null, keys: string | null, allowedSigners: string | null): Promise<Policy | null> {
  if (policy === null && keys === null && allowedSigners === null) return null
  if (policy === null) return namedLater('KEYS or ALLOWED_SIGNERS', () => policyFromOptions({ keys: keysIn(keys ?? ''), ...(allowedSigners !== null && { allowedSigners }) }))
  if (keys !== null || allowedSigners !== null) throw new SealdexError('bad-option', 'POLICY already says who must sign, so KEYS and ALLOWED_SIGNERS beside it could only contradict it: set one or the other.')
  return namedLater('POLICY', () => parsePolicy(policy))
}

/** `{"NAME": policy, …}`. */
async function policiesIn(bytes: Uint8Array): Promise<ReadonlyMap<string, Policy>> {
  return namedLater('POLICIES', async () => {
    const value = parseJson(bytes)
    if (!isJsonObject(value)) throw new SealdexError('bad-policy', 'It is an object of policies by name.')
    const entries = [...value].map(async ([name, policy]): Promise<[string, Policy]> => {
      if (!/^[A-Za-z0-9._-]{1,64}$/.test(name)) throw new SealdexError('bad-policy', `${quoted(name)} is no name for a policy: letters, digits, ".", "_" and "-".`)
      return [name, await namedLater(name, () => parsePolicy(stringifyJson(policy)))]
    })
    return new Map(await Promise.all(entries))
  })
}

function countOf(name: Variable, text: string | null, fallback: number): number {
  if (text === null) return fallback
  if (!/^[1-9][0-9]{0,8}$/.test(text)) throw new SealdexError('bad-option', `${name} is a whole number from 1 on, and ${quoted(text)} is not.`)
  return Number(text)
}

function named<T>(name: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw withName(name, error)
  }
}

async function namedLater<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw withName(name, error)
  }
}

function withName(name: string, error: unknown): unknown {
  return error instanceof SealdexError ? new SealdexError(error.code, `${name}: ${error.message}`, { cause: error }) : error
}
