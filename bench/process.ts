import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startDockerRegistry } from '../test/interop/docker-registry.ts'
import { buildExecutable } from '../test/interop/package.ts'
import { findPeers } from '../test/interop/peers.ts'
import { median } from './compare.ts'
import { DELAY_MS, startCountingProxy } from './counting-proxy.ts'
import { openBench, pushNewImage, signSig, type Bench } from './signed-images.ts'

// Whole processes, one registry, one image with a .sig signature: `sealdex verify` against `cosign verify`, in turns.
const RUNS = 15
const MEMORY_RUNS = 3
const ROOT = join(import.meta.dirname, '..')

interface Command {
  readonly name: string
  readonly program: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

const peers = await findPeers()
const registry = await startDockerRegistry()
const bench = await openBench([registry])
try {
  await pushNewImage(registry.host, 'sig')
  await signSig(peers.cosign, registry.host, 'sig', bench)
  const reference = `${registry.host}/sig:v1`
  const executable = await buildExecutable(bench.folder)
  const built = { executable, launcher: join(executable, '..', '..', 'bin', 'sealdex.js') }
  console.log(`${RUNS} runs each, in turns, after one that warms up (on Node, sealdex keeps its compiled code then), on docker-registry; package and executable are built anew`)
  const commands = commandsFor(reference, built, bench)
  await compareTimes('loopback', commands)
  const proxy = await startCountingProxy(registry.host)
  await compareTimes(`the same, every answer ${DELAY_MS} ms late, as from a registry elsewhere`, commandsFor(`${proxy.host}/sig:v1`, built, bench)).finally(() => proxy.close())
  const cosignMemory = await peakMemory(commands.cosign)
  for (const ours of commands.ours) {
    const memory = await peakMemory(ours)
    console.log(`peak memory (median of ${MEMORY_RUNS}): ${ours.name} ${memory.toFixed(0)} MiB, cosign verify ${cosignMemory.toFixed(0)} MiB, ratio ${(memory / cosignMemory).toFixed(2)}`)
  }
} finally {
  await bench.close()
}

interface Commands {
  readonly ours: readonly Command[]
  readonly cosign: Command
  /** For scale. */
  readonly others: readonly Command[]
}

function commandsFor(reference: string, { executable, launcher }: { readonly executable: string; readonly launcher: string }, { env, publicKey }: Bench): Commands {
  const verify = ['verify', '--key', publicKey, reference]
  const cosign = ['verify', '--key', publicKey, '--insecure-ignore-tlog=true']
  const onNode = (script: string): Pick<Command, 'program' | 'args' | 'env'> => ({ program: process.execPath, args: [script, ...verify], env })
  return {
    ours: [
      { name: 'sealdex verify (the executable)', program: executable, args: verify, env },
      { name: 'sealdex verify (the package, on Node)', ...onNode(launcher) },
    ],
    // told to look for .sig only: so it asks three requests less
    cosign: { name: 'cosign verify --new-bundle-format=false', program: peers.cosign, args: [...cosign, '--new-bundle-format=false', reference], env },
    others: [
      { name: 'cosign verify', program: peers.cosign, args: [...cosign, reference], env },
      { name: 'sealdex verify (checkout)', ...onNode(join(ROOT, 'bin', 'sealdex.js')) },
      { name: 'node -e 0', program: process.execPath, args: ['-e', '0'], env },
      { name: 'node, one fetch', program: process.execPath, args: ['-e', `fetch('http://${reference.split('/')[0] ?? ''}/v2/').then((answer) => answer.text())`], env },
    ],
  }
}

async function compareTimes(title: string, { ours, cosign, others }: Commands): Promise<void> {
  const times = await timesOf([...ours, cosign, ...others])
  console.log(title)
  for (const [{ name }, { wall, cpu }] of times) {
    console.log(`  ${name}: median ${median(wall).toFixed(0)} ms (${Math.min(...wall).toFixed(0)} to ${Math.max(...wall).toFixed(0)}), of a processor ${mean(cpu).toFixed(0)} ms`)
  }
  const of = (command: Command): Times => times.get(command) ?? { wall: [], cpu: [] }
  const them = of(cosign)
  for (const one of ours) {
    const us = of(one)
    console.log(`  ratio ${one.name} / ${cosign.name}: ${(median(us.wall) / median(them.wall)).toFixed(2)}, of processor time ${(mean(us.cpu) / mean(them.cpu)).toFixed(2)}`)
  }
}

/** Milliseconds, one a run. */
interface Times {
  readonly wall: number[]
  /** User and system: what other work on the machine makes little of. */
  readonly cpu: number[]
}

async function timesOf(commands: readonly Command[]): Promise<ReadonlyMap<Command, Times>> {
  const times = new Map(commands.map((command): [Command, Times] => [command, { wall: [], cpu: [] }]))
  for (const command of commands) await mustEnd(command)
  for (let i = 0; i < RUNS; i++) {
    for (const [command, { wall, cpu }] of times) {
      const before = await processorOfChildren()
      wall.push(await mustEnd(command))
      cpu.push((await processorOfChildren()) - before)
    }
  }
  return times
}

/** Milliseconds of all children that ended, as Linux counts them in hundredths of a second: too coarse for one run, right in the mean of many. */
async function processorOfChildren(): Promise<number> {
  const fields = (await readFile('/proc/self/stat', 'utf8')).split(') ').at(-1)?.split(' ') ?? []
  return (Number(fields[13]) + Number(fields[14])) * 10
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Milliseconds from spawn to end. */
async function mustEnd({ program, args, env }: Command): Promise<number> {
  const start = performance.now()
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: 'ignore' })
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve))
  const time = performance.now() - start
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}`)
  return time
}

/** MiB: the high-water mark that Linux keeps of a process, read as long as it runs. */
async function peakMemory({ program, args, env }: Command): Promise<number> {
  const peaks: number[] = []
  for (let i = 0; i < MEMORY_RUNS; i++) {
    const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: 'ignore' })
    let peak = 0
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    while (child.exitCode === null && child.signalCode === null) {
      const status = await readFile(`/proc/${child.pid ?? 0}/status`, 'utf8').catch(() => '')
      peak = Math.max(peak, Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024)
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    await ended
    peaks.push(peak)
  }
  return median(peaks)
}
