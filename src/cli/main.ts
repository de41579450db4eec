import { failureOf } from './failure.ts'
import { run } from './run.ts'
import { lastWords, processTerminal } from './terminal.ts'

const args = process.argv.slice(2)
const debug = (process.env['SEALDEX_DEBUG'] ?? '') !== ''

for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => {
    const { status, text } = failureOf(error, debug)
    lastWords(`sealdex: ${text}\n`)
    process.exit(status)
  })
}

async function main(): Promise<void> {
  // what comes after `--` is no option
  const end = args.indexOf('--')
  const terminal = processTerminal((end < 0 ? args : args.slice(0, end)).includes('--no-color'))
  // whoever ends early, ends without an answer
  process.exitCode = 3
  const status = await run(args, terminal)
  process.exitCode = status
  // an error of the last write comes after it
  await new Promise((resolve) => setImmediate(resolve))
  if (terminal.lost()) {
    lastWords('sealdex: The result could not be written to standard output. [unwritable]\n')
    process.exitCode = 3
  }
}

void main()
