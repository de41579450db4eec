import { collectEvidence, LIMITS, openEvidence, parseReference, registry, SealdexError } from '../../src/index.ts'
import type { Way } from './protocol.ts'

export interface Brought {
  readonly tar: Uint8Array<ArrayBuffer>
  readonly way: Way
}

/** Milliseconds for everything that is asked of a registry: a person waits longer than a script. */
const PATIENCE_MS = 30_000

/** Reads everything about a reference: from the registry itself where it lets pages read, else through the server that this page came from. */
export async function bring(reference: string, server: string | null, say: (text: string) => void): Promise<Brought> {
  const { canonical, repository } = parseReference(reference)
  say(`Asking ${repository.registry}…`)
  const direct = await fromRegistry(canonical, server !== null)
  const way: Way = { by: 'registry', registry: repository.registry, serverToo: null }
  if (direct.unread === null) return { tar: direct.tar, way }
  const why = WHY[direct.unread]
  if (server === null) return { tar: direct.tar, way: { ...way, serverToo: `${why} This page is a file, so there is no server that could carry the bytes: record them with the command line ("sealdex evidence") and drop the file here.` } }
  say(`${repository.registry} can not be read from a page; asking the server of this page…`)
  try {
    return { tar: await fromServer(canonical, server), way: { by: 'server', registry: repository.registry, server: new URL(server).host, why } }
  } catch (error) {
    if (!(error instanceof SealdexError)) throw error
    return { tar: direct.tar, way: { ...way, serverToo: `${why} ${error.message}` } }
  }
}

const WHY = {
  blocked: 'The browser was not let read from the registry: most registries do not allow it to pages of other sites (CORS), or it could not be reached.',
  refused: 'The registry did not show it to this page: it wants a login, or was busy.',
} as const

interface Direct {
  readonly tar: Uint8Array<ArrayBuffer>
  /** Null where the registry answered, be it that there is nothing. */
  readonly unread: keyof typeof WHY | null
}

/** A browser says no more of a refusal by CORS than of a cable that is cut, so the first connection that fails ends this way where there is another. */
async function fromRegistry(reference: string, mayGiveUp: boolean): Promise<Direct> {
  const stop = new AbortController()
  let blocked = false
  const source = registry({
    fetch: async (url, init) => {
      try {
        // no browser shows a redirect to a page: it follows by its own rules, and what comes is judged by its digest
        const { body, ...rest } = init
        const response = await fetch(url, { ...rest, ...(body !== undefined && { body }), redirect: 'follow', credentials: 'omit', referrerPolicy: 'no-referrer', cache: 'no-store' })
        // what another host says after a redirect speaks for nobody: above all its 404 is no "absent" (R2)
        const strayed = response.redirected && new URL(response.url).origin !== new URL(url).origin
        return strayed && !response.ok ? { status: 502, headers: new Headers(), body: null } : response
      } catch (error) {
        if (init.signal?.aborted !== true) {
          blocked = true
          if (mayGiveUp) stop.abort()
        }
        throw error
      }
    },
  })
  const evidence = await collectEvidence(reference, { source, timeoutMs: PATIENCE_MS, signal: stop.signal })
  // that there is nothing of the name is an answer as well
  const refused = evidence.unread !== null && evidence.unread.code !== 'reference-not-found'
  return { tar: evidence.tar(), unread: blocked ? 'blocked' : refused ? 'refused' : null }
}

/** The server only carries bytes: what it answers is opened and judged here like a stranger's file (T62). */
async function fromServer(reference: string, server: string): Promise<Uint8Array<ArrayBuffer>> {
  const url = new URL('v1/evidence', server)
  url.searchParams.set('ref', reference)
  const response = await fetch(url, { cache: 'no-store', signal: AbortSignal.timeout(2 * PATIENCE_MS) }).catch(() => fail('The server of this page could not be reached.'))
  const bytes = await bounded(response, response.ok ? LIMITS.tarBytes : LIMITS.errorBytes)
  if (!response.ok) fail(`The server of this page did not help either: ${problemOf(response.status, bytes)}`)
  const { recorded } = await openEvidence(bytes).catch(() => fail('What the server of this page answered is no evidence.'))
  if (recorded?.reference !== reference) fail('The server of this page answered with something else than a record of what was asked for.')
  return bytes
}

async function bounded(response: Response, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let size = 0
  const reader = response.body?.getReader()
  try {
    for (let next = await reader?.read(); next !== undefined && !next.done; next = await reader?.read()) {
      size += next.value.byteLength
      if (size > maxBytes) {
        await reader?.cancel()
        fail('The answer of the server of this page is larger than its limit.')
      }
      chunks.push(next.value)
    }
  } catch (error) {
    if (error instanceof SealdexError) throw error
    fail('The answer of the server of this page broke off.')
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer())
}

/** What a problem document says (RFC 9457), cut short. */
function problemOf(status: number, bytes: Uint8Array): string {
  try {
    const { detail, code } = JSON.parse(new TextDecoder().decode(bytes)) as { detail?: unknown; code?: unknown }
    if (typeof detail === 'string') return `${detail.slice(0, 300)} [${typeof code === 'string' ? code.slice(0, 60) : status}]`
  } catch {
    // no problem document
  }
  return `it answered ${status}.`
}

function fail(message: string): never {
  throw new SealdexError('registry-error', message)
}
