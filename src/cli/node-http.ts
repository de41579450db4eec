import type { LookupAddress, LookupAllOptions } from 'node:dns'
import type { Agent as HttpAgent, ClientRequest, IncomingMessage } from 'node:http'
import type { RequestOptions } from 'node:https'
import type { LookupFunction } from 'node:net'
import { SealdexError, type RegistryOptions } from '../index.ts'
import { bodyOf } from './node-body.ts'
import { letGo } from './piece.ts'

export type Fetch = NonNullable<RegistryOptions['fetch']>
type Init = Parameters<Fetch>[1]
type Answer = Awaited<ReturnType<Fetch>>

/** Servers close idle connections after five seconds and more. */
const IDLE_MS = 4_000
/** That are read from a connection at once: four times what Node takes, for less work a byte. */
const READ_BYTES = 262_144

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
    const agent = withOneBuffer(new Agent({ keepAlive: true, timeout: IDLE_MS, ...trusted }))
    return (url: URL, options: RequestOptions) => request(url, { ...options, agent, ...(lookup !== undefined && { lookup }) })
  }
  return (url, options) => {
    const opened = openers.get(url.protocol) ?? make(url.protocol)
    openers.set(url.protocol, opened)
    return opened(url, options)
  }
}

/** Each connection is read into one buffer, out of which the parser copies what belongs to a body; else every piece of a layer would be there twice. */
function withOneBuffer<Agent extends HttpAgent>(agent: Agent): Agent {
  const connect = agent.createConnection.bind(agent)
  agent.createConnection = (options, done) => {
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES)
    const callback = (length: number): void => {
      // what comes while nobody asks for anything would be taken for the next answer
      if (socket?.emit('data', buffer.subarray(0, length)) !== true) socket?.destroy()
    }
    const reading = { ...options, onread: { buffer, callback } }
    const socket = connect(reading, done)
    return socket
  }
  return agent
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

/** Sends as fast as the server takes it, one piece at a time. One that answers before the end has its reason, which is what counts then. */
async function sendStream(request: ClientRequest, stream: NonNullable<Init['stream']>): Promise<void> {
  let answered = false
  let stop = (): void => {}
  request.once('response', (answer: IncomingMessage) => {
    answered = true
    stop()
    // a request that was not finished leaves its connection of no use
    answer.once('close', () => request.writableFinished || request.destroy())
  })
  request.once('close', () => stop())
  const isSent = (chunk: Uint8Array): Promise<boolean> => new Promise((resolve) => {
    stop = () => resolve(false)
    request.write(chunk, (error) => resolve(error === null || error === undefined))
  })
  try {
    for await (const chunk of stream.chunks()) {
      // what is not known to be sent may be read by the system yet
      if (answered || request.destroyed || !(await isSent(chunk))) return
      letGo(chunk)
    }
    request.end()
  } catch (error) {
    request.destroy(error instanceof Error ? error : new Error('The body could not be read.'))
  }
}

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
