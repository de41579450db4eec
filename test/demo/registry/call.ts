import { createRegistry } from '../../../demo/registry/app.ts'
import type { Registry, RegistryOptions } from '../../../demo/registry/registry.ts'

export interface CallOptions {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array<ArrayBuffer> | string
}

export interface TestRegistry extends Registry {
  call(method: string, path: string, options?: CallOptions): Promise<Response>
}

/** A registry that is asked in process. */
export function testRegistry(options: RegistryOptions = {}): TestRegistry {
  const registry = createRegistry(options)
  return { ...registry, call: async (method, path, init = {}) => registry.app.fetch(new Request(`http://registry.test${path}`, { method, ...init })) }
}

export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json'
export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json'

/** The first error code in a registry's answer. */
export async function codeOf(response: Response): Promise<string | undefined> {
  const { errors } = (await response.json()) as { errors: readonly { code: string }[] }
  return errors[0]?.code
}

export function json(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value))
}
