import { onTestFinished } from 'vitest'
import { buildImage, seedImage, type BuiltImage } from '../../demo/images.ts'
import type { RegistryOptions as ServerOptions } from '../../demo/registry/registry.ts'
import { parseDigest, type Digest } from '../../src/crypto/digest.ts'
import { parseReference, type Reference } from '../../src/oci/reference.ts'
import type { Read } from '../../src/source/source.ts'
import { hostileRegistry, type HostileRegistry } from '../hostile/registry/hostile.ts'

export interface Seeded {
  readonly server: HostileRegistry
  readonly image: BuiltImage
  readonly index: Digest
  readonly reference: Reference
}

/** The lying registry with one honest image `demo/app:v1` in it, stopped when the test ends. */
export async function seeded(options: ServerOptions = {}): Promise<Seeded> {
  const [server, image] = [await hostileRegistry(options), await buildImage()]
  onTestFinished(server.close)
  await seedImage(server.store, 'demo/app', 'v1', image)
  return { server, image, index: parseDigest(image.index.digest), reference: parseReference(`${server.host}/demo/app:v1`) }
}

/** State and code of a read, for comparisons. */
export function outcome(read: Read<unknown>): string {
  return read.state === 'failed' ? `failed ${read.code}` : read.state
}

/** A fetch of the test's own: answers by URL, and a log of what was asked with which Authorization. */
export interface FakeFetch {
  (url: string, init: RequestInit): Promise<Response>
  readonly log: { readonly method: string; readonly url: string; readonly authorization: string | null; readonly body: unknown }[]
}

export function fakeFetch(answer: (url: URL, headers: Headers, method: string) => Response): FakeFetch {
  const log: FakeFetch['log'] = []
  const fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const headers = new Headers(init.headers)
    log.push({ method: init.method ?? 'GET', url, authorization: headers.get('authorization'), body: init.body })
    return answer(new URL(url), headers, init.method ?? 'GET')
  }
  return Object.assign(fetch, { log })
}

/** A registry that wants a Bearer token from `realm`, whose token server hands out `token`, and that then answers 404: enough to see who is asked for what. */
export function bearerRegistry(realm: string, token = 'good', expiresIn = 300): FakeFetch {
  return fakeFetch((url, headers) => {
    if (url.href.startsWith(realm)) return Response.json({ token, expires_in: expiresIn })
    if (headers.get('authorization') === `Bearer ${token}`) return new Response(null, { status: 404 })
    return new Response(null, { status: 401, headers: { 'www-authenticate': `Bearer realm="${realm}",service="svc",scope="repository:dummy:pull"` } })
  })
}
