/** Servers that are real programs, each on loopback or a socket of its own, for the interop scripts. */
import { spawn } from 'node:child_process'
import { createServer, type AddressInfo } from 'node:net'

export interface Daemon {
  close(): Promise<void>
}

export interface DaemonOptions {
  /** Whether it answers yet. */
  readonly ready: () => Promise<boolean>
  /** Besides this process's own. */
  readonly env?: Readonly<Record<string, string>>
  /** What is left to do once it has ended. */
  readonly afterwards?: () => Promise<void>
}

const TRIES = 100
const BETWEEN_MS = 100

/** Starts a program and waits until it answers; throws if it ends before that, or takes too long. */
export async function startDaemon(program: string, args: readonly string[], { ready, env = {}, afterwards = async () => {} }: DaemonOptions): Promise<Daemon> {
  // registries log every 404 as an error: only the last words are kept, for one that does not start
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } })
  let words = ''
  child.stderr.on('data', (chunk) => (words = `${words}${String(chunk)}`.slice(-2_000)))
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  // on a signal it may be on its way, with nobody to close it yet
  const atExit = (): void => void child.kill()
  process.once('exit', atExit)
  const close = async (): Promise<void> => {
    process.off('exit', atExit)
    child.kill()
    await ended
    await afterwards()
  }
  for (let tries = 0; tries < TRIES && child.exitCode === null && child.pid !== undefined; tries++) {
    if (await ready()) return { close }
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS))
  }
  await close()
  throw new Error(`${program} did not start.\n${words}`)
}

export interface RunningRegistry extends Daemon {
  /** `127.0.0.1:port`. */
  readonly host: string
}

/** Whether a registry answers at `127.0.0.1:port`. */
export async function answers(host: string): Promise<boolean> {
  const answer = await fetch(`http://${host}/v2/`).catch(() => null)
  return answer?.ok === true
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
