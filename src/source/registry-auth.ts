import { LIMITS } from '../base/limits.ts'
import type { Repository } from '../oci/reference.ts'
import { unlessAborted } from './body.ts'
import { parseChallenges } from './challenge.ts'
import { basicHeader, type Credential } from './credential.ts'
import type { Guard } from './guarded.ts'
import { mayFollow, mayReceiveCredentials } from './registry-address.ts'
import type { Transport } from './registry-http.ts'
import { fetchToken, type Token, type TokenRequest } from './registry-token.ts'
import { failed, read, type Read } from './source.ts'

export type Actions = 'pull' | 'pull,push'

/** Who asks for what: the unit for which a challenge is remembered. */
export interface Access {
  readonly origin: string
  readonly repository: Repository
  readonly actions: Actions
}

export interface RegistryAuth {
  /** The `Authorization` to send at once, where this registry and repository have challenged before; else null. */
  known(access: Access, guard: Guard): Promise<Read<string | null>>
  /** The `Authorization` that answers the challenge of a 401. `refused` is the one that was sent and not taken: a token like it is forgotten. */
  challenged(access: Access, header: string | null, refused: string | null, guard: Guard): Promise<Read<string>>
}

type Scheme = { readonly kind: 'basic' } | { readonly kind: 'bearer'; readonly realm: URL; readonly service: string | null }

export interface AuthOptions {
  readonly credentials: (registry: string) => Promise<Credential | null>
  /** Hosts that may receive credentials as token realms although they are no kin of the registry. */
  readonly tokenHosts: readonly string[]
}

/** Basic and Bearer for one registry client: challenges by repository, tokens by realm, service, scope **and** credential (T54). */
export function registryAuth(transport: Transport, options: AuthOptions): RegistryAuth {
  const schemes = new Map<string, Scheme>()
  const tokens = new Map<string, Token>()
  const pending = new Map<string, Promise<Read<Token>>>()

  async function authorization(access: Access, scheme: Scheme, refused: string | null, guard: Guard): Promise<Read<string>> {
    const credential = await credentialOf(access.repository.registry, guard)
    if (credential.state !== 'read') return credential
    if (scheme.kind === 'basic') return basic(access, credential.value)
    const token = await bearer(tokenRequest(access, scheme, credential.value), access, refused, guard)
    return token.state === 'read' ? read(`Bearer ${token.value.text}`) : token
  }

  async function credentialOf(registry: string, guard: Guard): Promise<Read<Credential | null>> {
    try {
      return read(await unlessAborted(options.credentials(registry), guard.signal))
    } catch {
      if (guard.signal.aborted) return failed('timeout', `The credentials for ${registry} did not arrive in time.`)
      return failed('unauthorized', `The credentials for ${registry} could not be read.`)
    }
  }

  async function bearer(request: TokenRequest, access: Access, refused: string | null, guard: Guard): Promise<Read<Token>> {
    const realmRefused = judgeRealm(request, access)
    if (realmRefused !== null) return realmRefused
    const key = JSON.stringify([request.realm.href, request.service, request.scope, request.credential])
    const kept = tokens.get(key)
    if (kept !== undefined && kept.expiresAt > Date.now() && `Bearer ${kept.text}` !== refused) return read(kept)
    for (;;) {
      const shared = pending.get(key)
      if (shared === undefined) break
      try {
        const token = await unlessAborted(shared, guard.signal)
        // the one who asked may have run out of time; that says nothing about ours
        if (token.state !== 'failed' || token.code !== 'timeout') return token
      } catch {
        return failed('timeout', `${request.realm.host} did not hand out a token in time.`)
      }
    }
    const asking = fetchToken(transport, request, guard).finally(() => pending.delete(key))
    pending.set(key, asking)
    const token = await asking
    if (token.state === 'read') keep(tokens, key, token.value)
    return token
  }

  function judgeRealm(request: TokenRequest, access: Access): Read<never> | null {
    const { realm, credential } = request
    const refuse = (why: string) => failed('forbidden-address', `${access.repository.registry} sends to ${realm.host} for a token, ${why}.`)
    if (!mayFollow(realm, access.origin)) return refuse('which may not be asked on its behalf')
    if (credential === null || mayReceiveCredentials(realm, access.origin)) return null
    if (realm.protocol === 'https:' && options.tokenHosts.includes(realm.host)) return null
    return refuse('which must not receive its credentials')
  }

  return {
    async known(access, guard) {
      const scheme = schemes.get(schemeKey(access))
      return scheme === undefined ? read(null) : authorization(access, scheme, null, guard)
    },
    async challenged(access, header, refused, guard) {
      const scheme = schemeOf(access, header)
      if (scheme.state !== 'read') return scheme
      keep(schemes, schemeKey(access), scheme.value)
      const answer = await authorization(access, scheme.value, refused, guard)
      if (answer.state === 'read' && answer.value === refused) return failed('unauthorized', `${access.repository.registry} refuses the credentials given for ${access.repository.path}.`)
      return answer
    },
  }
}

function schemeKey(access: Access): string {
  return `${access.origin}/${access.repository.path}`
}

/** What is asked of the realm. The scope is our own: a registry that could name it would get tokens for other repositories. */
function tokenRequest(access: Access, scheme: { realm: URL; service: string | null }, credential: Credential | null): TokenRequest {
  return { realm: scheme.realm, service: scheme.service, scope: `repository:${access.repository.path}:${access.actions}`, credential, what: `a token for ${access.repository.path}` }
}

function basic(access: Access, credential: Credential | null): Read<string> {
  if (credential === null) return failed('unauthorized', `${access.repository.registry} asks for credentials for ${access.repository.path}, and none are known.`)
  if ('token' in credential) return failed('unauthorized', `${access.repository.registry} asks for a name and password, and only an identity token is known.`)
  return read(basicHeader(credential.username, credential.password))
}

/** The scheme to answer a challenge with: Bearer before Basic, as Docker does. */
function schemeOf(access: Access, header: string | null): Read<Scheme> {
  const registry = access.repository.registry
  const challenges = header === null ? [] : parseChallenges(header)
  if (challenges === null) return failed('registry-error', `${registry} answered 401 with a challenge that does not follow the grammar.`)
  const bearer = challenges.find((challenge) => challenge.scheme === 'bearer' && challenge.parameters.has('realm'))
  if (bearer !== undefined) {
    const realm = URL.parse(bearer.parameters.get('realm') ?? '')
    if (realm === null) return failed('registry-error', `${registry} answered 401 with a token realm that is no URL.`)
    return read({ kind: 'bearer', realm, service: bearer.parameters.get('service') ?? null })
  }
  if (challenges.some((challenge) => challenge.scheme === 'basic')) return read({ kind: 'basic' })
  return failed('unauthorized', `${registry} answered 401 for ${access.repository.path} without a challenge that is understood (Bearer or Basic).`)
}

/** Keeps the newest entries. */
function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key)
  map.set(key, value)
  for (const oldest of map.keys()) {
    if (map.size <= LIMITS.tokensKept) return
    map.delete(oldest)
  }
}
