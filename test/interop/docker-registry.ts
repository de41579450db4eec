/** Debian's docker-registry (2.8.2) on loopback with storage of its own, for the interop scripts. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { answers, freePort, startDaemon, type RunningRegistry } from './daemon.ts'

export const DOCKER_REGISTRY = '/usr/bin/docker-registry'

export async function startDockerRegistry(): Promise<RunningRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'sealdex-registry-'))
  const host = `127.0.0.1:${await freePort()}`
  const config = join(folder, 'config.yml')
  await writeFile(config, `version: 0.1\nlog:\n  level: error\n  accesslog:\n    disabled: true\nstorage:\n  filesystem:\n    rootdirectory: ${join(folder, 'data')}\n  delete:\n    enabled: true\nhttp:\n  addr: ${host}\n`)
  const afterwards = (): Promise<void> => rm(folder, { recursive: true, force: true })
  return { host, ...(await startDaemon(DOCKER_REGISTRY, ['serve', config], { ready: () => answers(host), afterwards })) }
}
