import { createServer, type Server, type ServerResponse } from 'node:http'
import { readdirSync, readFileSync } from 'node:fs'
import { isIP, type AddressInfo, type Socket } from 'node:net'
import { basename, dirname, extname, join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { addressKind, LIMITS, type Policy, type RegistryOptions, type TrustOptions } from '../src/index.ts'
import { problemResponse } from './answer.ts'
import { createApp } from './app.ts'
import { connectionsBy, type MayConnect } from './connections.ts'
import { settingsFromEnv, type Env } from './env.ts'
import { linesFor, type Load } from './load.ts'
import { Problem, problemDocument } from './problem.ts'
import { KINDS, type ProblemCode } from './problem-codes.ts'
import { OPENAPI_PATH, openApiFile } from './openapi.ts'
import type { Asset, Settings } from './settings.ts'

export interface ServeOptions {
  /** Address to listen on. On a loopback one, loopback registries may be asked. */
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  /** As the Worker's (docs/deploy.md), but that every public registry may be asked where ALLOWED_REGISTRIES is not set. */
  readonly env: Env
  /** In place of the environment's default policy. */
  readonly policy: Policy | null
  /** In place of the environment's TRUSTED_ROOT. */
  readonly trustedRoot?: TrustOptions['trustedRoot']
  /** How registries are spoken to; the rules judge the addresses that connections are made to. */
  readonly registry: (rules: { readonly mayConnect: MayConnect }) => RegistryOptions
  /** Takes one line of JSON for each request. */
  readonly log: (line: string) => void
  readonly maxRequests?: number
  readonly timeoutMs?: number
  /** Folder of the built page. Default: the one that belongs to this package. */
  readonly page?: string
  readonly bodyMs?: number
  readonly load?: Load
}

export interface Served {
  /** `http://127.0.0.1:8787`. */
  readonly url: string
  readonly port: number
  /** Takes no more requests and finishes those that are in flight; the second call does not wait for them. */
  close(): Promise<void>
}

/** Longer than any request may take: whoever reads an answer more slowly than that is gone. */
const SOCKET_MS = 60_000
const HEADER_BYTES = 16_384

/** The app on Node. Throws what listening throws (`EADDRINUSE`), and for settings that are wrong. */
export async function serveApp(options: ServeOptions): Promise<Served> {
  const app = createApp(await settingsOf(options))
  const listener = getRequestListener((request) => app.fetch(request), { errorHandler: () => problemResponse(new Problem('bad-request', 'The request has no URL or host that could be read.')) })
  const server = createServer({ maxHeaderSize: HEADER_BYTES, headersTimeout: LIMITS.bodyMs, requestTimeout: 3 * LIMITS.bodyMs, keepAliveTimeout: 5_000 }, (request, response) => void listener(request, response))
  server.setTimeout(SOCKET_MS)
  server.on('clientError', refuse)
  const answering = new Set<ServerResponse>()
  let stopping = false
  server.prependListener('request', (_, response) => {
    answering.add(response)
    response.once('close', () => answering.delete(response))
    if (stopping) response.setHeader('Connection', 'close')
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, resolve)
  })
  const { port } = server.address() as AddressInfo
  const host = isIP(options.host) === 6 ? `[${options.host}]` : options.host
  return {
    url: `http://${host}:${port}`,
    port,
    close() {
      if (stopping) server.closeAllConnections()
      stopping = true
      // whoever is answered is told that this connection ends
      for (const response of answering) if (!response.headersSent) response.setHeader('Connection', 'close')
      return closed(server)
    },
  }
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeIdleConnections()
  })
}

/** What the options and the environment say. Throws for what is wrong in them. */
export async function settingsOf(options: Omit<ServeOptions, 'port'>): Promise<Settings> {
  const { host, env, policy, registry, log, page = pageFolder(), maxRequests = LIMITS.requests, timeoutMs, bodyMs, load } = options
  const isLoopback = addressKind(isIP(host) === 6 ? `[${host}]` : host) === 'loopback'
  const files = new Map<string, Asset>([...(page === null ? [] : filesIn(page)), [OPENAPI_PATH, openApiFile()]])
  const settings = await settingsFromEnv({ ALLOWED_REGISTRIES: '*', ...withoutEmpty(env), ...(policy !== null && WITHOUT_POLICY) }, {
    log,
    asset: (path) => Promise.resolve(files.get(path) ?? null),
    maxRequests,
    loopback: isLoopback,
    registry: (addresses) => registry({ mayConnect: connectionsBy(addresses) }),
    shared: true,
    lines: linesFor(load ?? { working: LIMITS.serverWorking, tars: LIMITS.serverTars, waiting: LIMITS.serverWaiting, waitMs: LIMITS.serverWaitMs }),
  })
  const { limits } = settings
  const trustedRoot = options.trustedRoot ?? settings.trustedRoot
  return { ...settings, trustedRoot, policy: policy ?? settings.policy, limits: { ...limits, ...(timeoutMs !== undefined && { timeoutMs }), ...(bodyMs !== undefined && { bodyMs }) } }
}

const WITHOUT_POLICY: Env = { POLICY: undefined, KEYS: undefined, ALLOWED_SIGNERS: undefined }

function withoutEmpty(env: Env): Env {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))
}

/** What is no HTTP that Node reads never gets to the app; it gets a problem document all the same. */
function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const code: ProblemCode = error.code === 'HPE_HEADER_OVERFLOW' ? 'headers-too-large' : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'body-timeout' : 'bad-request'
  const { status, title } = KINDS[code]
  const body = JSON.stringify(problemDocument(new Problem(code, `${title}.`)))
  socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nCache-Control: no-store\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
}

/** Where Bun's executables have their files: in themselves. */
const INSIDE = /^(?:\/\$bunfs\/|[A-Z]:[\\/]~BUN[\\/])/

/** Where the built page stands: in a checkout below dist, in the package beside the built command, in the executable inside. Null where it is not built. */
function pageFolder(): string | null {
  const [here, program = ''] = [import.meta.dirname, process.argv[1]]
  const folder = INSIDE.test(program) ? join(program, '..', 'web') : basename(dirname(here)) === 'dist' ? join(here, '..', 'web') : join(here, '..', 'dist', 'web')
  try {
    readFileSync(join(folder, 'index.html'))
    return folder
  } catch {
    return null
  }
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml', '.json': 'application/json',
  '.png': 'image/png', '.ico': 'image/x-icon', '.txt': 'text/plain; charset=utf-8', '.webmanifest': 'application/manifest+json', '.wasm': 'application/wasm',
}

/** All files of the page by path, in memory: some hundred kilobytes, and no request can name another file. */
function filesIn(folder: string): Map<string, Asset> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return new Map(entries.map((entry): [string, Asset] => {
    const path = join(entry.parentPath, entry.name)
    return [path.slice(folder.length).replaceAll('\\', '/'), { bytes: new Uint8Array(readFileSync(path)), type: TYPES[extname(path)] ?? 'application/octet-stream' }]
  }))
}
