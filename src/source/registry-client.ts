import type { Code } from '../base/codes.ts'
import type { Repository } from '../oci/reference.ts'
import { discard } from './body.ts'
import type { Credential } from './credential.ts'
import type { Fetch, FetchResponse } from './fetch.ts'
import type { Guard } from './guarded.ts'
import { apiOrigin, apiUrl, mayFollow } from './registry-address.ts'
import { registryAuth, type Access, type Actions } from './registry-auth.ts'
import { follow, type Answer, type Call, type Transport } from './registry-http.ts'
import { failed, type Read } from './source.ts'

/** How registries are spoken to. Everything is optional. */
export interface RegistryOptions {
  /** Carries the requests. Default: the runtime's own `fetch`. */
  readonly fetch?: Fetch
  /** What is known for a registry (`host` or `host:port`, as in a canonical reference), asked when it has challenged; null: nothing, so anonymous. Default: nothing is known. */
  readonly credentials?: (registry: string) => Promise<Credential | null>
  /** Plain HTTP for these registries; loopback has it anyway. Default: false. */
  readonly plainHttp?: boolean | ((registry: string) => boolean)
  /**
   * May this URL be asked? Called for every request, redirect and token realm, besides the fixed rule that nothing which a registry points to
   * may stand on a private, loopback or reserved address unless the registry does too (T50). Default: yes.
   */
  readonly allowAddress?: (url: URL) => boolean | Promise<boolean>
  /** Hosts (`host[:port]`) that may receive credentials as token servers although they share no parent domain with the registry. */
  readonly tokenHosts?: readonly string[]
  /** Sent as `User-Agent` where the runtime lets it. Default: the runtime's own. */
  readonly userAgent?: string
}

/** What is asked of a registry, relative to the repository. */
export interface Question extends Omit<Call, 'url'> {
  readonly repository: Repository
  readonly actions: Actions
  /** Path below the repository (`manifests/latest`), or a URL that the registry gave. */
  readonly target: string | URL
}

/** One registry client: carries questions with credentials, budgets and redirects; judges no status but 401. */
export interface RegistryClient {
  ask(question: Question, guard: Guard): Promise<Read<Answer>>
  /** The URL of something in a repository. */
  url(repository: Repository, rest: string): URL
}

/** `ownFetch`: what carries the requests where no option says so. */
export function registryClient(options: RegistryOptions, ownFetch: Fetch): RegistryClient {
  const transport: Transport = {
    fetch: options.fetch ?? ownFetch,
    allowAddress: options.allowAddress ?? (() => true),
    userAgent: options.userAgent ?? null,
  }
  const { plainHttp = false } = options
  const plain = typeof plainHttp === 'function' ? plainHttp : () => plainHttp
  const auth = registryAuth(transport, { credentials: options.credentials ?? (() => Promise.resolve(null)), tokenHosts: options.tokenHosts ?? [] })
  const url = (repository: Repository, rest: string) => apiUrl(apiOrigin(repository.registry, plain), repository, rest)

  return {
    url,
    async ask(question, guard) {
      const { repository, actions, target } = question
      const access: Access = { origin: apiOrigin(repository.registry, plain), repository, actions }
      const call: Call = { ...question, url: typeof target === 'string' ? url(repository, target) : target }
      // an upload's Location may lie elsewhere: no secret goes there
      const ours = call.url.origin === access.origin
      if (!ours && !mayFollow(call.url, access.origin)) return failed('forbidden-address', `${repository.registry} points to ${call.url.host} for ${call.what}, which may not be asked on its behalf.`)
      const known = ours ? await auth.known(access, guard) : { state: 'read' as const, value: null }
      if (known.state !== 'read') return known
      const first = await follow(transport, authorized(call, known.value), access.origin, guard)
      if (!ours || first.state !== 'read' || first.value.response.status !== 401 || !first.value.home) return first
      discard(first.value.response)
      const answer = await auth.challenged(access, first.value.response.headers.get('www-authenticate'), known.value, guard)
      return answer.state === 'read' ? follow(transport, authorized(call, answer.value), access.origin, guard) : answer
    },
  }
}

function authorized(call: Call, authorization: string | null): Call {
  return authorization === null ? call : { ...call, headers: { ...call.headers, authorization } }
}

/** Why an answer of this status is no success (R2): what the caller counts as absent is judged before. */
export function statusFailure(answer: Answer, question: Question): Read<never> {
  const { status } = answer.response
  const host = answer.url.host
  const code: Code = status === 401 || status === 403 ? 'unauthorized' : status === 429 ? 'rate-limited' : 'registry-error'
  return failed(code, `${host} answered ${status} for ${question.what}.`)
}

/** A question that only reads. */
export function reading(repository: Repository, rest: string): Question {
  return { method: 'GET', repository, actions: 'pull', target: rest, headers: { accept: '*/*' }, what: `${rest} of ${repository.path}` }
}

/** The Content-Type without parameters, in lower case; null without one. */
export function mediaTypeOf(response: FetchResponse): string | null {
  return response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() || null
}
