/** Real programs as child processes, for the interop scripts. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'

export interface Ran {
  /** As a person would type it. */
  readonly command: string
  /** 124 where it was ended because it took too long. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly input?: string
  readonly timeoutMs?: number
}

/** Never throws for what the program does; a program that is not there ends with 127. */
export async function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const child = spawn(program, args, { cwd: options.cwd, env: { ...process.env, ...options.env }, stdio: ['pipe', 'pipe', 'pipe'] })
  let [stdout, stderr, late] = ['', '', false]
  child.stdout.on('data', (chunk) => (stdout += String(chunk)))
  child.stderr.on('data', (chunk) => (stderr += String(chunk)))
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.input ?? '')
  const timer = setTimeout(() => {
    late = true
    child.kill('SIGKILL')
  }, options.timeoutMs ?? 180_000)
  const code = await new Promise<number>((resolve) => {
    child.once('error', (error) => {
      stderr += error.message
      resolve(127)
    })
    child.once('close', (status) => resolve(late ? 124 : (status ?? 1)))
  })
  clearTimeout(timer)
  return { command: [program.split('/').at(-1), ...args].join(' '), code, stdout, stderr }
}

const SEALDEX = join(import.meta.dirname, '..', '..', 'bin', 'sealdex.js')

/** The command line as a process of its own; with `SEALDEX_PROGRAM`, that build of it. */
export async function sealdex(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const program = process.env['SEALDEX_PROGRAM']
  const ran = program === undefined ? await run(process.execPath, [SEALDEX, ...args], options) : await run(program, args, options)
  return { ...ran, command: ['sealdex', ...args].join(' ') }
}

/** As {@link sealdex}; throws where it does not end with 0. */
export async function mustRun(running: Promise<Ran>): Promise<Ran> {
  const ran = await running
  if (ran.code !== 0) throw new Error(troubleOf(ran))
  return ran
}

/** The command, its status and its text, for a person who looks for the reason. */
export function troubleOf({ command, code, stdout, stderr }: Ran): string {
  return `${command}\n  exit ${code}: ${`${stderr}\n${stdout}`.trim().slice(0, 1_500).replaceAll('\n', '\n  ')}`
}
