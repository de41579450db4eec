import type { AddressInfo } from 'node:net'
import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { createRegistry } from './app.ts'
import type { RegistryOptions } from './registry.ts'
import type { Store } from './store.ts'

export interface ServedRegistry {
  readonly port: number
  /** `127.0.0.1:port`, as it stands in an image reference. */
  readonly host: string
  /** `http://127.0.0.1:port`. */
  readonly url: string
  readonly store: Store
  /** Ends open connections too, kept alive or in the middle of an answer. */
  close(): Promise<void>
}

/** Serves a registry on loopback, on a free port unless one is named. */
export async function serveRegistry(options: RegistryOptions & { readonly port?: number; /** Answers what is outside of `/v2`. */ readonly beside?: (request: Request) => Response | Promise<Response> } = {}): Promise<ServedRegistry> {
  const { app, store } = createRegistry(options)
  const { beside } = options
  const fetch = (request: Request): Response | Promise<Response> => (beside === undefined || /^\/v2(\/|$)/.test(new URL(request.url).pathname) ? app.fetch(request) : beside(request))
  const server = createAdaptorServer({ fetch }) as Server
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  const host = `127.0.0.1:${port}`
  return {
    port,
    host,
    url: `http://${host}`,
    store,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)))
        server.closeAllConnections()
      }),
  }
}
