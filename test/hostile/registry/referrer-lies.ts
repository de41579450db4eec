/** Lies in lists of referrers. How to use them: hostile.ts. */
import type { Answer } from './hostile.ts'
import { changed, document } from './lies.ts'
import type { HttpReply } from './reply.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'

/** A descriptor, or whatever is sent in its place. */
export type Listed = Readonly<Record<string, unknown>>

/** A list of the attacker's own: other digests, sizes, subjects than are true; `next` is its `Link`. */
export function referrerList(manifests: readonly unknown[], { next }: { next?: string } = {}): HttpReply {
  const page = document({ schemaVersion: 2, mediaType: INDEX, manifests })
  return next === undefined ? page : { ...page, headers: { ...page.headers, Link: `<${next}>; rel="next"` } }
}

/** The honest list, its entries changed: an entry left out (null), a size or digest turned, an annotation added. */
export function changedReferrers(change: (entry: Listed, index: number) => Listed | null): Answer {
  return changed((reply) => {
    const { manifests } = JSON.parse(new TextDecoder().decode(reply.body)) as { manifests: readonly Listed[] }
    return referrerList(manifests.map(change).filter((entry) => entry !== null))
  })
}

/** T13: `count` entries that are nowhere, each with a digest of its own. */
export function manyReferrers(count: number, artifactType = 'application/vnd.dev.sigstore.bundle.v0.3+json'): HttpReply {
  const digest = (n: number): string => `sha256:${n.toString(16).padStart(64, '0')}`
  return referrerList(Array.from({ length: count }, (_, n) => ({ mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: digest(n), size: 500, artifactType })))
}

/** Pages that link to themselves. */
export function pageLoop(): Answer {
  return ({ path }) => referrerList([], { next: path })
}

/** Pages without end, each at an address of its own. */
export function pagesForever(): Answer {
  let page = 0
  return ({ path }) => referrerList([], { next: `${path.split('?')[0]}?page=${(page += 1)}` })
}

/** The honest list, whose next page is at another address: another origin, another repository, a file. */
export function nextAt(link: string): Answer {
  return changed((reply) => ({ ...reply, headers: { ...reply.headers, link: `<${link}>; rel="next"` } }))
}
