import { Hono } from 'hono'
import { cors } from 'hono/cors'
import { authorise } from './auth.ts'
import { blobRoutes } from './blobs.ts'
import { RegistryError } from './errors.ts'
import { manifestRoutes } from './manifests.ts'
import { referrerRoutes } from './referrers.ts'
import type { Registry, RegistryOptions } from './registry.ts'
import { createStore } from './store.ts'
import { tagRoutes } from './tags.ts'
import { uploadRoutes } from './uploads.ts'

/** What a page of another origin may read of an answer. */
const EXPOSED = [
  'Content-Range', 'Docker-Content-Digest', 'ETag', 'Link', 'Location', 'OCI-Filters-Applied', 'OCI-Subject', 'OCI-Tag', 'Range', 'Retry-After',
  'WWW-Authenticate',
]

/**
 * An OCI registry in memory: pull, push, content discovery and content management of distribution-spec 1.1, web-standard
 * Request and Response only. `registry.app.fetch(request)` answers; `registry.store` seeds it. demo/registry/serve.ts listens.
 */
export function createRegistry(options: RegistryOptions = {}): Registry {
  const app = new Hono()
  const registry: Registry = { app, store: options.store ?? createStore(), options }
  app.onError((error) => {
    if (error instanceof RegistryError) return error.toResponse()
    throw error
  })
  app.notFound(() => new Response('404 page not found\n', { status: 404, headers: { 'Content-Type': 'text/plain; charset=utf-8' } }))
  app.use(async (context, next) => {
    const { pathname, search } = new URL(context.req.url)
    options.onRequest?.({ method: context.req.method, path: pathname + search, headers: context.req.raw.headers })
    if (options.latencyMs !== undefined) await new Promise((resolve) => setTimeout(resolve, options.latencyMs))
    await next()
  })
  app.use(cors({ origin: '*', allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'], exposeHeaders: EXPOSED }))
  if (options.auth !== undefined) authorise(registry, options.auth)
  for (const path of ['/v2/', '/v2']) app.get(path, (context) => context.json({}, 200, { 'Docker-Distribution-API-Version': 'registry/2.0' }))
  uploadRoutes(registry)
  blobRoutes(registry)
  manifestRoutes(registry)
  referrerRoutes(registry)
  tagRoutes(registry)
  return registry
}
