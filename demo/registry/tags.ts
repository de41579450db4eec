import { RegistryError } from './errors.ts'
import { repositoryIn, type Registry } from './registry.ts'

export function tagRoutes({ app, store }: Registry): void {
  app.get('/v2/:name{.+}/tags/list', (context) => {
    const name = repositoryIn(context)
    const repository = store.repositories.get(name)
    if (repository === undefined) throw new RegistryError('NAME_UNKNOWN', 'the repository is not there')
    const last = context.req.query('last')
    const after = [...repository.tags.keys()].sort().filter((tag) => last === undefined || tag > last)
    const tags = after.slice(0, countIn(context.req.query('n')))
    const headers = new Headers({ 'Content-Type': 'application/json' })
    const end = tags.at(-1)
    if (end !== undefined && tags.length < after.length) {
      headers.set('Link', `</v2/${name}/tags/list?n=${tags.length}&last=${encodeURIComponent(end)}>; rel="next"`)
    }
    return new Response(JSON.stringify({ name, tags }), { headers })
  })
}

function countIn(n: string | undefined): number {
  if (n === undefined) return Number.MAX_SAFE_INTEGER
  if (!/^\d{1,9}$/.test(n)) throw new RegistryError('UNSUPPORTED', '"n" is no number', { status: 400 })
  return Number(n)
}
