import { addressKind } from '../index.ts'
import { printable } from './escape.ts'
import { UsageError } from './failure.ts'
import { textOf } from './files.ts'
import { nodeFetch } from './net.ts'
import type { Given } from './option.ts'
import type { Env } from './proxy.ts'
import type { Terminal } from './terminal.ts'

/** No token and no answer around one is longer. */
const MOST_BYTES = 65_536
const PATIENCE_MS = 10_000

function bad(why: string): never {
  throw new UsageError(why, 'bad-token')
}

/** Whether the surroundings give out tokens: GitHub Actions does to jobs with `id-token: write`. */
export function hasAmbientToken({ env }: Terminal): boolean {
  return (env['ACTIONS_ID_TOKEN_REQUEST_URL'] ?? '') !== '' && (env['ACTIONS_ID_TOKEN_REQUEST_TOKEN'] ?? '') !== ''
}

/** The token of `--identity-token`, else that of the surroundings. A token on the command line would be seen by everybody on the machine. Throws {@link UsageError}, which never repeats it. */
export async function identityTokenOf(given: Given, terminal: Terminal): Promise<string> {
  const name = given.text('identity-token')
  if (name === null) return ambientToken(terminal.env)
  if (name === '-') return tokenFromInput()
  if (/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/.test(name)) throw new UsageError('--identity-token is the name of a file, and this is a token: whatever stands on a command line can be read by others. Put it into a file, or give it on standard input with --identity-token -.')
  return textOf(name, '--identity-token')
}

async function tokenFromInput(): Promise<string> {
  if (process.stdin.isTTY) throw new UsageError('--identity-token - reads standard input, and a terminal is there: pipe the token in.')
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MOST_BYTES) bad('Standard input has more bytes than a token has.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Asks GitHub Actions for a token for Sigstore. */
async function ambientToken(env: Env): Promise<string> {
  const url = URL.parse(env['ACTIONS_ID_TOKEN_REQUEST_URL'] ?? '')
  if (url === null || (url.protocol !== 'https:' && !(url.protocol === 'http:' && addressKind(url.hostname) === 'loopback'))) return bad('ACTIONS_ID_TOKEN_REQUEST_URL is no https address.')
  url.searchParams.set('audience', 'sigstore')
  const secret = env['ACTIONS_ID_TOKEN_REQUEST_TOKEN'] ?? ''
  const refused = `${printable(url.host, 200)} gave no identity token`
  let body: Uint8Array
  try {
    const answer = await nodeFetch({ env })(url.href, { headers: { accept: 'application/json', authorization: `bearer ${secret}` }, redirect: 'manual', signal: AbortSignal.timeout(PATIENCE_MS) })
    if (answer.status !== 200) return bad(`${refused}: it answered ${answer.status}. The job needs the permission "id-token: write".`)
    body = await firstBytes(answer)
  } catch (error) {
    // whatever went wrong may have the address with its query in it
    if (error instanceof UsageError) throw error
    return bad(`${refused}: it could not be reached, or broke off.`)
  }
  return tokenIn(body) ?? bad(`${refused}: its answer is none.`)
}

async function firstBytes({ body }: Awaited<ReturnType<ReturnType<typeof nodeFetch>>>): Promise<Uint8Array> {
  const reader = body?.getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) {
    size += next.value.length
    if (size > MOST_BYTES) break
    chunks.push(next.value)
  }
  await reader?.cancel()
  return size > MOST_BYTES ? new Uint8Array(0) : Buffer.concat(chunks)
}

function tokenIn(body: Uint8Array): string | null {
  try {
    const { value } = JSON.parse(new TextDecoder().decode(body)) as { readonly value?: unknown }
    return typeof value === 'string' && value !== '' ? value : null
  } catch {
    return null
  }
}
