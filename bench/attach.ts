import { spawn } from 'node:child_process'
import { randomFillSync } from 'node:crypto'
import { open, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { startDockerRegistry } from '../test/interop/docker-registry.ts'
import { startOlareg } from '../test/interop/olareg.ts'
import { findPeers } from '../test/interop/peers.ts'
import { openBench, pushNewImage } from './signed-images.ts'

// One large file attached to an image, by whole processes: time and peak memory, against oras. olareg holds in memory what it is sent, so it gets a smaller one.
const BYTES = 1_073_741_824
const SMALLER = 104_857_600

interface Command {
  readonly name: string
  readonly program: string
  readonly args: (reference: string, file: string) => readonly string[]
  readonly cwd: string
}

const peers = await findPeers()
const [docker, olareg] = await Promise.all([startDockerRegistry(), startOlareg(peers.olareg)])
const bench = await openBench([docker, olareg])
const COMMANDS: readonly Command[] = [
  { name: 'sealdex attach', program: process.execPath, cwd: bench.folder, args: (reference, file) => [join(import.meta.dirname, '..', 'src', 'cli', 'main.ts'), 'attach', reference, file, '--type', 'application/vnd.example.large'] },
  { name: 'oras attach', program: peers.oras, cwd: bench.folder, args: (reference, file) => ['attach', '--plain-http', '--artifact-type', 'application/vnd.example.large', reference, basename(file)] },
]

try {
  for (const [name, host, bytes] of [['docker-registry (digest tag)', docker.host, BYTES], ['olareg (referrers API)', olareg.host, SMALLER]] as const) {
    console.log(`${name}, ${bytes / 1_048_576} MiB`)
    for (const command of COMMANDS) {
      // each its own file, so that nothing is there before
      const repository = `attach/${command.name.split(' ')[0] ?? ''}`
      await pushNewImage(host, repository)
      const { wall, peak } = await timed(command, `${host}/${repository}:v1`, await randomFile(`${command.name}.bin`.replace(' ', '-'), bytes))
      console.log(`  ${command.name}: ${(wall / 1_000).toFixed(1)} s, peak memory ${peak.toFixed(0)} MiB`)
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

/** Milliseconds, and MiB: the high-water mark that Linux keeps of the process. */
async function timed({ name, program, args, cwd }: Command, reference: string, file: string): Promise<{ readonly wall: number; readonly peak: number }> {
  const start = performance.now()
  const child = spawn(program, args(reference, file), { cwd, env: { ...process.env, ...bench.env }, stdio: ['ignore', 'ignore', 'pipe'] })
  let [peak, words] = [0, '']
  child.stderr.on('data', (chunk) => (words += String(chunk)))
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  while (child.exitCode === null && child.signalCode === null) {
    const status = await readFile(`/proc/${child.pid ?? 0}/status`, 'utf8').catch(() => '')
    peak = Math.max(peak, Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  if ((await ended) !== 0) console.log(`  ${name} failed: ${words.trim().slice(0, 400)}`)
  return { wall: performance.now() - start, peak }
}
