import type { Hono } from 'hono/tiny'
import { LIMITS } from '../src/index.ts'
import { createApp } from './app.ts'
import { problemResponse } from './answer.ts'
import { settingsFromEnv, type Env, type Surroundings } from './env.ts'
import { judgedFetch, systemResolver } from './judged-fetch.ts'
import { logLine } from './log.ts'
import { Problem } from './problem.ts'
import type { Asset } from './settings.ts'

/** Cloudflare's static files; a Worker gets them as a binding. */
interface AssetsBinding {
  fetch(url: string): Promise<Response>
}

/** Apps by the environment that they were made from: each is read once, and a mistake in it is told by every request. */
const apps = new WeakMap<Env, Hono>()

/** Its network lets nobody but public addresses be reached. */
const WORKERD: Pick<Surroundings, 'maxRequests'> = { maxRequests: LIMITS.workerRequests }
const ELSEWHERE: Pick<Surroundings, 'maxRequests' | 'registry'> = { maxRequests: LIMITS.requests, registry: ({ mayConnect }) => ({ fetch: judgedFetch(mayConnect, systemResolver) }) }

async function appFor(env: Env): Promise<Hono> {
  // what is kept is the app and not its promise: in workerd a promise ends with the request that made it
  const app = apps.get(env) ?? createApp(await settingsFromEnv(env, {
    log: (line) => console.log(line),
    asset: (path) => assetOf(env, path),
    ...(isWorkerd() ? WORKERD : ELSEWHERE),
  }))
  apps.set(env, app)
  return app
}

async function assetOf(env: Env, path: string): Promise<Asset | null> {
  const binding = env['ASSETS'] as AssetsBinding | undefined
  if (typeof binding !== 'object' || binding === null) return null
  const response = await binding.fetch(new URL(path === '/index.html' ? '/' : path, 'https://assets.example').href)
  if (response.status !== 200) return null
  return { bytes: new Uint8Array(await response.arrayBuffer()), type: response.headers.get('content-type') ?? 'application/octet-stream' }
}

function isWorkerd(): boolean {
  return globalThis.navigator?.userAgent === 'Cloudflare-Workers'
}

/** workerd hands in its bindings; Deno and Bun something else, and have the environment of the process. */
function environment(bindings: unknown): Env {
  return isWorkerd() ? (bindings as Env) : process.env
}

/** The fetch handler of workerd, Deno (`deno serve`) and Bun. Node has worker/node.ts. */
const handler: { fetch(request: Request, bindings: unknown): Promise<Response> } = {
  async fetch(request, bindings) {
    const env = environment(bindings)
    try {
      return await (await appFor(env)).fetch(request)
    } catch (error) {
      console.log(logLine({ request, url: new URL(request.url), now: new Date(), noted: { code: 'internal', error: String(error) } }, 500, 0))
      return problemResponse(new Problem('internal', 'The server\'s settings are wrong; its log says which.'))
    }
  },
}

export default handler
