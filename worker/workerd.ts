import { LIMITS } from '../src/index.ts'
import type { Env } from './env.ts'
import { fetchHandler, type FetchHandler } from './handler.ts'
import type { Asset } from './settings.ts'

/** Cloudflare's static files; a Worker gets them as a binding. */
interface AssetsBinding {
  fetch(url: string): Promise<Response>
}

/** The Worker. Its network lets nobody but public addresses be reached; what never changes, /openapi.json too, is among its static files and not in its code. */
const handler: FetchHandler = fetchHandler({
  environment: (bindings) => bindings as Env,
  surroundings: (env) => ({ asset: (path) => assetOf(env, path), maxRequests: LIMITS.workerRequests }),
})

export default handler

async function assetOf(env: Env, path: string): Promise<Asset | null> {
  const binding = env['ASSETS'] as AssetsBinding | undefined
  if (typeof binding !== 'object' || binding === null) return null
  const response = await binding.fetch(new URL(path === '/index.html' ? '/' : path, 'https://assets.example').href)
  if (response.status !== 200) return null
  return { bytes: new Uint8Array(await response.arrayBuffer()), type: response.headers.get('content-type') ?? 'application/octet-stream' }
}
