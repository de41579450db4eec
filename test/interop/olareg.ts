/** olareg on loopback, in memory: a registry with the referrers API. */
import { spawn } from 'node:child_process'
import { createServer, type AddressInfo } from 'node:net'
import type { RunningRegistry } from './docker-registry.ts'

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

export async function startOlareg(program: string): Promise<RunningRegistry> {
  const port = await freePort()
  const host = `127.0.0.1:${port}`
  const child = spawn(program, ['serve', '--addr', '127.0.0.1', '--port', String(port), '--store-type', 'mem', '--api-delete', '--api-blob-delete', '--verbosity', 'error'], { stdio: 'ignore' })
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  const close = async (): Promise<void> => {
    child.kill()
    await ended
  }
  for (let tries = 0; tries < 100; tries++) {
    if (child.exitCode !== null || child.pid === undefined) break
    const answer = await fetch(`http://${host}/v2/`).catch(() => null)
    if (answer?.ok === true) return { host, close }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  await close()
  throw new Error(`${program} did not start.`)
}
