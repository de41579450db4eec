/** olareg on loopback, in memory: a registry with the referrers API. */
import { answers, freePort, startDaemon, type RunningRegistry } from './daemon.ts'

export async function startOlareg(program: string): Promise<RunningRegistry> {
  const port = await freePort()
  const host = `127.0.0.1:${port}`
  const args = ['serve', '--addr', '127.0.0.1', '--port', String(port), '--store-type', 'mem', '--api-delete', '--api-blob-delete', '--verbosity', 'error']
  return { host, ...(await startDaemon(program, args, { ready: () => answers(host) })) }
}
