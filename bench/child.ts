import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'

/** A whole process from its start to its end. */
export interface Run {
  /** Milliseconds on the clock. */
  readonly wall: number
  /** Milliseconds of a processor, user and system: other work on the machine makes little of it. */
  readonly cpu: number
  /** MiB: the high-water mark that Linux keeps of the process. */
  readonly peak: number
}

export interface ChildOptions {
  readonly env: Readonly<Record<string, string>>
  readonly cwd?: string
}

/** One at a time. A process that fails is said, and counted as it is: cosign does now and then. */
export async function timedChild(name: string, program: string, args: readonly string[], { env, cwd }: ChildOptions): Promise<Run> {
  const [start, before] = [performance.now(), await processorOfChildren()]
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'], ...(cwd !== undefined && { cwd }) })
  let [peak, words] = [0, '']
  child.stderr.on('data', (chunk) => (words += String(chunk)))
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  while (child.exitCode === null && child.signalCode === null) {
    const status = await readFile(`/proc/${child.pid ?? 0}/status`, 'utf8').catch(() => '')
    peak = Math.max(peak, Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  const wall = performance.now() - start
  const code = await ended
  if (code !== 0) console.log(`  ${name} ended with ${code}: ${words.trim().slice(-300)}`)
  return { wall, cpu: (await processorOfChildren()) - before, peak }
}

/** Milliseconds of all children that have ended, in the 10 ms that Linux counts in. */
async function processorOfChildren(): Promise<number> {
  const text = await readFile('/proc/self/stat', 'utf8')
  const [user = 0, system = 0] = text.slice(text.lastIndexOf(')') + 2).split(' ').slice(13, 15).map(Number)
  return (user + system) * 10
}
