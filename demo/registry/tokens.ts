import type { Context } from 'hono'
import { basicUser, type AuthOptions, type Scope } from './users.ts'

interface Grant {
  readonly scopes: readonly Scope[]
  /** Milliseconds since 1970. */
  readonly until: number
}

export interface TokenService {
  /** Answers `GET /token?service=&scope=…` with a token for what the caller may do of what was asked. */
  reply(context: Context): Response
  allows(token: string, scopes: readonly Scope[]): boolean
}

export function tokenService(auth: AuthOptions): TokenService {
  const grants = new Map<string, Grant>()
  const seconds = auth.tokenSeconds ?? 300
  return {
    reply(context) {
      const user = basicUser(context, auth)
      const asked = (context.req.queries('scope') ?? []).flatMap((scope) => scope.split(' ')).map(readScope)
      // fewer actions than asked are no error (the token specification)
      const may = (action: string): boolean => user !== null || (auth.anonymousPull === true && action === 'pull')
      const scopes = asked.filter((scope) => scope !== null).map(({ repository, actions }) => ({ repository, actions: actions.filter(may) }))
      const token = crypto.randomUUID()
      grants.set(token, { scopes, until: Date.now() + seconds * 1000 })
      const fields = auth.tokenFields ?? ['token', 'access_token']
      const body = { ...Object.fromEntries(fields.map((field) => [field, token])), expires_in: seconds, issued_at: new Date().toISOString() }
      return context.json(body)
    },
    allows(token, scopes) {
      const grant = grants.get(token)
      if (grant === undefined || grant.until <= Date.now()) return false
      const granted = (repository: string, action: string): boolean =>
        grant.scopes.some((scope) => scope.repository === repository && scope.actions.includes(action))
      return scopes.every(({ repository, actions }) => actions.every((action) => granted(repository, action)))
    },
  }
}

function readScope(text: string): Scope | null {
  const match = /^repository:([^:]+):([a-z*,]+)$/.exec(text)
  if (match === null) return null
  const [, repository = '', actions = ''] = match
  return { repository, actions: actions.split(',') }
}
