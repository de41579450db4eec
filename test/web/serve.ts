import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { PAGE_POLICY } from '../../worker/page-policy.ts'
import type { Seed, Seeds } from '../../demo/seeds.ts'
import { collectEvidence, registry, SealdexError } from '../../src/index.ts'

/** As the real server sends it with the page. */
const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': PAGE_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8' }

export interface PageServer {
  readonly url: string
  /** Paths asked for, in order. */
  readonly asked: string[]
  close(): Promise<void>
}

export interface PageServerOptions {
  /** The built page. */
  readonly folder: string
  /** Answers `/v1/evidence` in place of the truth; null: 404, as from a host of plain files. */
  readonly evidence?: ((reference: string) => Promise<Uint8Array>) | null
  readonly examples?: unknown
}

/** Hands out the built page and, honestly or not, evidence: the least of what the real server does. */
export async function servePage(options: PageServerOptions): Promise<PageServer> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    answer(request, response, options).catch((error: unknown) => {
      const [status, code] = error instanceof SealdexError ? [403, error.code] : [500, 'broken']
      response.writeHead(status, { 'content-type': 'application/problem+json' }).end(JSON.stringify({ title: 'Refused', status, code, detail: error instanceof Error ? error.message : 'broken' }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    asked,
    close: () => new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    }),
  }
}

async function answer(request: IncomingMessage, response: ServerResponse, { folder, evidence = honest, examples = [] }: PageServerOptions): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://page/')
  if (pathname === '/v1/evidence' && evidence !== null) {
    const tar = await evidence(searchParams.get('ref') ?? '')
    response.writeHead(200, { 'content-type': 'application/x-tar' }).end(tar)
  } else if (pathname === '/examples.json') {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(examples))
  } else {
    file(request, response, join(folder, pathname === '/' ? 'index.html' : pathname))
  }
}

function file(request: IncomingMessage, response: ServerResponse, path: string): void {
  try {
    const bytes = readFileSync(path)
    const zip = request.headers['accept-encoding']?.includes('gzip') === true
    response.writeHead(200, { ...PAGE_HEADERS, 'content-type': TYPES[extname(path)] ?? 'application/octet-stream', 'cache-control': 'no-cache', ...(zip && { 'content-encoding': 'gzip' }) })
    response.end(zip ? gzipSync(bytes) : bytes)
  } catch {
    response.writeHead(404).end()
  }
}

/** Asks the registry itself, without a word about CORS. */
export async function honest(reference: string): Promise<Uint8Array> {
  return (await collectEvidence(reference, { source: registry() })).tar()
}

/** A seeded image as an example of the page (web/examples.ts). */
export function exampleOf({ about, reference, keys, keyless }: Seed, files: Seeds['files']): unknown {
  const text = (name: string): string => files.get(name) ?? ''
  return {
    about, reference, keys: keys.map((name) => `# ${name}\n${text(name)}`),
    ...(keyless !== undefined && { identity: { identity: keyless.identity, issuer: keyless.issuer }, trustedRoot: text(keyless.trustedRoot) }),
  }
}
