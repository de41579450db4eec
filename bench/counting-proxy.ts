import { createServer, request as ask, Agent } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request that passed, with the times (ms) between which somebody waited for its answer. */
export interface Passed {
  readonly method: string
  readonly path: string
  readonly status: number
  readonly start: number
  readonly end: number
}

export interface CountingProxy {
  /** `127.0.0.1:port`, spoken to in the registry's place. */
  readonly host: string
  /** What passed since it was last taken. */
  take(): readonly Passed[]
  close(): Promise<void>
}

/** Every answer is held back so long: requests that were sent together then overlap, and only those that waited for another stand after it. */
export const DELAY_MS = 40

/** A reverse proxy before a registry on plain HTTP, which writes down what passes: one measure for every client. */
export async function startCountingProxy(target: string): Promise<CountingProxy> {
  let passed: Passed[] = []
  const agent = new Agent({ keepAlive: true })
  const server = createServer((incoming, outgoing) => {
    const start = performance.now()
    const { method = 'GET', url: path = '/', headers } = incoming
    const onward = ask(`http://${target}${path}`, { method, headers, agent }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', () => {
        setTimeout(() => {
          passed.push({ method, path, status: answer.statusCode ?? 0, start, end: performance.now() })
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers).end(Buffer.concat(chunks))
        }, DELAY_MS)
      })
    })
    onward.on('error', () => outgoing.writeHead(502).end())
    incoming.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    take() {
      const all = passed.toSorted((a, b) => a.start - b.start)
      passed = []
      return all
    },
    async close() {
      agent.destroy()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The longest chain of requests of which each began after the one before had ended. */
export function roundTrips(passed: readonly Passed[]): number {
  const depths: number[] = []
  for (const [i, { start }] of passed.entries()) {
    const before = depths.filter((_, j) => j < i && (passed[j]?.end ?? Infinity) <= start)
    depths.push(1 + Math.max(0, ...before))
  }
  return Math.max(0, ...depths)
}
