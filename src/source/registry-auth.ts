import type { Repository } from '../oci/reference.ts'
import { unlessAborted } from './body.ts'
import { parseChallenges } from './challenge.ts'
import { basicHeader, type Credential } from './credential.ts'
import type { Guard } from './guarded.ts'
import { keepNewest } from './newest.ts'
import { mayFollow, mayReceiveCredentials } from './registry-address.ts'
import type { Transport } from './registry-http.ts'
import type { TokenRequest } from './registry-token.ts'
import { failed, read, type Read } from './source.ts'
import { tokenCache } from './token-cache.ts'

export type Actions = 'pull' | 'pull,push' | 'pull,push,delete'

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

/** Basic and Bearer for one registry client: what a repository's challenge asked for is remembered, and answered at once from then on. */
export function registryAuth(transport: Transport, options: AuthOptions): RegistryAuth {
  const schemes = new Map<string, Scheme>()
  const tokens = tokenCache(transport)

  async function authorization(access: Access, scheme: Scheme, refused: string | null, guard: Guard): Promise<Read<string>> {
    const credential = await credentialFor(access.repository.registry, options, guard)
    if (credential.state !== 'read') return credential
    if (scheme.kind === 'basic') return basic(access, credential.value)
    const request = tokenRequest(access, scheme, credential.value)
    const token = judgeRealm(request, access, options) ?? (await tokens(request, refused, guard))
    return token.state === 'read' ? read(`Bearer ${token.value.text}`) : token
  }

  return {
    async known(access, guard) {
      const scheme = schemes.get(schemeKey(access))
      return scheme === undefined ? read(null) : authorization(access, scheme, null, guard)
    },
    async challenged(access, header, refused, guard) {
      const scheme = schemeOf(access, header)
      if (scheme.state !== 'read') return scheme
      keepNewest(schemes, schemeKey(access), scheme.value)
      const answer = await authorization(access, scheme.value, refused, guard)
      if (answer.state === 'read' && answer.value === refused) return failed('unauthorized', `${access.repository.registry} refuses the credentials given for ${access.repository.path}.`)
      return answer
    },
  }
}

async function credentialFor(registry: string, options: AuthOptions, guard: Guard): Promise<Read<Credential | null>> {
  try {
    return read(await unlessAborted(options.credentials(registry), guard.signal))
  } catch {
    if (guard.signal.aborted) return failed('timeout', `The credentials for ${registry} did not arrive in time.`)
    return failed('unauthorized', `The credentials for ${registry} could not be read.`)
  }
}

/** Why the realm may not be asked, or not with credentials (T50); null if it may. */
function judgeRealm(request: TokenRequest, access: Access, options: AuthOptions): Read<never> | null {
  const { realm, credential } = request
  const refuse = (why: string) => failed('forbidden-address', `${access.repository.registry} sends to ${realm.host} for a token, ${why}.`)
  if (!mayFollow(realm, access.origin)) return refuse('which may not be asked on its behalf')
  if (credential === null || mayReceiveCredentials(realm, access.origin)) return null
  if (realm.protocol === 'https:' && options.tokenHosts.includes(realm.host)) return null
  return refuse('which must not receive its credentials')
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
