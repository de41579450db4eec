import { spawn } from 'node:child_process'
import { SealdexError, type Credential } from '../index.ts'
import type { Env } from './proxy.ts'

/** A helper may ask a person or a cloud; past this it hangs. */
const TIMEOUT_MS = 30_000
/** Real answers have under 10 KiB. */
const MAX_OUTPUT = 65_536
/** What the helpers print for "nothing is kept" (docker-credential-helpers, credentials/error.go). */
const NOT_FOUND = /credentials not found in native keychain/i
/** The user name that says that the secret is an identity token. */
const TOKEN_USER = '<token>'

interface Outcome {
  readonly status: number | null
  readonly output: Buffer
}

/**
 * Asks `docker-credential-<helper> get` for what it keeps for a server; null if it keeps nothing. Throws `unauthorized` if the program is not there,
 * takes longer than 30 s, fails, or answers with something else.
 */
export async function askHelper(helper: string, server: string, env: Env, timeoutMs: number = TIMEOUT_MS): Promise<Credential | null> {
  // a path in the file would run any program
  if (!/^[A-Za-z0-9._-]+$/.test(helper)) throw failure(helper, 'has a name that is not one of a program')
  const { status, output } = await run(`docker-credential-${helper}`, server, env, timeoutMs, helper)
  const text = output.toString('utf8').trim()
  if (status !== 0) {
    if (NOT_FOUND.test(text)) return null
    throw failure(helper, `failed for ${server}`)
  }
  try {
    const answer: unknown = JSON.parse(text)
    const [username, secret] = typeof answer === 'object' && answer !== null && 'Username' in answer && 'Secret' in answer ? [answer.Username, answer.Secret] : []
    if (typeof username === 'string' && typeof secret === 'string') {
      if (secret === '') return null
      return username === TOKEN_USER ? { token: secret } : { username, password: secret }
    }
  } catch {
    // said below
  }
  throw failure(helper, `answered for ${server} with something else than Username and Secret`)
}

function run(program: string, input: string, env: Env, timeoutMs: number, helper: string): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, ['get'], { env: { ...env }, stdio: ['pipe', 'pipe', 'ignore'], timeout: timeoutMs, killSignal: 'SIGKILL', windowsHide: true })
    const chunks: Buffer[] = []
    let size = 0
    child.on('error', () => reject(failure(helper, `could not be started: is docker-credential-${helper} in PATH?`)))
    // one that does not read its input ends the pipe: its status says the rest
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.byteLength
      if (size > MAX_OUTPUT) child.kill('SIGKILL')
      else chunks.push(chunk)
    })
    child.on('close', (status, signal) => {
      if (signal !== null) reject(failure(helper, size > MAX_OUTPUT ? 'answered endlessly' : `did not answer within ${timeoutMs / 1000} seconds`))
      else resolve({ status, output: Buffer.concat(chunks) })
    })
  })
}

function failure(helper: string, why: string): SealdexError {
  return new SealdexError('unauthorized', `The credential helper ${JSON.stringify(helper).slice(0, 80)} ${why}.`)
}
