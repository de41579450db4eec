/** The registry of Docker and the CNCF on loopback, with storage of its own: 2.8.2 as Debian's docker-registry, and 3 as peers.sh builds it. Neither keeps referrers. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { answers, freePort, startDaemon, type RunningRegistry } from './daemon.ts'

export const DOCKER_REGISTRY = '/usr/bin/docker-registry'

/** `program`: docker-registry, or distribution 3, which reads the same configuration. */
export async function startDockerRegistry(program: string = DOCKER_REGISTRY): Promise<RunningRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'sealdex-registry-'))
  const host = `127.0.0.1:${await freePort()}`
  const config = join(folder, 'config.yml')
  await writeFile(config, `version: 0.1\nlog:\n  level: error\n  accesslog:\n    disabled: true\nstorage:\n  filesystem:\n    rootdirectory: ${join(folder, 'data')}\n  delete:\n    enabled: true\nhttp:\n  addr: ${host}\n`)
  const afterwards = (): Promise<void> => rm(folder, { recursive: true, force: true })
  // 3 would send its traces to a collector on loopback
  const env = { OTEL_TRACES_EXPORTER: 'none' }
  return { host, ...(await startDaemon(program, ['serve', config], { ready: () => answers(host), env, afterwards })) }
}
