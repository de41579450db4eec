import type { Terminal } from './terminal.ts'
import { UsageError } from './failure.ts'

const VARIABLES: readonly string[] = ['SEALDEX_PASSWORD', 'COSIGN_PASSWORD']

/** The password that the environment gives, an empty one included (cosign takes it as one); null where none is set. */
export function passwordInEnvironment({ env }: Terminal): string | null {
  const name = VARIABLES.find((variable) => env[variable] !== undefined)
  return name === undefined ? null : (env[name] ?? null)
}

/** Asks a person on the terminal, who does not see what is typed. Throws {@link UsageError} where it is given up. */
export async function askPassword(question: string, terminal: Terminal): Promise<string> {
  const { stdin } = process
  // before the question: what is typed at once must not be shown
  stdin.setRawMode(true)
  terminal.err(question)
  stdin.setEncoding('utf8')
  stdin.resume()
  try {
    return await new Promise<string>((resolve, reject) => {
      let typed = ''
      stdin.on('data', (chunk: string) => {
        for (const char of chunk) {
          if (char === '\r' || char === '\n') return resolve(typed)
          if (char === '\u0003' || char === '\u0004') return reject(new UsageError('No password was given, so nothing was done.', 'bad-password'))
          // backspace, as terminals send it
          typed = char === '\u007f' || char === '\b' ? [...typed].slice(0, -1).join('') : typed + char
        }
      })
    })
  } finally {
    stdin.removeAllListeners('data')
    stdin.setRawMode(false)
    stdin.pause()
    terminal.err('\n')
  }
}
