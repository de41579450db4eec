/** The app in this process: with settings of a test's own, and every answer held against the OpenAPI document. */
import { LIMITS, policyFromKeys, type Policy } from '../../src/index.ts'
import { createApp } from '../../worker/app.ts'
import { OPENAPI_PATH, openApiFile } from '../../worker/openapi.ts'
import { settingsFromEnv, type Env, type Surroundings } from '../../worker/env.ts'
import type { Settings } from '../../worker/settings.ts'
import { holdContract, type Answered } from './contract.ts'

export const AT: Date = new Date('2026-11-24T12:00:00Z')

export interface Options {
  readonly env?: Env
  readonly surroundings?: Partial<Surroundings>
  readonly settings?: Partial<Omit<Settings, 'limits'>> & { readonly limits?: Partial<Settings['limits']> }
  /** PEM; their policy is the default one. */
  readonly keys?: readonly string[]
}

export interface App {
  /** `path` with its query; throws for an answer that is not in the OpenAPI document. */
  ask(path: string, init?: RequestInit): Promise<Answered>
  /** The log, line by line. */
  readonly lines: readonly string[]
}

/** Loopback may be asked, the clock stands still. */
export async function appFor({ env = {}, surroundings = {}, settings = {}, keys }: Options = {}): Promise<App> {
  const lines: string[] = []
  const read = await settingsFromEnv({ ALLOWED_REGISTRIES: '*', ...env }, { log: (line) => lines.push(line), asset: (path) => Promise.resolve(path === OPENAPI_PATH ? openApiFile() : null), maxRequests: LIMITS.requests, loopback: true, ...surroundings })
  const policy: Policy | null = keys === undefined ? read.policy : await policyFromKeys(keys)
  const app = createApp({ ...read, now: () => AT, policy, ...settings, limits: { ...read.limits, ...settings.limits } })
  return {
    lines,
    async ask(path, init = {}) {
      const answered = await answeredBy(await app.request(`http://sealdex.example${path}`, init))
      holdContract(init.method ?? 'GET', path.split('?')[0] ?? '', answered)
      return answered
    },
  }
}

async function answeredBy(response: Response): Promise<Answered> {
  const bytes = new Uint8Array(await response.arrayBuffer())
  const text = new TextDecoder().decode(bytes)
  return { status: response.status, headers: response.headers, bytes, text, json: /json/.test(response.headers.get('content-type') ?? '') && text !== '' ? (JSON.parse(text) as Record<string, unknown>) : null }
}

/** `/v1/…?ref=…`, escaped. */
export function url(path: string, parameters: Readonly<Record<string, string>>): string {
  return `${path}?${new URLSearchParams(parameters).toString()}`
}
