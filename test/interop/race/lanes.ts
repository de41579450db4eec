/** A way to one registry for each of many processes, so that it is known who wrote what; and a gate, so that they all begin at the same moment. */
import { createHash } from 'node:crypto'
import { Agent, createServer, request as ask, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { RaceRecord } from './record.ts'

const LONGEST_WAIT_MS = 60_000

/** Opens when as many as there are lanes have come, or ended before. */
class Gate {
  readonly #opened: Promise<void>
  #open: () => void = () => {}
  readonly #awaited: Set<number>
  readonly #timer: NodeJS.Timeout

  constructor(lanes: readonly number[]) {
    this.#awaited = new Set(lanes)
    this.#opened = new Promise((resolve) => (this.#open = resolve))
    this.#timer = setTimeout(() => this.#open(), LONGEST_WAIT_MS)
  }

  arrive(lane: number): Promise<void> {
    this.#awaited.delete(lane)
    if (this.#awaited.size === 0) {
      clearTimeout(this.#timer)
      this.#open()
    }
    return this.#opened
  }
}

export class Lanes {
  /** `127.0.0.1:port`, one a process. */
  readonly hosts: readonly string[]
  readonly #servers: readonly Server[]
  readonly #agent: Agent
  #record: RaceRecord | null = null
  #gate: Gate | null = null

  private constructor(servers: readonly Server[], agent: Agent) {
    this.#servers = servers
    this.#agent = agent
    this.hosts = servers.map((server) => `127.0.0.1:${(server.address() as AddressInfo).port}`)
  }

  static async open(target: string, count: number): Promise<Lanes> {
    const agent = new Agent({ keepAlive: true })
    const servers = Array.from({ length: count }, () => createServer())
    const lanes = new Lanes(await Promise.all(servers.map((server) => listening(server))), agent)
    for (const [lane, server] of servers.entries()) {
      server.on('request', (incoming: IncomingMessage, outgoing: ServerResponse) => {
        lanes.#pass(target, lane, incoming, outgoing).catch(() => outgoing.destroy())
      })
    }
    return lanes
  }

  /** What is written from now on is written down there; `together`: the first request of each of these lanes waits for the others. */
  begin(record: RaceRecord, together: readonly number[]): void {
    this.#record = record
    this.#gate = together.length === 0 ? null : new Gate(together)
  }

  /** A process that has ended is waited for no longer. */
  ended(lane: number): void {
    void this.#gate?.arrive(lane)
  }

  async close(): Promise<void> {
    this.#agent.destroy()
    for (const server of this.#servers) server.closeAllConnections()
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))))
  }

  async #pass(target: string, lane: number, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/', headers } = incoming
    const body = await bodyOf(incoming)
    if (path !== '/v2/') await this.#gate?.arrive(lane)
    const forward = (): Promise<Answer> => answerOf(target, path, { method, headers, agent: this.#agent }, body)
    const answer = method === 'PUT' && /\/manifests\/sha256[-:]/.test(path) ? await this.#written(lane, path, body, forward) : await forward()
    outgoing.writeHead(answer.status, answer.headers).end(answer.body)
  }

  /** In the order of the answers, which for writes at the same moment need not be the registry's own. */
  async #written(lane: number, path: string, body: Buffer, forward: () => Promise<Answer>): Promise<Answer> {
    const record = this.#record
    const answer = await forward()
    if (answer.status !== 201 || record === null) return answer
    if (path.endsWith(`/manifests/${record.subject.replace(':', '-')}`)) record.tagged(lane, body.toString())
    else record.pushed(lane, `sha256:${createHash('sha256').update(body).digest('hex')}`, body.toString())
    return answer
  }
}

interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

function answerOf(target: string, path: string, options: { readonly method: string; readonly headers: IncomingMessage['headers']; readonly agent: Agent }, body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onward = ask(`http://${target}${path}`, options, (answer) => {
      bodyOf(answer).then((bytes) => resolve({ status: answer.statusCode ?? 502, headers: answer.headers, body: bytes }), reject)
    })
    onward.on('error', reject)
    onward.end(body)
  })
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function listening(server: Server): Promise<Server> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)))
}
