import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { buildImage, seedImage } from '../demo/images.ts'
import { serveRegistry, type ServedRegistry } from '../demo/registry/serve.ts'
import { collectEvidence, generateKey, registry, sign } from '../src/index.ts'
import { bundleOf, startWorkerd } from '../test/server/launch.ts'
import { median } from './compare.ts'

// CPU that a server uses for one request: hello world of the same framework on the same runtime, beside a verdict. The registry and whoever asks are other processes.
const ROOT = join(import.meta.dirname, '..')
const FRESH = 200
const ROUNDS = 9
const EACH = 400
const AT_ONCE = 8
const TICKS = 100

interface Target {
  readonly url: string
  readonly pid: number
  stop(): Promise<void>
}

const agent = new Agent({ keepAlive: true })
const server = await serveRegistry()
const key = await generateKey('ec-p256')
await seedSigned(server, ['memory', ...Array.from({ length: FRESH * (ROUNDS + 1) }, (_, i) => `fresh-${i}`)])
const evidence = Buffer.from((await collectEvidence(`${server.host}/memory:v1`, { source: registry() })).tar()).toString('base64')
const env = { KEYS: key.publicPem, ALLOWED_REGISTRIES: server.host, EVIDENCE: evidence }
try {
  await measure('node-server', await startNode())
  await measure('workerd', await startInWorkerd())
} finally {
  agent.destroy()
  await server.close()
}

/** Signed flat by one key; nobody else writes here, so the clock of the writer jumps. */
async function seedSigned({ host, store }: ServedRegistry, names: readonly string[]): Promise<void> {
  let now = 0
  const timing = { now: () => now, random: () => 0.5, sleep: async (ms: number) => void (now += ms) }
  for (const name of names) {
    await seedImage(store, name, 'v1', await buildImage({ text: name }))
    await sign(`${host}/${name}:v1`, { source: registry(), signer: key.signer, layout: 'flat', timing })
  }
}

async function measure(runtime: string, target: Target): Promise<void> {
  const path = (name: string): string => `/v1/verify?ref=${server.host}/${name}:v1`
  let fresh = 0
  const works: readonly (readonly [string, number, () => Promise<void>])[] = [
    ['hello', EACH, () => get(target.url, '/hello', {})],
    ['memory', EACH, () => get(target.url, path('memory'), { 'x-memory': '1' })],
    ['registry', FRESH, () => get(target.url, path('memory'), {})],
    ['fresh', FRESH, () => get(target.url, path(`fresh-${fresh++}`), {})],
  ]
  const costs = new Map(works.map(([name]) => [name, [] as number[]]))
  // the first round warms up
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [name, count, work] of works) {
      const before = cpuOf(target.pid)
      await many(count, work)
      if (round > 0) costs.get(name)?.push((cpuOf(target.pid) - before) / count)
    }
  }
  await target.stop()
  const of = (name: string): number => median(costs.get(name) ?? [])
  const line = (name: string, what: string): string => `  ${what}: ${(of(name) * 1000).toFixed(0)} µs, ${(of(name) / of('hello')).toFixed(1)} × hello`
  console.log(`${runtime}: CPU a request (median of ${ROUNDS} rounds)\n  hello world: ${(of('hello') * 1000).toFixed(0)} µs\n${line('memory', 'a verdict whose evidence is in memory')}\n${line('registry', 'a verdict read from a registry on loopback')}\n${line('fresh', 'the same, of an image that was never seen')}`)
}

async function many(count: number, work: () => Promise<void>): Promise<void> {
  let left = count
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (left-- > 0) await work()
  }))
}

function get(origin: string, path: string, headers: Record<string, string>): Promise<void> {
  return new Promise((resolve, reject) => {
    const asking = request(`${origin}${path}`, { agent, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('end', () => (response.statusCode === 200 && (path === '/hello' || text.includes('"outcome":"allow"')) ? resolve() : reject(new Error(`${path}: ${response.statusCode} ${text.slice(0, 300)}`))))
    })
    asking.on('error', reject)
    asking.end()
  })
}

/** Milliseconds of CPU that a process has used, user and system. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ')
  return (Number(fields[11]) + Number(fields[12])) * (1000 / TICKS)
}

async function startNode(): Promise<Target> {
  const child = spawn(process.execPath, [join(ROOT, 'bench/http-node.ts')], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] })
  const url = await new Promise<string>((resolve) => child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString().trim())))
  return { url, pid: child.pid ?? 0, stop: async () => void child.kill() }
}

async function startInWorkerd(): Promise<Target> {
  const code = await bundleOf(join(ROOT, 'bench/http-app.ts'))
  const { url, stop } = await startWorkerd(env, `${code}\nexport default { fetch: handle }\n`)
  const pid = readdirSync('/proc').map(Number).find((one) => isOurWorkerd(one))
  if (pid === undefined) throw new Error('there is no workerd')
  return { url, pid, stop }
}

function isOurWorkerd(pid: number): boolean {
  try {
    const [, name = '', rest = ''] = /^\d+ \((.*)\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
    return name === 'workerd' && Number(rest.split(' ')[1]) === process.pid
  } catch {
    return false
  }
}
