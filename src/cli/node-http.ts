import type { LookupAddress, LookupAllOptions } from 'node:dns'
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { RequestOptions } from 'node:https'
import type { LookupFunction } from 'node:net'
import type { Readable, Transform } from 'node:stream'
import { SealdexError, type RegistryOptions } from '../index.ts'

export type Fetch = NonNullable<RegistryOptions['fetch']>
type Init = Parameters<Fetch>[1]
type Answer = Awaited<ReturnType<Fetch>>
type Body = NonNullable<Answer['body']>

/** Servers close idle connections after five seconds and more. */
const IDLE_MS = 4_000
/** The rest of an answer that nobody wants is read up to here, so that its connection can be used again. */
const DRAINED_BYTES = 65_536
/** As many as Node's fetch takes off one another. */
const MOST_ENCODINGS = 5

export interface NodeHttpOptions {
  /** PEM certificates that alone are trusted. Default: the runtime's own. */
  readonly ca?: (() => readonly string[]) | undefined
  /** May a connection for this host name be made to this address? Asked of every address that a name resolves to (T51). Default: yes. */
  readonly mayConnect?: ((hostname: string, address: string) => boolean) | undefined
  /** Resolves names. Default: the system's way. */
  readonly lookup?: Lookup | undefined
}

export type Lookup = (hostname: string, options: LookupAllOptions, callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void) => void

/**
 * What the command needs of `fetch`, on Node's own HTTP client: Node's fetch takes longer to load than all of `verify`. Redirects come back as they are,
 * connections are used again and keep no process alive.
 */
export function nodeHttp({ ca, mayConnect, lookup }: NodeHttpOptions = {}): Fetch {
  const open = opener(ca, mayConnect === undefined ? undefined : judged(mayConnect, lookup ?? process.getBuiltinModule('node:dns').lookup))
  return async (address, init) => {
    const url = new URL(address)
    if (url.username !== '' || url.password !== '') throw new TypeError('A URL with user information is not asked.')
    const answer = await answerOf(open(url, optionsOf(init)), init)
    return { status: answer.statusCode ?? 0, headers: headersOf(answer), body: isBodiless(init, answer) ? noBody(answer) : bodyOf(answer) }
  }
}

/** Modules are loaded when they are used, and not imported: `import 'node:http'` loads WebSocket, and with it the fetch that is avoided here. */
function opener(ca: NodeHttpOptions['ca'], lookup: LookupFunction | undefined): (url: URL, options: RequestOptions) => ClientRequest {
  const openers = new Map<string, (url: URL, options: RequestOptions) => ClientRequest>()
  const make = (protocol: string) => {
    if (protocol !== 'https:' && protocol !== 'http:') throw new TypeError('Only http(s) URLs are asked.')
    const { Agent, request } = protocol === 'https:' ? process.getBuiltinModule('node:https') : process.getBuiltinModule('node:http')
    const trusted = protocol === 'https:' && ca !== undefined ? { ca: [...ca()] } : {}
    const agent = new Agent({ keepAlive: true, timeout: IDLE_MS, ...trusted })
    return (url: URL, options: RequestOptions) => request(url, { ...options, agent, ...(lookup !== undefined && { lookup }) })
  }
  return (url, options) => {
    const opened = openers.get(url.protocol) ?? make(url.protocol)
    openers.set(url.protocol, opened)
    return opened(url, options)
  }
}

/** Leaves out the addresses that may not be connected to: the name is judged by what the connection is made with, not by an answer asked for before. */
function judged(mayConnect: NonNullable<NodeHttpOptions['mayConnect']>, lookup: Lookup): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, [])
      const [first, ...more] = addresses.filter(({ address }) => mayConnect(hostname, address))
      if (first === undefined) return callback(new SealdexError('forbidden-address', 'The name stands for an address that may not be asked.'), [])
      return options.all === true ? callback(null, [first, ...more]) : callback(null, first.address, first.family)
    })
  }
}

function optionsOf({ method, headers, signal, stream }: Init): RequestOptions {
  const sized = stream === undefined ? headers : { ...headers, 'content-length': String(stream.size) }
  return { joinDuplicateHeaders: true, ...(method !== undefined && { method }), ...(sized !== undefined && { headers: sized }), ...(signal !== undefined && { signal }) }
}

function answerOf(request: ClientRequest, { body, stream }: Init): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve)
    // after the answer errors are the body's
    request.on('error', reject)
    request.once('close', () => reject(new Error('The connection was closed without an answer.')))
    if (stream === undefined) request.end(body)
    else void sendStream(request, stream)
  })
}

/** Sends as fast as the server takes it. One that answers before the end has its reason, which is what counts then. */
async function sendStream(request: ClientRequest, stream: NonNullable<Init['stream']>): Promise<void> {
  let answered = false
  request.once('response', (answer: IncomingMessage) => {
    answered = true
    // a request that was not finished leaves its connection of no use
    answer.once('close', () => request.writableFinished || request.destroy())
  })
  try {
    for await (const chunk of stream.chunks()) {
      if (answered || request.destroyed) return
      if (!request.write(chunk)) await drained(request)
    }
    request.end()
  } catch (error) {
    request.destroy(error instanceof Error ? error : new Error('The body could not be read.'))
  }
}

function drained(request: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      for (const name of ENDS) request.off(name, done)
      resolve()
    }
    for (const name of ENDS) request.once(name, done)
  })
}

const ENDS = ['drain', 'response', 'close'] as const

function headersOf({ headers }: IncomingMessage): Answer['headers'] {
  return {
    get(name) {
      const value = headers[name.toLowerCase()]
      return value === undefined ? null : String(value)
    },
  }
}

function isBodiless({ method }: Init, { statusCode }: IncomingMessage): boolean {
  return method === 'HEAD' || statusCode === 204 || statusCode === 304
}

function noBody(answer: IncomingMessage): null {
  answer.resume()
  return null
}

/** The body, decoded, with the back pressure of whoever reads it. */
function bodyOf(answer: IncomingMessage): Body {
  let chunks: AsyncIterator<Uint8Array> | null = null
  const cancel = async (): Promise<void> => {
    if (chunks === null && Number(answer.headers['content-length'] ?? Infinity) <= DRAINED_BYTES) drain(answer)
    else answer.destroy()
  }
  return {
    cancel,
    getReader() {
      const iterator = (chunks ??= decoded(answer)[Symbol.asyncIterator]())
      return {
        async read() {
          const { done, value } = await iterator.next()
          return done === true ? { done: true } : { done: false, value }
        },
        cancel,
      }
    },
  }
}

/** Nobody waits for it, neither does the process. */
function drain(answer: IncomingMessage): void {
  answer.on('error', () => {})
  answer.socket.unref()
  answer.resume()
}

/** Without the encodings that a server put on although it was asked for none; what is not known, or too many, stays as it is and is no manifest. */
function decoded(answer: IncomingMessage): AsyncIterable<Uint8Array> {
  const encodings = (answer.headers['content-encoding'] ?? '').toLowerCase().split(',').map((name) => name.trim()).filter((name) => name !== '' && name !== 'identity')
  if (encodings.length === 0 || encodings.length > MOST_ENCODINGS) return answer
  const decoders = encodings.toReversed().map(decoderOf)
  if (!decoders.every((decoder) => decoder !== null)) return answer
  const { pipeline } = process.getBuiltinModule('node:stream')
  return decoders.reduce<Readable>((from, decoder) => pipeline(from, decoder, () => {}), answer)
}

function decoderOf(encoding: string): Transform | null {
  const { createBrotliDecompress, createGunzip, createInflate } = process.getBuiltinModule('node:zlib')
  if (encoding === 'gzip' || encoding === 'x-gzip') return createGunzip()
  if (encoding === 'deflate') return createInflate()
  return encoding === 'br' ? createBrotliDecompress() : null
}
