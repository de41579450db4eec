import { serveApp, type Served } from '../../worker/node.ts'
import { VERSION, type Policy } from '../index.ts'
import { EXIT, type Command } from './command.ts'
import { printable } from './escape.ts'
import { UsageError } from './failure.ts'
import { textOf } from './files.ts'
import { nodeFetch } from './net.ts'
import { NETWORK, OUTPUT, TRUST, type Given } from './option.ts'
import { limitsOf } from './reading.ts'
import type { Terminal } from './terminal.ts'
import { rootOf, sayNotes, trustOf } from './trust.ts'
import { TRUSTED_ROOT } from './trusted-root.ts'

const DEFAULT_PORT = 8787
/** Milliseconds for the last lines of the log. */
const LEFT_MS = 1_000

export const serveCommand: Command = {
  name: 'serve',
  summary: 'answers over HTTP what "verify" says, and serves the page',
  arguments: '',
  least: 0,
  most: 0,
  about: 'Serves the HTTP API (docs/http-api.md) and the page. The options say the default policy; without them a request has to bring or name one. One line of JSON for each request goes to standard output. Ctrl-C finishes what is in flight and ends.',
  options: {
    'host': { value: 'ADDRESS', help: 'where to listen (default: 127.0.0.1); on a loopback address, registries on loopback may be asked' },
    'port': { value: 'N', help: 'which port (default: PORT, else 8787; 0: any free one)' },
    ...TRUST,
    ...TRUSTED_ROOT,
    ...NETWORK,
    ...without(OUTPUT, 'output'),
  },
  examples: ['sealdex serve --key release.pub', 'sealdex serve --policy policy.json --port 8080', 'ALLOWED_REGISTRIES=ghcr.io,docker.io sealdex serve --host 0.0.0.0 --key release.pub'],
  async run(given, terminal) {
    const server = await started(given, terminal)
    terminal.err(`sealdex serves at ${server.url} until Ctrl-C.\n`)
    await stopSignal(() => {
      terminal.err('Stopping: what is in flight is finished first.\n')
      return server.close()
    })
    // work for those who have left meanwhile keeps nobody waiting
    setTimeout(() => process.exit(EXIT.done), LEFT_MS).unref()
    return EXIT.done
  },
}

function without<T>(record: Readonly<Record<string, T>>, name: string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([other]) => other !== name))
}

async function started(given: Given, terminal: Terminal): Promise<Served> {
  const { timeoutMs, maxRequests } = limitsOf(given)
  const host = given.text('host') ?? '127.0.0.1'
  const port = portOf(given.text('port') ?? (terminal.env['PORT'] || String(DEFAULT_PORT)))
  const caFile = given.text('registry-ca')
  const ca = caFile === null ? null : textOf(caFile, '--registry-ca')
  const policy = await policyOf(given, terminal)
  try {
    return await serveApp({
      host,
      port,
      env: terminal.env,
      policy,
      ...await rootOf(given, terminal),
      // no credentials: what the server's own could read, not every caller may see
      registry: ({ mayConnect }) => ({ fetch: nodeFetch({ env: terminal.env, mayConnect, ...(ca !== null && { ca }) }), plainHttp: given.flag('plain-http'), userAgent: `sealdex/${VERSION}` }),
      log: (line) => terminal.out(`${line}\n`),
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...(maxRequests !== undefined && { maxRequests }),
    })
  } catch (error) {
    const code = error instanceof Error && 'syscall' in error && 'code' in error ? String(error.code) : null
    if (code === null) throw error
    throw new UsageError(`${printable(host)} port ${port} can not be listened on (${code}): is something else there? --port N takes another, --port 0 a free one.`)
  }
}

/** Null: nobody is named. */
async function policyOf(given: Given, terminal: Terminal): Promise<Policy | null> {
  if (!Object.keys(TRUST).some((name) => given.has(name))) return null
  const trust = await trustOf(given)
  sayNotes(trust, terminal)
  return trust.policy
}

function portOf(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new UsageError(`A port is a number from 0 to 65535, and "${printable(text, 40)}" is not.`)
  return Number(text)
}

/** Resolves once what the first SIGINT or SIGTERM began is done; another one hastens it. */
function stopSignal(stop: () => Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop().then(resolve))
  })
}
