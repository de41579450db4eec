/** Where signatures may stand (rule R2): (a) the graph of the reference, (b) the digest tag, (c) the list of referrers, (d) cosign's two tags. */
export type Place = 'graph' | 'digest-tag' | 'referrers' | 'sig-tag' | 'att-tag'

/** In the order of the verdict. */
export const PLACES: readonly Place[] = ['graph', 'digest-tag', 'referrers', 'sig-tag', 'att-tag']

/** The digest tag of a subject, place (b), which is also the tag schema of referrers (formats.md 3): `<alg>-<hex ≤ 64>`. */
export function digestTag(digest: string): string {
  const [algorithm = '', hex = ''] = digest.split(':')
  return `${algorithm.slice(0, 32)}-${hex.slice(0, 64)}`
}

/** cosign's tags of a subject, place (d): `sha256-<hex>.sig` and `.att`. */
export function cosignTag(digest: string, suffix: 'sig' | 'att'): string {
  return `${digest.replace(':', '-')}.${suffix}`
}

/** The tag that is this place of the subject; null for the two that are no tags. */
export function tagOfPlace(place: Place, subject: string): string | null {
  if (place === 'digest-tag') return digestTag(subject)
  if (place === 'sig-tag') return cosignTag(subject, 'sig')
  return place === 'att-tag' ? cosignTag(subject, 'att') : null
}
