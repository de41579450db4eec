import { EXIT } from './command.ts'
import { printable } from './escape.ts'

/** Wrong use of the command line: a sentence that says what is wrong and what to do. Exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly code: string

  constructor(message: string, code = 'bad-option') {
    super(message)
    this.code = code
  }
}

const WRONG_USE: ReadonlySet<string> = new Set(['bad-reference', 'bad-option', 'bad-policy', 'bad-key', 'bad-password', 'bad-token', 'bad-signing-config'])

/** What to do next, where the message of a code does not say it. */
const NEXT: Readonly<Record<string, string>> = {
  'unauthorized': 'Log in with "docker login" and try again.',
  'unreachable': 'Is the name of the registry right, and is it running? --plain-http speaks HTTP to it, --registry-ca FILE trusts its certificate.',
  'timeout': 'Give it more time with --timeout 60s.',
  'request-budget': 'Allow more with --max-requests N.',
  'reference-not-found': 'Look for a typing error in repository or tag.',
  'bound-elsewhere': 'On the command line that is --force.',
  'rate-limited': 'Try again later, or log in: registries grant more to those they know.',
}

export interface Failure {
  readonly status: number
  /** One or two sentences with the code in brackets; no stack. */
  readonly text: string
}

/** What an exception means to a person, and to the script that looks at the exit status. */
export function failureOf(error: unknown, debug: boolean): Failure {
  const stack = debug && error instanceof Error ? `${error.stack ?? ''}\n` : ''
  if (error instanceof Error && 'code' in error && (error.name === 'SealdexError' || error.name === 'UsageError')) {
    const code = String(error.code)
    return { status: error.name === 'UsageError' || WRONG_USE.has(code) ? EXIT.wrongUse : EXIT.failed, text: `${stack}${sentence(error.message)} [${code}]${next(code)}` }
  }
  const what = error instanceof Error ? `${error.name}: ${printable(error.message)}` : 'an unknown error'
  return { status: EXIT.failed, text: `${stack}Something went wrong inside sealdex (${what}); nothing was decided.${debug ? '' : ' SEALDEX_DEBUG=1 shows where, for a report.'}` }
}

/** What to do about a code, with a blank before it; nothing where the message says it. */
export function next(code: string): string {
  const advice = NEXT[code]
  return advice === undefined ? '' : ` ${advice}`
}

/** Messages hold our own words, and pieces of strangers' that the core has quoted; nothing else may reach a terminal. */
function sentence(message: string): string {
  return message.split('\n').map((line) => printable(line, 1_000).replaceAll('\\\\', '\\')).join(' ')
}
