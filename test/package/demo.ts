import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'

export const ROOT: string = join(import.meta.dirname, '../..')

export interface Demo {
  readonly host: string
  readonly output: string
  /** Ctrl-C; resolves with the exit status. */
  stop(): Promise<number | null>
}

/** `npm start` on a free port, until it says that it is ready. */
export function startDemo(): Promise<Demo> {
  const child: ChildProcess = spawn(process.execPath, [join(ROOT, 'demo/main.ts')], { env: { ...process.env, PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  const ended = new Promise<number | null>((resolve) => {
    child.on('exit', resolve)
  })
  return new Promise((resolve, reject) => {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text
      const host = /Ready: http:\/\/(\S+)/.exec(output)?.[1]
      if (host !== undefined) resolve({ host, output, stop: () => (child.kill('SIGINT'), ended) })
    })
    child.on('error', reject)
    void ended.then((status) => reject(new Error(`the demo ended with ${status}: ${output}`)))
  })
}
