import { createRegistry } from '../../demo/registry/app.ts'
import { loadLayout } from '../../demo/registry/layout.ts'
import type { RegistryOptions as ServerOptions } from '../../demo/registry/registry.ts'
import type { Store } from '../../demo/registry/store.ts'
import { copy, type CopyOptions, type CopyResult } from '../../src/copy/copy.ts'
import type { CopySide, CopyTarget } from '../../src/copy/endpoint.ts'
import type { WritableLayout } from '../../src/copy/layout-target.ts'
import { parseReference } from '../../src/oci/reference.ts'
import type { Fetch } from '../../src/source/fetch.ts'
import { webStream } from '../../src/source/streaming-fetch.ts'
import { registry } from '../../src/source/registry.ts'
import { instantTiming } from '../edit/clock.ts'
import { layoutOf, readCase } from '../fixtures.ts'

type Server = (request: Request) => Promise<Response> | Response

/** Registries in memory by their host names, and one client for all of them. */
export interface World {
  readonly client: CopyTarget
  readonly requests: string[]
  /** Adds a registry; `wrap` stands between it and the client. */
  add(host: string, options?: ServerOptions, wrap?: (next: Server) => Server): Store
  side(reference: string): CopySide<CopyTarget>
  copy(from: string, to: string, options?: CopyOptions): Promise<CopyResult>
}

export function world(): World {
  const servers = new Map<string, Server>()
  const requests: string[] = []
  const fetch: Fetch = async (url, { stream, ...init }) => {
    const { host } = new URL(url)
    requests.push(`${init.method ?? 'GET'} ${url.slice(url.indexOf(host))}`)
    const body = stream === undefined ? init.body : webStream(stream)
    const server = servers.get(host)
    if (server === undefined) throw new Error(`${host} is not there`)
    return server(new Request(url, { ...init, ...(body !== undefined && { body }), duplex: 'half' } as RequestInit))
  }
  const client = registry({ fetch })
  const side = (reference: string): CopySide<CopyTarget> => ({ reference: parseReference(reference), store: client })
  return {
    client,
    requests,
    side,
    add(host, options = {}, wrap = (next) => next) {
      const { app, store } = createRegistry(options)
      servers.set(host, wrap((request) => app.fetch(request)))
      return store
    },
    copy: (from, to, options = {}) => copy(side(from), side(to), { timing: instantTiming(), ...options }),
  }
}

export const SOURCE = 'one.example'
export const TARGET = 'two.example'

/** A case of the fixtures at `one.example/demo/app`, by its tag. */
export async function caseAt(store: Store, name: string): Promise<string> {
  await loadLayout(store, 'demo/app', layoutOf(name))
  const { reference, subject } = readCase(name)
  const tag = reference.split(':').at(-1) ?? ''
  // layouts of tools that keep no names
  if (store.manifest('demo/app', tag) === null) store.tag('demo/app', tag, subject)
  return `${SOURCE}/demo/app:${tag}`
}

/** A layout in memory. */
export function memoryLayout(files: Map<string, Uint8Array<ArrayBuffer>> = new Map()): WritableLayout & { readonly files: Map<string, Uint8Array<ArrayBuffer>> } {
  return {
    files,
    get: async (path) => files.get(path) ?? null,
    async open(path) {
      const bytes = files.get(path)
      return bytes === undefined ? null : { size: bytes.length, body: new Blob([bytes]).stream() }
    },
    async write(path, chunks) {
      const parts: Uint8Array<ArrayBuffer>[] = []
      for await (const chunk of chunks) parts.push(Uint8Array.from(chunk))
      files.set(path, new Uint8Array(await new Blob(parts).arrayBuffer()))
    },
  }
}

/** Every manifest and blob of a repository and what its tags name. */
export function contentOf(store: Store, name: string): { readonly manifests: readonly string[]; readonly blobs: readonly string[]; readonly tags: Readonly<Record<string, string>> } {
  const { manifests, blobs, tags } = store.repository(name)
  return { manifests: [...manifests.keys()].sort(), blobs: [...blobs.keys()].sort(), tags: Object.fromEntries([...tags].sort()) }
}

