import { randomFillSync } from 'node:crypto'
import { open } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { startDockerRegistry } from '../test/interop/docker-registry.ts'
import { startOlareg } from '../test/interop/olareg.ts'
import { buildPackage } from '../test/interop/package.ts'
import { findPeers } from '../test/interop/peers.ts'
import { timedChild } from './child.ts'
import { openBench, pushNewImage } from './signed-images.ts'

// One large file attached to an image, by whole processes: time and peak memory, against oras. olareg holds in memory what it is sent, so it gets a smaller one.
const BYTES = 1_073_741_824
const SMALLER = 104_857_600

interface Command {
  readonly name: string
  readonly program: string
  readonly args: (reference: string, file: string) => readonly string[]
}

const peers = await findPeers()
const [docker, olareg] = await Promise.all([startDockerRegistry(), startOlareg(peers.olareg)])
const bench = await openBench([docker, olareg])
const built = await buildPackage(bench.folder)
const COMMANDS: readonly Command[] = [
  { name: 'sealdex attach', program: process.execPath, args: (reference, file) => [built ?? join(import.meta.dirname, '..', 'bin', 'sealdex.js'), 'attach', reference, file, '--type', 'application/vnd.example.large'] },
  { name: 'oras attach', program: peers.oras, args: (reference, file) => ['attach', '--plain-http', '--artifact-type', 'application/vnd.example.large', reference, basename(file)] },
]

try {
  for (const [name, host, bytes] of [['docker-registry (digest tag)', docker.host, BYTES], ['olareg (referrers API)', olareg.host, SMALLER]] as const) {
    console.log(`${name}, ${bytes / 1_048_576} MiB`)
    for (const command of COMMANDS) {
      // each its own file, so that nothing is there before
      const repository = `attach/${command.name.split(' ')[0] ?? ''}`
      await pushNewImage(host, repository)
      const file = await randomFile(`${command.name}.bin`.replace(' ', '-'), bytes)
      const { wall, cpu, peak } = await timedChild(command.name, command.program, command.args(`${host}/${repository}:v1`, file), { env: bench.env, cwd: bench.folder })
      console.log(`  ${command.name}: ${(wall / 1_000).toFixed(1)} s, of a processor ${(cpu / 1_000).toFixed(1)} s, peak memory ${peak.toFixed(0)} MiB`)
    }
  }
} finally {
  await bench.close()
}

async function randomFile(name: string, bytes: number): Promise<string> {
  const path = join(bench.folder, name)
  const file = await open(path, 'w')
  const piece = new Uint8Array(8_388_608)
  for (let left = bytes; left > 0; left -= piece.length) await file.write(randomFillSync(piece).subarray(0, Math.min(left, piece.length)))
  await file.close()
  return path
}
