import type { Context } from 'hono'
import { RegistryError } from './errors.ts'

export interface AuthOptions {
  readonly scheme: 'basic' | 'bearer'
  /** Name to password. A user may do everything. */
  readonly users: Readonly<Record<string, string>>
  /** May anyone pull? With `bearer`, by a token that is given without credentials, as on Docker Hub and GHCR. */
  readonly anonymousPull?: boolean
  /** Bearer: the `service` of the challenge. */
  readonly service?: string
  /** Bearer: the realm of the challenge; `/token` on this server if missing. */
  readonly realm?: string
  /** Bearer: `expires_in`, and how long a token is taken. 300 if missing. */
  readonly tokenSeconds?: number
  /** Bearer: the fields of the reply that carry the token. Both if missing. */
  readonly tokenFields?: readonly ('token' | 'access_token')[]
}

/** Something that a request wants to do: `pull`, `push`, `delete` in a repository. */
export interface Scope {
  readonly repository: string
  readonly actions: readonly string[]
}

/** The user whose name and password the Basic credentials hold; null for none, throws UNAUTHORIZED for wrong ones. */
export function basicUser(context: Context, auth: AuthOptions): string | null {
  const encoded = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(context.req.header('Authorization') ?? '')?.[1]
  if (encoded === undefined) return null
  const [, name = '', password = ''] = /^([^:]*):(.*)$/s.exec(atob(encoded)) ?? []
  if (Object.hasOwn(auth.users, name) && auth.users[name] === password) return name
  throw new RegistryError('UNAUTHORIZED', 'wrong name or password', { headers: { 'WWW-Authenticate': 'Basic realm="registry"' } })
}
