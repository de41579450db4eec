/**
 * The lying registry of the tests, on loopback. It starts as an honest one (demo/registry with `store`) and lies where it is told to:
 *
 *     const registry = await hostileRegistry()
 *     onTestFinished(registry.close)
 *     await seedImage(registry.store, 'demo/app', 'v1', image)              // honest content
 *     registry.put('v1', contentType('text/html'))                          // a tag or digest, in manifests and blobs of any repository
 *     registry.referrers(subject, pageLoop())                               // the list of referrers of a digest
 *     registry.token(challenge('http://169.254.169.254/'))                  // the token endpoint (with `auth` in the options)
 *     registry.route(/\/tags\/list/, serverError(503))                      // anything, by path and query or by a function of the request
 *     registry.put('v1', inTurn(tooManyRequests('1'), honest))              // once, then the truth
 *
 * The lies are in lies.ts, one function each, named by what is sent; a {@link Reply} written out serves where none fits, and a function of the
 * request where the answer depends on it. The last rule that was set and matches answers; `honest` hands the request to the honest registry.
 * `requests` is the log. A second `hostileRegistry()` is another origin: its log proves what reached it (`secretsIn`).
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createRegistry } from '../../../demo/registry/app.ts'
import type { RegistryOptions } from '../../../demo/registry/registry.ts'
import type { Store } from '../../../demo/registry/store.ts'
import { sendReply, type HttpReply, type Reply } from './reply.ts'

export interface LoggedRequest {
  readonly method: string
  /** Path and query as they came. */
  readonly path: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array<ArrayBuffer>
}

/** What the honest registry would have sent, read to its end. */
export interface HonestReply extends HttpReply {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array<ArrayBuffer>
}

/** A reply, or what makes one for a request; `honest` asks the honest registry. */
export type Answer = Reply | ((request: LoggedRequest, honest: () => Promise<HonestReply>) => Reply | Promise<Reply>)

export type Matcher = RegExp | ((request: LoggedRequest) => boolean)

export interface HostileRegistry {
  /** `127.0.0.1:port`, as it stands in an image reference. */
  readonly host: string
  /** `http://127.0.0.1:port`. */
  readonly url: string
  /** What it would serve if it were honest. */
  readonly store: Store
  /** Every request, in order. */
  readonly requests: readonly LoggedRequest[]
  /** Answers for a tag or digest, as manifest or blob, in any repository; or for an exact path that begins with "/". */
  put(target: string, answer: Answer): void
  /** Answers for the list of referrers of a digest, each page of it. */
  referrers(subject: string, answer: Answer): void
  /** Answers for the token endpoint. */
  token(answer: Answer): void
  route(matcher: Matcher, answer: Answer): void
  /** Ends hanging answers too. */
  close(): Promise<void>
}

interface Rule {
  readonly matches: (request: LoggedRequest) => boolean
  readonly answer: Answer
}

export async function hostileRegistry(options: RegistryOptions = {}): Promise<HostileRegistry> {
  const { app, store } = createRegistry(options)
  const requests: LoggedRequest[] = []
  const rules: Rule[] = []
  const server = createServer((incoming, response) => void answer(incoming, response).catch(() => response.destroy()))

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await logged(incoming)
    requests.push(request)
    const askHonest = async (): Promise<HonestReply> => honestReply(await app.fetch(webRequest(request)))
    const rule = rules.findLast(({ matches }) => matches(request))?.answer ?? askHonest
    await sendReply(typeof rule === 'function' ? await rule(request, askHonest) : rule, response, request.method)
  }

  function route(matcher: Matcher, given: Answer): void {
    rules.push({ matches: typeof matcher === 'function' ? matcher : ({ path }) => matcher.test(path), answer: given })
  }
  const under = (kinds: readonly string[], target: string) => (request: LoggedRequest): boolean => kinds.some((kind) => pathOf(request).endsWith(`/${kind}/${target}`))

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    host,
    url: `http://${host}`,
    store,
    requests,
    put: (target, given) => route(target.startsWith('/') ? (request) => pathOf(request) === target : under(['manifests', 'blobs'], target), given),
    referrers: (subject, given) => route(under(['referrers'], subject), given),
    token: (given) => route((request) => pathOf(request) === '/token', given),
    route,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** The requests in which a secret stands: as it is, in base64, or in percent-encoding. Basic credentials are matched by `name:password`. */
export function secretsIn(requests: readonly LoggedRequest[], secret: string): readonly LoggedRequest[] {
  const forms = [secret, btoa(secret), encodeURIComponent(secret), encodeURIComponent(btoa(secret))]
  return requests.filter(({ path, headers, body }) => {
    const text = [path, ...Object.values(headers), new TextDecoder().decode(body)].join('\n')
    return forms.some((form) => text.includes(form))
  })
}

function pathOf({ path }: LoggedRequest): string {
  return decodeURIComponent(path.split('?')[0] ?? '')
}

async function logged(incoming: IncomingMessage): Promise<LoggedRequest> {
  const chunks: Uint8Array<ArrayBuffer>[] = []
  for await (const chunk of incoming as AsyncIterable<Uint8Array<ArrayBuffer>>) chunks.push(chunk)
  const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]))
  return { method: incoming.method ?? '', path: incoming.url ?? '', headers, body: new Uint8Array(await new Blob(chunks).arrayBuffer()) }
}

function webRequest({ method, path, headers, body }: LoggedRequest): Request {
  const bodiless = method === 'GET' || method === 'HEAD'
  const { 'transfer-encoding': _, 'content-length': __, connection: ___, ...kept } = headers
  return new Request(new URL(path, `http://${headers['host'] ?? 'localhost'}`), { method, headers: kept, ...(bodiless ? {} : { body }) })
}

async function honestReply(response: Response): Promise<HonestReply> {
  const body = new Uint8Array(await response.arrayBuffer())
  const length = body.length > 0 ? { 'content-length': String(body.length) } : {}
  return { status: response.status, headers: { ...Object.fromEntries(response.headers), ...length }, body }
}
