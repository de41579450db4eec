import type { Context, Next } from 'hono'
import { RegistryError } from './errors.ts'
import type { Registry } from './registry.ts'
import { tokenService, type TokenService } from './tokens.ts'
import { basicUser, type AuthOptions, type Scope } from './users.ts'

export function scopeText({ repository, actions }: Scope): string {
  return `repository:${repository}:${actions.join(',')}`
}

/** Puts the check before every `/v2/` route, and `/token` beside them. */
export function authorise({ app }: Registry, auth: AuthOptions): void {
  const tokens = tokenService(auth)
  if (auth.scheme === 'bearer') app.get('/token', (context) => tokens.reply(context))
  const check = async (context: Context, next: Next): Promise<void> => {
    requireScopes(context, auth, tokens)
    await next()
  }
  app.use('/v2', check)
  app.use('/v2/*', check)
}

function requireScopes(context: Context, auth: AuthOptions, tokens: TokenService): void {
  const scopes = scopesOf(context)
  const anonymous = auth.anonymousPull === true && scopes.length > 0 && scopes.every(({ actions }) => actions.every((action) => action === 'pull'))
  if (auth.scheme === 'basic') {
    if (anonymous || basicUser(context, auth) !== null) return
    throw new RegistryError('UNAUTHORIZED', 'credentials are needed', { headers: { 'WWW-Authenticate': 'Basic realm="registry"' } })
  }
  const token = /^Bearer (\S+)$/i.exec(context.req.header('Authorization') ?? '')?.[1]
  if (token !== undefined && tokens.allows(token, scopes)) return
  const realm = auth.realm ?? new URL('/token', context.req.url).href
  const scope = scopes.length === 0 ? '' : `,scope="${scopes.map(scopeText).join(' ')}"`
  const error = token === undefined ? '' : ',error="insufficient_scope"'
  const challenge = `Bearer realm="${realm}",service="${auth.service ?? 'demo'}"${scope}${error}`
  throw new RegistryError('UNAUTHORIZED', 'a token is needed', { headers: { 'WWW-Authenticate': challenge } })
}

function scopesOf(context: Context): readonly Scope[] {
  const match = /^\/v2\/(.+)\/(?:manifests|blobs|tags|referrers)\//.exec(context.req.path)
  const repository = match?.[1]?.replace(/\/blobs$/, '')
  if (repository === undefined) return []
  const method = context.req.method
  const actions = method === 'GET' || method === 'HEAD' ? ['pull'] : method === 'DELETE' ? ['delete'] : ['pull', 'push']
  const from = context.req.query('from')
  return [{ repository, actions }, ...(from === undefined ? [] : [{ repository: from, actions: ['pull'] }])]
}
