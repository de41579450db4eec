import { digestIn, repositoryIn, type Registry } from './registry.ts'
import type { StoredManifest } from './store.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'

export function referrerRoutes({ app, store, options }: Registry): void {
  if (options.referrersApi === false) return
  app.get('/v2/:name{.+}/referrers/:digest', (context) => {
    const name = repositoryIn(context)
    const subject = digestIn(context)
    const artifactType = context.req.query('artifactType')
    const all = [...(store.repositories.get(name)?.manifests.values() ?? [])].filter(({ facts }) => facts.subject === subject)
    const wanted = artifactType === undefined ? all : all.filter(({ facts }) => facts.artifactType === artifactType)
    const page = pageAfter(wanted, context.req.query('last'), options.referrersPageSize ?? wanted.length)
    const headers = new Headers({ 'Content-Type': INDEX })
    if (artifactType !== undefined) headers.set('OCI-Filters-Applied', 'artifactType')
    const last = page.at(-1)
    if (last !== undefined && last !== wanted.at(-1)) {
      const query = new URLSearchParams({ ...(artifactType === undefined ? {} : { artifactType }), last: last.digest })
      headers.set('Link', `</v2/${name}/referrers/${subject}?${query}>; rel="next"`)
    }
    return new Response(JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: page.map(descriptorOf) }), { headers })
  })
}

function pageAfter(entries: readonly StoredManifest[], last: string | undefined, size: number): readonly StoredManifest[] {
  const start = last === undefined ? 0 : entries.findIndex(({ digest }) => digest === last) + 1
  return entries.slice(start, start + size)
}

function descriptorOf({ digest, bytes, mediaType, facts }: StoredManifest): Record<string, unknown> {
  return {
    mediaType,
    digest,
    size: bytes.length,
    ...(facts.annotations === null ? {} : { annotations: facts.annotations }),
    ...(facts.artifactType === null ? {} : { artifactType: facts.artifactType }),
  }
}
