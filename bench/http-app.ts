import { Hono } from 'hono/tiny'
import { LIMITS, openEvidence, type Source } from '../src/index.ts'
import { createApp } from '../worker/app.ts'
import { settingsFromEnv, type Env } from '../worker/env.ts'

// What bench/http.ts measures, the same for every runtime: hello world, a verdict from memory, a verdict from a registry.
const hello = new Hono()
hello.get('/hello', (context) => context.text('hello'))

let apps: Promise<{ readonly memory: Hono; readonly registry: Hono }> | null = null

async function make(env: Env): Promise<{ readonly memory: Hono; readonly registry: Hono }> {
  const settings = await settingsFromEnv(env, { log: () => {}, asset: () => Promise.resolve(null), maxRequests: LIMITS.requests })
  const tar = Uint8Array.from(atob(String(env['EVIDENCE'])), (char) => char.charCodeAt(0))
  const source: Source = await openEvidence(tar)
  return { memory: createApp({ ...settings, source: () => source }), registry: createApp(settings) }
}

export async function handle(request: Request, env: Env): Promise<Response> {
  if (request.url.endsWith('/hello')) return hello.fetch(request)
  apps ??= make(env)
  const { memory, registry } = await apps
  return request.headers.has('x-memory') ? memory.fetch(request) : registry.fetch(request)
}
