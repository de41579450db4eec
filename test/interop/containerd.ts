/** A containerd of the test's own: its root, state and sockets are in a folder of the test. */
import { spawn } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Peers } from './peers.ts'
import { run } from './process.ts'

export interface Containerd {
  readonly socket: string
  close(): Promise<void>
}

export async function startContainerd(peers: Peers, folder: string): Promise<Containerd> {
  await mkdir(folder, { recursive: true })
  const socket = join(folder, 'c.sock')
  const config = join(folder, 'config.toml')
  await writeFile(config, [
    'version = 2', `root = "${join(folder, 'root')}"`, `state = "${join(folder, 'state')}"`, 'disabled_plugins = ["io.containerd.grpc.v1.cri"]',
    '[grpc]', `  address = "${socket}"`, '[ttrpc]', `  address = "${join(folder, 't.sock')}"`, '',
  ].join('\n'))
  const child = spawn(peers.containerd, ['--config', config, '--log-level', 'error'], { stdio: 'ignore' })
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  const close = async (): Promise<void> => {
    child.kill()
    await ended
  }
  for (let tries = 0; tries < 50 && child.exitCode === null && child.pid !== undefined; tries++) {
    const { code } = await run(peers.ctr, ['--address', socket, 'version'])
    if (code === 0) return { socket, close }
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  await close()
  throw new Error('containerd did not start.')
}
