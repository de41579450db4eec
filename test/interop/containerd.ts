/** A containerd of the test's own: its root, state and sockets are in a folder of the test. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startDaemon, type Daemon } from './daemon.ts'
import type { Peers } from './peers.ts'
import { run } from './process.ts'

export interface Containerd extends Daemon {
  readonly socket: string
}

export async function startContainerd(peers: Peers, folder: string): Promise<Containerd> {
  await mkdir(folder, { recursive: true })
  const socket = join(folder, 'c.sock')
  const config = join(folder, 'config.toml')
  await writeFile(config, [
    'version = 2', `root = "${join(folder, 'root')}"`, `state = "${join(folder, 'state')}"`, 'disabled_plugins = ["io.containerd.grpc.v1.cri"]',
    '[grpc]', `  address = "${socket}"`, '[ttrpc]', `  address = "${join(folder, 't.sock')}"`, '',
  ].join('\n'))
  const ready = async (): Promise<boolean> => (await run(peers.ctr, ['--address', socket, 'version'])).code === 0
  return { socket, ...(await startDaemon(peers.containerd, ['--config', config, '--log-level', 'error'], { ready })) }
}
